"""The lock of an attempt: held as long as its supervisor lives; its text says who that is, and what it does."""

from __future__ import annotations

import fcntl
import json
import os
import signal

from . import processes


def take_lock(folder: str, *, listens: bool = False, phase: str = "starting") -> int | None:
    """The attempt's lock, for life; None if a supervisor had it before: an attempt is run once.

    From here on SIGTERM means `cancel`; until the supervisor listens it is not needed, since that looks at the file first.
    `listens`: somebody takes the signal for it meanwhile.
    """
    if not listens:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    made = os.path.join(folder, f".lock-{os.getpid()}")
    descriptor = os.open(made, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        tell_lock(descriptor, phase, 0)
        os.link(made, os.path.join(folder, "lock"))  # appears locked, or not at all
    except FileExistsError:
        os.close(descriptor)
        return None
    finally:
        os.unlink(made)
    return descriptor


def tell_lock(descriptor: int, phase: str, child: int) -> None:
    """Write the lock's text: a JSON object of fixed length."""
    me = os.getpid()
    said = {
        "pid": me,
        "is": processes.identity(me),
        "child": child,
        "child_is": processes.identity(child) if child else "",
    }
    os.pwrite(descriptor, json.dumps({**said, "phase": phase}).ljust(512).encode(), 0)
