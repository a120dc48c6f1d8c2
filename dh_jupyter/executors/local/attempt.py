"""An attempt as its folder shows it: claimed, supervised, over. Truth is in files and locks, so any process sees the same."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from dh_kernel.detached import processes
from dh_kernel.detached.written import write_atomically
from dh_kernel.rundir import RunFolder

from ..base import Observation

if TYPE_CHECKING:
    from dh_kernel._contract import Progress

_CLAIM_AGE = 10.0  # seconds in which a claim must have become a supervisor


@dataclass(frozen=True)
class Holder:
    """What the lock's text says: the supervisor and its child; 'is' names a process for ever, '' where unknown."""

    pid: int
    identity: str
    child: int
    child_identity: str
    phase: str

    def is_alive(self) -> bool:
        """Whether the pid is still that supervisor."""
        return processes.identity(self.pid) == self.identity


@contextlib.contextmanager
def claim(folder: Path) -> Iterator[bool]:
    """Hold the right to start the attempt. False: another holds it, or the attempt was started before."""
    descriptor = os.open(folder / "claim", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        os.utime(descriptor)
        yield not (folder / "lock").exists() and not (folder / "exit.json").exists()
    finally:
        os.close(descriptor)


def observe(folder: Path) -> Observation:
    """How the attempt is."""
    ended = RunFolder(folder).read_exit()
    if ended is None and is_locked(folder / "lock"):
        holder = read_holder(folder)
        if holder is None or holder.phase == "starting":
            return Observation("starting")
        if holder.phase == "waiting":
            return Observation("starting", is_queued=True)
        if holder.phase == "installing":
            return _building(folder)
        return Observation("running")
    ended = ended or RunFolder(folder).read_exit()  # written just before the lock was given back
    if ended is not None:
        return Observation("exited", exit=ended)
    if not (folder / "lock").exists() and _is_claimed(folder / "claim"):
        return Observation("starting")
    holder = read_holder(folder)
    if holder is not None and holder.phase == "waiting":
        return Observation("exited", exit={"reason": "returned", "ended": time.time()})
    return Observation("missing")


def _building(folder: Path) -> Observation:
    try:
        said = json.loads((folder / "building.json").read_bytes())
    except (FileNotFoundError, ValueError):
        return Observation("starting", waiting_for="Building the environment.")
    text, total = str(said["text"]), said.get("total")
    progress: Progress | None = {"done": said["done"], "total": total, "text": text} if total else None
    return Observation("starting", waiting_for=text, progress=progress)


def read_holder(folder: Path) -> Holder | None:
    """Who holds or held the attempt's lock."""
    try:
        said = json.loads((folder / "lock").read_bytes())
    except (FileNotFoundError, ValueError):
        return None
    return Holder(said["pid"], said["is"], said["child"], said["child_is"], said["phase"])


def is_locked(path: Path) -> bool:
    """Whether a living process holds the file's lock."""
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        return False
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)


def _is_claimed(path: Path) -> bool:
    try:
        return is_locked(path) or time.time() - path.stat().st_mtime < _CLAIM_AGE
    except FileNotFoundError:
        return False


def ask_to_stop(folder: Path, grace: float) -> None:
    """Tell the supervisor, if there is one; else what starts later finds the word in the folder."""
    write_atomically(str(folder / "cancel"), json.dumps({"grace": grace}))
    holder = read_holder(folder)
    if holder is not None and is_locked(folder / "lock") and holder.is_alive():
        with contextlib.suppress(ProcessLookupError):
            os.kill(holder.pid, signal.SIGTERM)


def kill_if_stuck(folder: Path) -> bool:
    """End a supervisor that did not end its attempt, and the attempt; only if both are surely ours. True if it was so."""
    holder = read_holder(folder)
    if holder is None or RunFolder(folder).read_exit() or not is_locked(folder / "lock") or not holder.is_alive():
        return False
    family = [(pid, processes.identity(pid)) for pid in processes.descendants(holder.pid)]
    for pid, identity in [*family, (holder.pid, holder.identity)]:
        if identity and processes.identity(pid) == identity:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
    return True


def kill_orphans(folder: Path) -> None:
    """End what a dead supervisor left behind: the kernel has killed the worker, but not what that had started."""
    holder = read_holder(folder)
    if holder is None or not holder.child or not holder.child_identity:
        return
    now = processes.identity(holder.child)
    same_boot = holder.child_identity.partition(":")[0] == processes.boot()
    if same_boot and now in ("", holder.child_identity):  # the group's number is free or still this group's
        for pid in processes.session(holder.child):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
