"""Processes as the kernel shows them: who descends from whom, how much memory they have, who is surely who.

Linux tells by /proc; elsewhere there are no descendants and no memory to be seen, and only the process group is ended.
"""

from __future__ import annotations

import contextlib
import ctypes
import functools
import os
import signal
import sys
from collections.abc import Iterable, Iterator

_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36
_PAGE = os.sysconf("SC_PAGE_SIZE")
_AT_ONCE = 1 << 14  # bytes


def adopt_orphans() -> None:
    """From now on, orphaned descendants become children of this process, however they daemonised."""
    _prctl(_PR_SET_CHILD_SUBREAPER, 1)


def die_with_parent(parent: int) -> None:
    """Be killed when `parent`, which forked us, dies. Ends the process if it is dead already."""
    _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


def _prctl(option: int, value: int) -> None:
    if sys.platform == "linux":
        this_process().prctl(option, value, 0, 0, 0)


@functools.lru_cache(maxsize=1)
def this_process() -> ctypes.CDLL:
    """The C library's functions. Whoever forks asks for them once: forks have them then."""
    library = ctypes.CDLL(None)
    if sys.platform == "linux":
        library.prctl  # noqa: B018 - looked up now
    return library


def identity(pid: int) -> str:
    """Boot and start time of a process: with the pid it names one process for ever. '' if there is none."""
    stat = _read(f"/proc/{pid}/stat")
    if not stat or stat.rpartition(") ")[2].startswith("Z"):
        return ""
    return f"{boot()}:{stat.rpartition(') ')[2].split()[19]}"


@functools.lru_cache(maxsize=1)
def boot() -> str:
    """This boot of the machine."""
    return _read("/proc/sys/kernel/random/boot_id").strip()


def descendants(pid: int, most: int | None = None) -> list[int]:
    """Children, their children, and so on; with `most`, no more need be found than so many."""
    found: list[int] = []
    waiting = [pid]
    while waiting and (most is None or len(found) < most):
        children = list(_children(waiting.pop()))
        found += children
        waiting += children
    return found


def _children(pid: int) -> Iterator[int]:
    with contextlib.suppress(OSError):
        for thread in os.listdir(f"/proc/{pid}/task"):
            yield from map(int, _read(f"/proc/{pid}/task/{thread}/children").split())


def memory_of(pids: list[int]) -> int:
    """Bytes in use. A page that several of the processes share counts once, or in part if others have it too."""
    if len(pids) == 1:
        return _resident(pids[0])
    return sum(_proportional(pid) for pid in pids)


def peak_of(pid: int) -> int:
    """The most bytes that a process has had since `forget_peak`; 0 where that is not known."""
    for line in _read(f"/proc/{pid}/status").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    return 0


def forget_peak(pid: int) -> None:
    """From now on `peak_of` counts anew."""
    with contextlib.suppress(OSError), open(f"/proc/{pid}/clear_refs", "w") as file:
        file.write("5")


def _resident(pid: int) -> int:
    fields = _read(f"/proc/{pid}/statm").split()
    return int(fields[1]) * _PAGE if fields else 0


def _proportional(pid: int) -> int:
    for line in _read(f"/proc/{pid}/smaps_rollup").splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) * 1024
    return _resident(pid)


def _is_open(descriptor: int) -> bool:
    """The listing's own descriptor, for one, is closed by now."""
    try:
        os.fstat(descriptor)
    except OSError:
        return False
    return True


def kill_all(group: int, pid: int) -> None:
    """SIGKILL to a process group and to all that descends from `pid`, however quickly that forks.

    The group's signal reaches all of it at once. The others are stopped first: who is stopped does not fork, so after
    some rounds there is nobody new.
    """
    with contextlib.suppress(OSError):
        os.killpg(group, signal.SIGKILL)
    stopped: set[int] = set()
    while new := set(descendants(pid)) - stopped:
        _signal(new, signal.SIGSTOP)
        stopped |= new
    _signal(stopped, signal.SIGKILL)


def _signal(pids: Iterable[int], number: int) -> None:
    for pid in pids:
        with contextlib.suppress(OSError):
            os.kill(pid, number)


def other_threads() -> list[str]:
    """Names of this process's threads, the main one left out."""
    me = str(os.getpid())
    with contextlib.suppress(OSError):
        return [_read(f"/proc/self/task/{name}/comm").strip() for name in os.listdir("/proc/self/task") if name != me]
    return []


def open_files() -> list[int]:
    """Numbers of this process's open descriptors."""
    for folder in ("/proc/self/fd", "/dev/fd"):
        with contextlib.suppress(OSError):
            return [number for number in map(int, os.listdir(folder)) if _is_open(number)]
    return list(range(3, 256))


def _read(path: str) -> str:
    """A file of /proc; '' if the process is gone. Without Python's text files: to make one costs a fork a hundred pages."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return ""
    pieces = []
    try:
        while piece := os.read(descriptor, _AT_ONCE):
            pieces.append(piece)
    except OSError:
        return ""
    finally:
        os.close(descriptor)
    return b"".join(pieces).decode(errors="replace")


def session(leader: int) -> list[int]:
    """Processes of the session that `leader` began."""
    pids = [int(name) for name in os.listdir("/proc") if name.isdigit()] if os.path.isdir("/proc") else []
    return [pid for pid in pids if _read(f"/proc/{pid}/stat").rpartition(") ")[2].split()[3:4] == [str(leader)]]
