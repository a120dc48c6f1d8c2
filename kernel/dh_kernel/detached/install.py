"""The cached environment of a function whose requirements the interpreter lacks: the first attempt that needs it makes it.

First the requirements are resolved to a lock, every package in its version; the environment's name is the lock's hash, so
that equal locks share one. Who comes second waits at the environment's lock file; what was interrupted is made anew,
since only a whole environment has the file `ready`. What the installer prints goes to the run's log.
"""

# ruff: noqa: T201

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, MutableMapping
from typing import Any

from . import freeze
from .supervisor import DEPENDENCIES
from .written import write_atomically

READY = "ready"  # this file is in an environment that is whole
FREEZE = "freeze.json"
_INSTEAD = ".instead"  # beside a lock that can't be made: another Python was taken
_AT_ONCE = 8  # packages of one call of the installer; between calls it is told how far we are
_TELL = 0.25  # seconds between two reports of how far we are
_QUIET = ("Using ", "Creating virtual", "Activate with", "Resolved ", "Prepared ", "Audited ", "Checked ")

Wanted = dict[str, Any]
"""cache, lock (path), identity and python of the interpreter, requirements, uv (path or None), exact (bool),
instead (another Wanted, or None); image (optional: the freeze of an interpreter whose packages are used, too)"""


class Failed(Exception):
    """The installer failed; it has said why."""


def lock_text(wanted: Wanted) -> str | None:
    """The lock, if it was resolved before. Exact requirements are their own lock."""
    if wanted["exact"] or wanted["uv"] is None:
        return "\n".join(wanted["requirements"]) + "\n"
    try:
        with open(wanted["lock"]) as file:
            return file.read()
    except FileNotFoundError:
        return None


def chosen(wanted: Wanted) -> Wanted:
    """It, or what is to be made instead, once it was found that this Python can't have the requirements."""
    instead: Wanted | None = wanted.get("instead")
    return instead if instead and os.path.exists(wanted["lock"] + _INSTEAD) else wanted


def _with_certificates() -> dict[str, str]:
    """uv trusts the certificates that this machine trusts, as pip does."""
    return {"UV_SYSTEM_CERTS": "1", **os.environ}


def folder_of(wanted: Wanted, lock: str) -> str:
    """Where the environment of a lock lies."""
    digest = hashlib.sha256(f"{wanted['identity']}\0{lock}".encode()).hexdigest()[:16]
    return os.path.join(wanted["cache"], digest)


def python_of(wanted: Wanted) -> str:
    """The environment's interpreter, once it was made."""
    made = chosen(wanted)
    return os.path.join(folder_of(made, lock_text(made) or ""), "bin", "python")


def install_step(wanted: Wanted, env: MutableMapping[str, str]) -> Callable[[], int]:
    """The step before the worker; its working directory is the attempt's folder. `env` will be the worker's."""
    return Installer(wanted, env).work


def record(source: str, attempt: str) -> None:
    """The exact versions into the attempt's folder, once."""
    target = os.path.join(attempt, "environment.json")
    with contextlib.suppress(FileExistsError):
        try:
            os.link(source, target)
        except FileExistsError:
            raise
        except OSError:  # another file system, or one without links
            shutil.copyfile(source, target)


def _first(path: str, text: str) -> str:
    """What the file holds: of several that write it at once the first counts, whole."""
    own = f"{path}.{os.urandom(8).hex()}"
    write_atomically(own, text)
    try:
        os.link(own, path)
    except FileExistsError:
        os.unlink(own)
    except OSError:  # a disk that knows no links
        os.replace(own, path)
    else:
        os.unlink(own)
    with open(path) as file:
        return file.read()


class Installer:
    """Makes one environment, and says how far it is."""

    def __init__(self, wanted: Wanted, env: MutableMapping[str, str]) -> None:
        self._wanted = chosen(wanted)
        self._env = env
        self._told = 0.0

    def work(self) -> int:
        """Exit code."""
        wanted, names = self._wanted, self._wanted["requirements"]
        shown = ", ".join(names[:12]) + (f" and {len(names) - 12} more" if len(names) > 12 else "")
        print(f"Installing {shown} …", flush=True)
        try:
            os.makedirs(os.path.dirname(wanted["lock"]), exist_ok=True)
            lock = lock_text(wanted) or self._resolve()
            folder = folder_of(self._wanted, lock)
            with self._alone(folder):
                if not os.path.exists(os.path.join(folder, READY)):
                    self._build(lock, folder)
            record(os.path.join(folder, FREEZE), ".")
        except (Failed, OSError) as error:
            print(*([f"error: {error}"] if str(error) else []), sep="", end="\n" if str(error) else "")
            print(f"The packages that the function needs could not be installed: {shown}.", flush=True)
            return DEPENDENCIES
        return 0

    @contextlib.contextmanager
    def _alone(self, folder: str) -> Iterator[None]:
        with open(folder + ".lock", "w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                self._tell("Waiting for another run that builds the same environment.")
                fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _resolve(self) -> str:
        wanted = self._wanted
        self._tell("Building the environment: choosing versions.")
        lock = self._resolve_near(wanted.get("image")) or self._compile()
        if lock is None:
            return self._resolve_instead()
        return _first(wanted["lock"], lock)

    def _resolve_near(self, image: list[str] | None) -> str | None:
        """With the versions that the image has, if that can be: then they need not be installed again."""
        if not image:
            return None
        with tempfile.NamedTemporaryFile("w", suffix=".txt") as file:
            file.write("\n".join(line for line in image if " @ " not in line))
            file.flush()
            return self._compile("--constraint", file.name, "--quiet")

    def _compile(self, *more: str) -> str | None:
        """The lock; None if there is none, and why is said (unless that is to be quiet)."""
        wanted = self._wanted
        command = [wanted["uv"], "pip", "compile", "-", "--python", wanted["python"], "--no-header", "--no-annotate"]
        made = subprocess.run(
            [*command, *more],
            input="\n".join(wanted["requirements"]),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL if more else None,
            text=True,
            check=False,
            env=_with_certificates(),
        )
        return None if made.returncode else made.stdout

    def _resolve_instead(self) -> str:
        """For the other Python, if there is one."""
        first, instead = self._wanted, self._wanted.get("instead")
        if instead is None:
            raise Failed
        print("Not for the Python that the function names; with another one:", flush=True)
        self._wanted = instead
        lock = lock_text(instead) or self._resolve()
        _first(first["lock"] + _INSTEAD, "")
        return lock

    def _build(self, lock: str, folder: str) -> None:
        shutil.rmtree(folder, ignore_errors=True)
        image = self._wanted.get("image")
        there, upon = set(image or ()), [] if image is None else ["--system-site-packages"]
        lines = [line.strip() for line in lock.splitlines() if line.strip() and not line.startswith("#")]
        packages = [line for line in lines if line not in there]
        self._tell_count(0, len(packages))
        python, uv, base = os.path.join(folder, "bin", "python"), self._wanted["uv"], self._wanted["python"]
        if uv is None:
            self._call([base, "-m", "venv", *upon, folder])
            self._call([python, "-m", "pip", "install", "--disable-pip-version-check", *packages])
        else:
            self._call([uv, "venv", "--no-project", *upon, "--python", base, folder])
            for first in range(0, len(packages), _AT_ONCE):
                self._install_some(uv, python, packages, first)
        write_atomically(
            os.path.join(folder, FREEZE), json.dumps(freeze.of_environment(folder, [] if image is None else sys.path))
        )
        write_atomically(os.path.join(folder, READY), "")

    def _install_some(self, uv: str, python: str, packages: list[str], first: int) -> None:
        """The lock names every package, so none is looked for besides."""
        some = packages[first : first + _AT_ONCE]
        is_last = first + _AT_ONCE >= len(packages)
        compiled = ["--compile-bytecode"] if is_last else []  # it looks at all of the environment, each time
        done = first

        def heard(line: str) -> None:
            nonlocal done
            if line.startswith((" Downloaded ", "   Built ")):
                done += 1
                self._tell_count(done, len(packages))

        self._call([uv, "pip", "install", "--no-deps", *compiled, "--python", python, *some], heard)
        self._tell_count(first + len(some), len(packages))

    def _call(self, command: list[str], heard: Callable[[str], None] = lambda line: None) -> None:
        """Each line that it prints goes to the log, but for what is repeated with each call."""
        with subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            env=_with_certificates(),
        ) as process:
            assert process.stdout is not None
            for line in process.stdout:
                heard(line)
                if not line.startswith(_QUIET):
                    print(line, end="", flush=True)
        if process.returncode:
            raise Failed

    def _tell_count(self, done: int, total: int) -> None:
        now = time.monotonic()
        if done in (0, total) or now - self._told >= _TELL:
            self._told = now
            self._tell(f"Building the environment: {done} of {total} packages.", done=done, total=total)

    def _tell(self, text: str, **count: int) -> None:
        """How far we are, for who observes the attempt."""
        with contextlib.suppress(OSError, KeyError, ValueError):
            write_atomically("building.json", json.dumps({"text": text, **count}))
            os.write(int(self._env["DH_WAKE_FD"]), b"\n")
