"""The processes of a bed: started in their own session, logged to a file, remembered by a pid file.

A bed is stopped by the process ids it wrote down, never by name, so several beds and other people's
processes can live on one machine.
"""

import contextlib
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


def free_port() -> int:
    """A loopback port that was free a moment ago."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def wait_until(condition: Callable[[], bool], seconds: float, what: str) -> None:
    """Polls until the condition holds; TimeoutError names what did not happen."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"after {seconds:.0f} s: {what}")
        time.sleep(0.05)


def _environment() -> dict[str, str]:
    """Ours, with this package importable wherever it lies."""
    paths = [str(Path(__file__).parents[__package__.count(".") + 1]), os.environ.get("PYTHONPATH", "")]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths))}


def start_time(pid: int) -> str:
    """Tells a process from a later one with the same pid; '' if there is none (or a zombie)."""
    try:
        status = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return ""
    fields = status.rpartition(")")[2].split()
    return "" if fields[0] == "Z" else fields[19]


@dataclass(frozen=True)
class Process:
    """One component of a bed, ours or one that an earlier command started."""

    name: str
    pid: int
    folder: Path

    @classmethod
    def start(cls, name: str, command: list[str], folder: Path) -> "Process":
        """Starts `command` with its output in `folder`/logs/`name`.log, begun anew."""
        for part in ("logs", "pids"):
            (folder / part).mkdir(parents=True, exist_ok=True)
        with cls.log_file(name, folder).open("wb") as log:
            child = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                env=_environment(),
            )
        child.returncode = 0  # we reap it in `alive`; Popen need not warn about it
        process = cls(name, child.pid, folder)
        process.pid_file.write_text(str(child.pid))
        return process

    @classmethod
    def recorded(cls, folder: Path) -> list["Process"]:
        """The processes that this folder's pid files name and that still run from this folder."""
        found = []
        for file in sorted((folder / "pids").glob("*.pid")):
            process = cls(file.stem, int(file.read_text()), folder)
            if process.alive and str(folder) in process.command_line:
                found.append(process)
            else:
                file.unlink()
        return found

    @staticmethod
    def log_file(name: str, folder: Path) -> Path:
        return folder / "logs" / f"{name}.log"

    @property
    def pid_file(self) -> Path:
        return self.folder / "pids" / f"{self.name}.pid"

    @property
    def command_line(self) -> str:
        return Path(f"/proc/{self.pid}/cmdline").read_text().replace("\0", " ")

    @property
    def alive(self) -> bool:
        try:
            return os.waitpid(self.pid, os.WNOHANG) == (0, 0)
        except ChildProcessError:  # an earlier command's child, or reaped already
            return bool(start_time(self.pid))

    def log_tail(self, lines: int = 10) -> str:
        text = self.log_file(self.name, self.folder).read_text(errors="replace")
        return "\n".join(text.splitlines()[-lines:])

    def signal(self, number: int) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, number)

    def stop(self, grace: float = 10) -> None:
        """SIGTERM, then SIGKILL after the grace."""
        self.signal(signal.SIGTERM)
        deadline = time.monotonic() + grace
        while self.alive and time.monotonic() < deadline:
            time.sleep(0.02)
        self.kill()

    def kill(self) -> None:
        """SIGKILL, as a crash would."""
        self.signal(signal.SIGKILL)
        wait_until(lambda: not self.alive, 10, f"{self.name} survives SIGKILL")
        self.pid_file.unlink(missing_ok=True)

    def wait_ready(self, condition: Callable[[], bool], seconds: float) -> None:
        """Waits for the condition; a process that ends before shows the end of its log."""

        def ready_or_dead() -> bool:
            if not self.alive:
                raise RuntimeError(f"{self.name} ended while starting:\n{self.log_tail()}")
            return condition()

        wait_until(ready_or_dead, seconds, f"{self.name} is not ready, see its log:\n{self.log_tail()}")
