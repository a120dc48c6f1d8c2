"""Whether the home's disk has what attempts stand on: locks that hold, and hard links. Disks of other machines may lack both."""

from __future__ import annotations

import contextlib
import fcntl
import os
import tempfile
from pathlib import Path

from dh_kernel.errors import Unavailable

CURE = "Have it mounted with locks and hard links, or put the home on a local disk (DH_HOME)."


def lacking(folder: Path) -> str:
    """What does not work there, in words; nothing if all does. Raises OSError where nothing can be written at all."""
    descriptor, made = tempfile.mkstemp(prefix=".lock-", dir=folder)
    linked = f"{made}-2"
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if not _is_seen(made):
            return "a lock is not seen by others"
        os.link(made, linked)
    except OSError as error:
        what = "hard links can't be made" if _is_held(descriptor) else "files can't be locked"
        return f"{what} ({error.strerror})"
    finally:
        os.close(descriptor)
        for path in (made, linked):
            with contextlib.suppress(OSError):
                os.unlink(path)
    return ""


def _is_held(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _is_seen(path: str) -> bool:
    """Whether somebody who opens it finds it locked."""
    other = os.open(path, os.O_RDONLY)
    try:
        fcntl.flock(other, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(other)
    return False


class Locks:
    """Asked before each attempt; looks until it was well once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._is_well = False

    def need(self) -> None:
        """Raise Unavailable where attempts can't be told from one another."""
        if not self._is_well and (what := lacking(self._folder)):
            raise Unavailable(f"No run can start in {self._folder}: on its disk {what}.", CURE)
        self._is_well = True

    def state(self) -> tuple[bool, str]:
        """As a row of the doctor's."""
        try:
            what = lacking(self._folder)
        except OSError as error:
            what = f"nothing can be written ({error.strerror})"
        return not what, f"on the home's disk {what}. {CURE}" if what else "the home's disk has locks and hard links"
