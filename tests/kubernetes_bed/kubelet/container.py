"""One run of one container: a child process, its log, its end."""

import asyncio
import contextlib
import datetime
import json
import os
import signal
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from ..files import remove_tree
from ..process import start_time
from ..quantity import parse_quantity
from .api import Object
from .cgroup import MemoryGroup
from .environment import expand
from .isolation import sandbox_command
from .status import ContainerState, running, terminated, timestamp

MESSAGE_LIMIT = 4096  # bytes of /dev/termination-log that are reported
FALLBACK_LINES, FALLBACK_LIMIT = 80, 2048
DRAIN_SECONDS = 1.0  # for output of processes that outlive the container's main process


@dataclass(frozen=True)
class Machine:
    """What the containers of a node share."""

    isolation: str
    memory_limits: bool
    scratch: Path  # overlays; must be on another file system than /, else the overlay ends in ELOOP
    processes: Path  # a file per running process group, for whoever cleans up after a killed kubelet
    shown: tuple[str, ...] = ()  # folders of the host that each container sees, to read
    log_limit: int = 10 << 20  # bytes after which a log is rotated


class Container:
    def __init__(self, spec: Object, pod: Object, folder: Path, machine: Machine) -> None:
        self.spec = spec
        self.state = ContainerState(spec["name"], spec["image"], f"{pod['metadata']['uid']}-{spec['name']}")
        self._security = {
            **(pod["spec"].get("securityContext") or {}),
            **(spec.get("securityContext") or {}),
        }
        self._folder = folder
        self._machine = machine
        self._process_group: int | None = None

    def signal(self, number: int) -> None:
        if self._process_group is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process_group, number)

    async def run(
        self,
        volumes: dict[str, Path],
        environment: dict[str, str],
        on_start: Callable[[], Awaitable[None]],
    ) -> int:
        """Runs it once. The exit code; everything else is in `state` afterwards."""
        files = _RunFiles(self._folder, self.state.name, self.state.restarts)
        files.create()
        self.state.log_files.append(files.log)
        memory = self._memory_group()
        scratch = self._machine.scratch / f"{self.state.identity}.{self.state.restarts}"
        spec = self._sandbox_spec(files, volumes, environment, memory, scratch)
        files.spec.write_text(json.dumps(spec))
        started_at = timestamp()
        exit_code = await self._execute(files, on_start)
        self.state.state = self._ended(files, exit_code, memory, started_at)
        if memory:
            memory.remove()
        remove_tree(scratch)
        return self.state.state["terminated"]["exitCode"]

    async def _execute(self, files: "_RunFiles", on_start: Callable[[], Awaitable[None]]) -> int:
        # a pipe of our own: asyncio's would make `wait` wait for grandchildren that keep it open
        read_end, write_end = os.pipe()
        process = await asyncio.create_subprocess_exec(
            *sandbox_command(files.spec),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=write_end,
            stderr=write_end,
            start_new_session=True,
        )
        os.close(write_end)
        copying = asyncio.create_task(_copy_output(read_end, files.log, self._machine.log_limit))
        note = self._machine.processes / str(process.pid)
        note.write_text(start_time(process.pid))
        self._process_group = process.pid
        self.state.state = running()
        await on_start()
        exit_code = await process.wait()
        self.signal(signal.SIGKILL)  # what is left of its group
        self._process_group = None
        note.unlink(missing_ok=True)
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(copying, DRAIN_SECONDS)
        return 128 - exit_code if exit_code < 0 else exit_code

    def _sandbox_spec(
        self,
        files: "_RunFiles",
        volumes: dict[str, Path],
        environment: dict[str, str],
        memory: MemoryGroup | None,
        scratch: Path,
    ) -> Object:
        command = (self.spec.get("command") or []) + (self.spec.get("args") or []) or ["true"]
        message_path = self.spec.get("terminationMessagePath", "/dev/termination-log")
        binds = [[str(files.message), message_path, False], *([path, path, True] for path in self._machine.shown)]
        for mount in self.spec.get("volumeMounts") or []:
            part = mount.get("subPath", "") or expand(mount.get("subPathExpr", ""), environment)
            source = volumes[mount["name"]] / part
            binds.append([str(source), mount["mountPath"], bool(mount.get("readOnly"))])
        return {
            "isolation": self._machine.isolation,
            "scratch": str(scratch),
            "binds": binds,
            "directory": self.spec.get("workingDir") or "/",
            "command": [expand(text, environment) for text in command],
            "environment": environment,
            "cgroups": [str(memory.folder)] if memory else [],
            "failure_file": str(files.failure),
            "user": self._security.get("runAsUser"),
            "group": self._security.get("runAsGroup"),
        }

    def _memory_group(self) -> MemoryGroup | None:
        limit = (self.spec.get("resources", {}).get("limits") or {}).get("memory")
        if not limit or not self._machine.memory_limits:
            return None
        return MemoryGroup.create(self.state.identity, int(parse_quantity(limit)))

    def _ended(self, files: "_RunFiles", code: int, memory: MemoryGroup | None, started_at: str) -> Object:
        if failure := files.failure_text():
            message = f"failed to create containerd task: OCI runtime create failed: {failure}"
            return terminated(code, "StartError", started_at, message)
        if memory and memory.killed:
            return terminated(code or 137, "OOMKilled", started_at, files.message_text())
        message = files.message_text()
        wants_log = self.spec.get("terminationMessagePolicy") == "FallbackToLogsOnError"
        if code and not message and wants_log:
            message = files.end_of_log()
        return terminated(code, "Error" if code else "Completed", started_at, message)


@dataclass(frozen=True)
class _RunFiles:
    """The files of one run, numbered by restart."""

    folder: Path
    name: str
    restart: int

    def create(self) -> None:
        for file in (self.log, self.message):
            file.touch()
        self.message.chmod(0o666)

    @property
    def log(self) -> Path:
        return self.folder / f"{self.name}.{self.restart}.log"

    @property
    def message(self) -> Path:
        return self.folder / f"{self.name}.{self.restart}.message"

    @property
    def spec(self) -> Path:
        return self.folder / f"{self.name}.{self.restart}.json"

    @property
    def failure(self) -> Path:
        return self.folder / f"{self.name}.{self.restart}.failure"

    def message_text(self) -> str:
        return self.message.read_bytes()[:MESSAGE_LIMIT].decode(errors="replace")

    def failure_text(self) -> str:
        return self.failure.read_text() if self.failure.exists() else ""

    def end_of_log(self) -> str:
        lines = self.log.read_bytes().splitlines(keepends=True)[-FALLBACK_LINES:]
        text = b"".join(line.split(b" ", 1)[1] for line in lines)
        return text[-FALLBACK_LIMIT:].decode(errors="replace")


async def _copy_output(read_end: int, log: Path, limit: int) -> None:
    """Each line with the time it was read in front, as container runtimes keep it; a file that is full is put aside."""
    reader = asyncio.StreamReader()
    pipe = os.fdopen(read_end, "rb", buffering=0)
    transport, _ = await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), pipe
    )
    rest = b""
    try:
        while chunk := await reader.read(65536):
            *lines, rest = (rest + chunk).split(b"\n")
            _append(log, lines, limit)
        if rest:
            _append(log, [rest], limit)
    finally:
        transport.close()


def _append(log: Path, lines: list[bytes], limit: int) -> None:
    with log.open("ab", buffering=0) as file:
        file.write(b"".join(_stamped(line) for line in lines))
        is_full = file.tell() >= limit
    if is_full:
        log.rename(log.with_suffix(".rotated"))
        log.touch()


def _stamped(line: bytes) -> bytes:
    now = datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%S.%f000Z")
    return now.encode() + b" " + line + b"\n"
