"""The pods of one attempt, of which there is one on each of its machines: what they do together, and who tells the end. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from . import pods
from .names import INDEX
from .pods import Look

Object = dict[str, Any]
_STOPPED = (45, 137, 143)  # exit codes of those that were told to stop: because of another


def rank_of(pod: Object) -> int:
    """Which one it is; 0 where there is one only."""
    return int((pod["metadata"].get("annotations") or {}).get(INDEX) or 0)


def members(there: Iterable[Object]) -> dict[int, Object]:
    """By rank, of each the one that counts, in their order."""
    by_rank: dict[int, list[Object]] = {}
    for pod in there:
        by_rank.setdefault(rank_of(pod), []).append(pod)
    return {rank: pods.newest(some) or some[0] for rank, some in sorted(by_rank.items())}


def telling(there: Iterable[Object]) -> Object | None:
    """Whose state is the attempt's: who failed first by itself, else who waits, else the first."""
    known = members(there)
    failed = [pod for pod in known.values() if _failed_by_itself(pod)]
    if failed:
        return min(failed, key=_ended_at)
    waiting = (pod for pod in known.values() if not pods.has_log(pod) and pod["status"].get("phase") not in pods.OVER)
    return next(waiting, next(iter(known.values()), None))


def look(job: Object | None, there: Iterable[Object], nodes: int) -> Look:
    """What they do now: started when all are, over when all are or their Job is."""
    if nodes == 1:
        return pods.look(job, there)
    known = members(there)
    each = {rank: pods.look(job, [pod]) for rank, pod in known.items()}
    if not each:
        return pods.look(job, ())
    over = [one for one in each.values() if one.state == "ended"]
    pod = telling(known.values())
    if len(over) == len(each) and (len(each) == nodes or job is None or pods.ended_by(job)):
        return Look("ended", pod)
    running = sum(one.state == "running" for one in each.values())
    if over or running == nodes:
        return Look("running", pod)
    first = next(
        (one.waiting_for for one in each.values() if one.waiting_for), "Waiting for the cluster to make its pods."
    )
    return Look("starting", pod, f"{running} of {nodes} machines are there. {first}")


def shown(there: list[Object], nodes: int) -> list[Object]:
    """Those by which to say what is the matter."""
    pod = telling(there) if nodes > 1 else None
    return there if pod is None else [pod]


def is_whole(there: Iterable[Object], nodes: int) -> bool:
    """Whether all have done what they had to do."""
    known = members(there)
    return len(known) == nodes and all(_code_of(pod) == 0 for pod in known.values())


def _failed_by_itself(pod: Object) -> bool:
    code = _code_of(pod)
    if code is None:
        return bool(pod["status"].get("phase") == "Failed")
    return code != 0 and not (code in _STOPPED and not pods.is_disrupted(pod))


def _code_of(pod: Object) -> int | None:
    code = (pods.container_state(pod).get("terminated") or {}).get("exitCode")
    return None if code is None else int(code)


def _ended_at(pod: Object) -> str:
    return str((pods.container_state(pod).get("terminated") or {}).get("finishedAt") or "")
