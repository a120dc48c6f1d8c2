"""A shell's command as if in a terminal, which is read as long as it prints: its time and memory do not grow with what it has
printed before, as they do in IPython, which keeps and copies all of that."""

from __future__ import annotations

import codecs
import contextlib
import os
import shutil
import signal
import subprocess
import sys
import termios
from collections.abc import Iterator
from typing import Any

_PIECE = 1 << 16  # bytes that are read at once
_AHEAD = 1 << 20  # characters after which it waits until they are sent
_PATIENCE = 2.0  # seconds between interrupting a command and ending it


def in_terminal(command: str) -> int:
    """Print what it prints, as it comes. Its exit code, or (negative) the signal that ended it; nobody types into it."""
    shell = shutil.which(os.environ.get("SHELL") or "sh") or "/bin/sh"
    ours, its = os.openpty()
    with open(ours, "rb", buffering=0) as terminal:
        try:
            _leave_ends_of_lines(its)
            process = subprocess.Popen(
                [shell, "-c", command], stdin=subprocess.DEVNULL, stdout=its, stderr=its, start_new_session=True
            )
        finally:
            os.close(its)
        with _ended(process):
            _print(terminal)
    code = process.returncode
    return 128 - code if code > 128 else code  # a shell's way to tell the signal that ended its last command


def _print(terminal: Any) -> None:
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    ahead = 0
    for piece in _pieces(terminal):
        text = decoder.decode(piece)
        sys.stdout.write(text)
        ahead += len(text)
        if ahead > _AHEAD:
            sys.stdout.flush()
            ahead = 0
    sys.stdout.write(decoder.decode(b"", final=True))
    sys.stdout.flush()


def _pieces(terminal: Any) -> Iterator[bytes]:
    """Until nobody has the terminal any more, which Linux says by an error."""
    with contextlib.suppress(OSError):
        while piece := terminal.read(_PIECE):
            yield piece


def _leave_ends_of_lines(terminal: int) -> None:
    """A terminal puts a carriage return before each."""
    settings = termios.tcgetattr(terminal)
    settings[1] &= ~termios.ONLCR
    termios.tcsetattr(terminal, termios.TCSANOW, settings)


@contextlib.contextmanager
def _ended(process: subprocess.Popen[bytes]) -> Iterator[None]:
    """It is interrupted when we are, and ended if it does not mind."""
    try:
        yield
    except BaseException:
        with contextlib.suppress(OSError):
            os.killpg(process.pid, signal.SIGINT)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(_PATIENCE)
        with contextlib.suppress(OSError):
            os.killpg(process.pid, signal.SIGKILL)
        raise
    finally:
        process.wait()
