"""The broker of this kernel: the one that is there, or `jupyter dh --no-browser`, detached, one for all of a home folder."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .broker import HOME_VARIABLE, TOKEN_VARIABLE, URL_VARIABLE, Address, home, told_broker, written_broker
from .errors import NotInstalled, Unavailable
from .rundir import RUN_VARIABLE

START_TIMEOUT = 60.0
_LOOK = 0.05  # seconds between two looks at broker.json while the process lives
_STARTS = ("run", "start", "map", "sweep", "form")  # of a registered function
_TAIL = 15  # lines of the log in an error


def check_outside_a_run() -> None:
    """Raise Unavailable in a run, which has nobody to ask."""
    if os.environ.get(RUN_VARIABLE):
        raise Unavailable(
            "This is a run, and a run has no broker: it can't register, start or load things of the catalogue.",
            "Leave that line out of it. Pass data as a parameter (flights=dataset/flights), and give results by "
            "dh.output(name=value).",
        )


def left_plain(function: Any) -> Any:
    """A function in a run, which has nobody to register with: itself, and what would start runs of it says so."""
    for verb in _STARTS:
        if not hasattr(function, verb):
            with contextlib.suppress(AttributeError, TypeError):  # not every callable takes attributes
                setattr(function, verb, _nobody_to_ask)
    return function


def _nobody_to_ask(*args: Any, **given: Any) -> None:
    check_outside_a_run()


def find_broker() -> Address:
    """The broker of this kernel; starts one if there is none. Raises Unavailable or NotInstalled with what to do."""
    check_outside_a_run()
    return told_broker() or written_broker(home()) or start_broker(home())


def start_broker(folder: Path) -> Address:
    """Start one and wait until it answers. Two kernels that ask at once start one: the second waits for the first."""
    if importlib.util.find_spec("dh_jupyter") is None:
        raise NotInstalled(
            "No broker is running, and dh-jupyter, which would start one, is not installed in this environment.",
            "pip install dh-jupyter, or work in a JupyterLab that has it.",
        )
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _starting(folder):
        return written_broker(folder) or _start(folder)


@contextlib.contextmanager
def _starting(folder: Path) -> Iterator[None]:
    """The start-up lock; released by the kernel if its holder dies."""
    if os.name != "posix":
        yield
        return
    import fcntl

    with open(folder / "starting.lock", "a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _start(folder: Path) -> Address:
    log = folder / "broker.log"
    with open(os.open(log, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", "dh_jupyter.app", "--no-browser"],  # -P: nothing of the working folder
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=_environment(folder),
            start_new_session=True,
        )
    deadline = time.monotonic() + START_TIMEOUT
    while time.monotonic() < deadline:
        with contextlib.suppress(subprocess.TimeoutExpired):  # waits for the process's death, and looks now and then
            code = process.wait(_LOOK)
            raise _died(f"The broker ended while it was starting (exit code {code}).", log)
        if (folder / "broker.json").exists():
            found = written_broker(folder)
            if found is not None:
                process.returncode = 0  # it is not ours to wait for: no warning when this object goes
                return found
    process.terminate()
    raise _died(f"The broker did not answer within {START_TIMEOUT:.0f} s.", log)


def _environment(folder: Path) -> dict[str, str]:
    """Ours, without what ties a process to the Jupyter server that started this kernel."""
    dropped = {URL_VARIABLE, TOKEN_VARIABLE, "DHCORE_ENDPOINT", "DHCORE_ACCESS_TOKEN", "MPLBACKEND"}
    kept = {name: value for name, value in os.environ.items() if name not in dropped and not name.startswith("JPY_")}
    return {**kept, HOME_VARIABLE: str(folder)}


def _died(message: str, log: Path) -> Unavailable:
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines() if log.exists() else []
    return Unavailable(message, f"All of its log: {log}", lines[-_TAIL:])
