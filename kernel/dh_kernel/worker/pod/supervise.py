"""The installer and the worker as children of the container's first process: the supervisor of local runs, told live."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

from ...detached import processes
from ...detached.cold import worker_step
from ...detached.install import install_step
from ...detached.lock import take_lock
from ...detached.supervisor import Supervisor
from ...ends import as_end
from .cgroup import Memory

if TYPE_CHECKING:
    from ..._contract import Exit, PodDocument, PodEnd, PodPhase
    from .channel import LiveChannel
    from .stopping import Stopping

GRACE = 15.0  # seconds that user code has when the pod is told to stop
LOG_LIMIT = 256 << 20  # bytes
_PHASES: dict[str, PodPhase] = {"installing": "environment", "running": "running"}


class PodSupervisor(Supervisor):
    """Says on the channel what it does."""

    def __init__(self, order: dict[str, Any], lock: int, channel: LiveChannel, stopping: Stopping) -> None:
        super().__init__(order, lock, [], channel)  # from here on SIGTERM is ours
        self._channel = channel
        if stopping.was_asked:
            self._asked_to_stop()

    def _tell(self, phase: str) -> None:
        super()._tell(phase)
        self._channel.phase(_PHASES[phase])


def supervise(order: dict[str, Any], timeout: float | None, channel: LiveChannel, stopping: Stopping) -> None:
    """To the attempt's end; exit.json says how it was. Nothing is done if it was supervised before."""
    lock = take_lock(order["folder"], listens=True)
    if lock is None:
        return
    processes.adopt_orphans()
    wanted = order["environment"]
    steps = [] if wanted is None else [("installing", install_step(wanted, order["env"]))]
    PodSupervisor(order, lock, channel, stopping).supervise([*steps, ("running", worker_step(order))], timeout)


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
        "grace": job.get("grace", GRACE),
        "log_limit": job.get("log_limit", LOG_LIMIT),
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
