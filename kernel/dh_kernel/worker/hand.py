"""Attempts one after another in one process: each finds it as the first one did, and what can't be put back ends it.

Modules that were imported stay imported, with what they keep; the attempt's own module is loaded anew.
"""

from __future__ import annotations

import contextlib
import contextvars
import ctypes
import json
import os
import random
import signal
import socket
import sys
import threading
import types
import warnings
from pathlib import Path
from typing import Any

from ..rundir import RunFolder
from .code import CODE

VARIABLE = "DH_HAND_FD"  # where to say that one is done, and to hear of the next: see detached/hand.py
GOES_ON = frozenset({0, 42, 46})  # exit codes after which nothing of an attempt is under way
TORCH_SEED = 67280421310721  # what torch begins with in every process
_TIMERS = ("ITIMER_REAL", "ITIMER_VIRTUAL", "ITIMER_PROF")


class Hand:
    """The worker's end. Made before the first attempt begins."""

    def __init__(self) -> None:
        number = os.environ.pop(VARIABLE, "")
        self._asked = socket.socket(fileno=int(number)) if number.isdigit() else None
        if self._asked is not None:
            self._asked.set_inheritable(False)
            self._before = Before()

    def next(self, folder: RunFolder, code: int) -> RunFolder | None:
        """The next one, with everything as it was before; None: the process is to end."""
        if self._asked is None or code not in GOES_ON or not is_clean(folder):
            return None
        _flush()
        try:
            self._asked.sendall(f"{code}\n".encode())
            said = json.loads(self._line() or b"{}")
        except (OSError, ValueError):
            return None
        if not said:
            return None
        self._before.restore(said["folder"], said["env"])
        return RunFolder(Path(said["folder"]))

    def _line(self) -> bytes:
        assert self._asked is not None
        data = b""
        while not data.endswith(b"\n"):
            piece = self._asked.recv(1 << 16)
            if not piece:
                return b""
            data += piece
        return data


def is_clean(folder: RunFolder) -> bool:
    """Whether an attempt has left nothing that goes on, or that the next one would go on with."""
    return threading.active_count() == 1 and not folder.mlflow.exists() and not _has_children()


def _has_children() -> bool:
    if not hasattr(os, "waitid"):  # macOS before Python 3.13: who can't see is careful
        return True
    try:
        os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        return False
    return True


def _flush() -> None:
    """What was printed is in the pipe, also by compiled code, before anybody hears that the attempt is over."""
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError, AttributeError):
            stream.flush()
    ctypes.CDLL(None).fflush(None)


class Before:
    """What attempts change of a process, as it was before the first one."""

    def __init__(self) -> None:
        self._environment = dict(os.environ)
        self._path = list(sys.path)
        self._streams = {name: getattr(sys, name) for name in ("stdin", "stdout", "stderr")}
        self._hooks = sys.excepthook, sys.displayhook, threading.excepthook
        self._handlers = {number: signal.getsignal(number) for number in signal.valid_signals()}
        self._warnings = list(warnings.filters), warnings.showwarning
        self._recursion = sys.getrecursionlimit()
        self._umask = os.umask(0o077)
        os.umask(self._umask)

    def restore(self, folder: str, env: dict[str, str]) -> None:
        """For the attempt in `folder`; `env` are its own variables."""
        os.environ.clear()
        os.environ.update({**self._environment, **env})
        os.chdir(folder)
        os.umask(self._umask)
        sys.argv[:] = [sys.argv[0], folder]
        self._restore_interpreter()
        self._restore_signals()
        _forget_code()
        _new_seeds()

    def _restore_interpreter(self) -> None:
        sys.path[:] = self._path
        for name, stream in self._streams.items():
            setattr(sys, name, stream)
        sys.excepthook, sys.displayhook, threading.excepthook = self._hooks
        sys.setrecursionlimit(self._recursion)
        filters, warnings.showwarning = self._warnings
        warnings.resetwarnings()  # also tells modules that they may warn again of what they have warned of
        warnings.filters[:] = filters  # type: ignore[index]

    def _restore_signals(self) -> None:
        for name in _TIMERS:
            signal.setitimer(getattr(signal, name), 0)
        for number, handler in self._handlers.items():
            if signal.getsignal(number) != handler and handler is not None:
                with contextlib.suppress(OSError, ValueError):  # those that nobody can handle
                    signal.signal(number, handler)


def _forget_code() -> None:
    """The attempt's module and those beside it: the next one has its own."""
    old = sys.modules.get(CODE)
    place = os.path.dirname(getattr(old, "__file__", None) or "")
    if place:
        for name in [name for name, module in list(sys.modules.items()) if _lies_in(module, place)]:
            del sys.modules[name]
    sys.modules["__main__"] = types.ModuleType("__main__")


def _lies_in(module: Any, folder: str) -> bool:
    return str(getattr(module, "__file__", None) or "").startswith(folder + os.sep)


def _new_seeds() -> None:
    """As in a process of its own: no two attempts draw the same numbers, but by torch, which begins with the same."""
    random.seed()
    if "numpy.random" in sys.modules:
        sys.modules["numpy.random"].seed()
    if "torch" in sys.modules:
        sys.modules["torch"].manual_seed(TORCH_SEED)


def in_context(function: Any, *args: Any) -> Any:
    """Call it so that what it sets of context variables (decimal's precision, for one) goes with it."""
    return contextvars.copy_context().run(function, *args)
