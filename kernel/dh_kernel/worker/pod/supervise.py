"""The installer and the worker as children of the container's first process: the supervisor of local runs, told live."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, cast

from ...detached import processes
from ...detached.cold import worker_step
from ...detached.hand import Hand, Place
from ...detached.install import install_step
from ...detached.lock import take_lock
from ...detached.supervisor import Supervisor
from ...ends import as_end
from ...rundir import RunFolder
from .cgroup import Memory

if TYPE_CHECKING:
    from ..._contract import Exit, PodDocument, PodEnd, PodPhase
    from .channel import LiveChannel
    from .stopping import Stopping

GRACE = 15.0  # seconds that user code has when the pod is told to stop
LOG_LIMIT = 256 << 20  # bytes
_PHASES: dict[str, PodPhase] = {"installing": "environment", "running": "running"}


class PodSupervisor(Supervisor):
    """Says on the channel what it does. `ended` is called with the folder of each attempt that is over, and says whether
    another one may begin."""

    def __init__(
        self,
        order: dict[str, Any],
        lock: int,
        channel: LiveChannel,
        stopping: Stopping,
        ended: Callable[[RunFolder], bool],
    ) -> None:
        hand = Hand({**order, "share": float("inf"), "memory": order["room"]}, _Untold())
        self._is_to_end = False
        super().__init__(order, lock, [], channel, hand)  # from here on SIGTERM is ours
        self._channel = channel
        self._ended = ended
        self._first = RunFolder(order["folder"])
        self._share: float | None = order["share"]
        if stopping.was_asked:
            self._asked_to_stop()

    def _tell(self, phase: str) -> None:
        super()._tell(phase)
        if phase in _PHASES:
            self._channel.phase(_PHASES[phase])

    def _start_clock(self) -> None:
        """Also the hand's, once: to fetch an image and to install is not its time."""
        super()._start_clock()
        if self._share is not None:
            self._hand.limit(self._share)
            self._share = None

    def _asked_to_stop(self, *_: object) -> None:
        """The pod is to end: nobody can ask for the end of one of a hand alone."""
        self._is_to_end = True
        self._hand.give_back()
        self._stop("stopped", self._grace())

    def _end(self, status: int, peak: int) -> None:
        """What came of it is handed over before the next one begins."""
        super()._end(status, peak)
        if not self._ended(RunFolder(self._folder)):
            self._hand.give_back()

    def _begin(self, place: Place) -> None:
        super()._begin(place)
        folder = RunFolder(place.folder)
        folder.begin()
        if self._first.environment.exists():
            shutil.copy(self._first.environment, folder.environment)
        self._channel.go_to(place.handle, folder)
        if self._is_to_end:  # asked while the one before was handed over
            self._stop("stopped", 0.0)


class _Untold:
    """The broker sees by the stream which attempts of a hand have begun, and by the pod's end which have not."""

    def of(self, handle: str) -> None:
        """Nobody."""

    def tell(self, handle: str) -> None:
        """Nobody."""


def supervise(
    order: dict[str, Any],
    timeout: float | None,
    channel: LiveChannel,
    stopping: Stopping,
    ended: Callable[[RunFolder], bool],
) -> bool:
    """To the end of all its attempts; exit.json says how each was. False if it was supervised before."""
    lock = take_lock(order["folder"], listens=True)
    if lock is None:
        return False
    processes.adopt_orphans()
    wanted = order["environment"]
    steps = [] if wanted is None else [("installing", install_step(wanted, order["env"]))]
    supervisor = PodSupervisor(order, lock, channel, stopping, ended)
    supervisor.supervise([*steps, ("running", worker_step(order))], timeout)
    return True


def order_of(
    job: PodDocument, archive: str, python: str, wanted: Mapping[str, Any] | None, env: dict[str, str]
) -> dict[str, Any]:
    """What the supervisor is told, see detached/supervisor.py. Memory is the kernel's to limit here."""
    names = {*(job.get("secrets") or ()), *(job["run"].get("secrets") or ())}
    return {
        "folder": job["folder"],
        "archive": archive,
        "python": None if wanted else python,
        "environment": wanted,
        "env": env,
        "secrets": {name: env[name] for name in names if name in env},
        "memory": None,
        "room": job.get("memory"),
        "grace": job.get("grace", GRACE),
        "log_limit": job.get("log_limit", LOG_LIMIT),
        "then": [{name: one[name] for name in ("handle", "folder", "env")} for one in job.get("then") or ()],
        "share": job.get("share", float("inf")),
    }


def end_of(ended: Exit | None, before: Memory, after: Memory) -> PodEnd:
    """How it ended, of what the supervisor and the kernel have seen."""
    kills = after.kills - before.kills
    told = {"reason": "lost"} if ended is None else as_end(ended)
    end = cast("PodEnd", {"phase": "delivering", "delivered": False, "oom_kills": kills, **told})
    if ended is None:
        return end
    if kills and ended.get("signal") == 9 and end["reason"] == "killed":
        end["reason"] = "memory"
    if kills:
        end["peak"] = max(end.get("peak", 0), after.peak)
    return end


def note_memory(end: PodEnd, ended: Exit, limit: int | None) -> Exit:
    """exit.json once it is known that it was the memory."""
    if end.get("reason") != "memory":
        return ended
    found: Exit = {**ended, "reason": "memory", "peak_memory": end.get("peak", 0)}
    if limit:
        found["memory_limit"] = limit
    return found


def own_archive(given: str) -> str:
    """The worker's archive: the one that we were started from."""
    return os.path.abspath(given)
