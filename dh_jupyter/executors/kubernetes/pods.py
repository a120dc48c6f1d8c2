"""From a Job and its pods, as the cluster tells them, to what the run manager wants to know. Pure.

The pod's status is the authority on what runs: not our process, and no heartbeat. Times are the cluster's own.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal, cast

from dh_kernel.ends import as_exit

from .manifest import CONTAINER

if TYPE_CHECKING:
    from dh_kernel._contract import Exit

Object = dict[str, Any]
State = Literal["none", "starting", "running", "ended"]

KILLED, TERMINATED = 9, 15
OVER = ("Succeeded", "Failed")
_TOLD = ("exited", "timeout", "memory", "processes", "stopped", "killed")  # reasons that a pod's first process may tell
_MORE = ("started", "log_missing", "disk_full", "peak_memory")  # facts that only it can know
OVERDUE = 15.0  # seconds after its grace in which a node must have said that a pod has ended
_NOT_A_SIGNAL = 128  # an exit code above it is that, and a signal's number


@dataclass(frozen=True)
class Look:
    """`none`: there is neither a Job nor a pod. `pod` is the one that counts; a Job may end before it has one."""

    state: State
    pod: Object | None = None
    waiting_for: str = ""

    @property
    def is_queued(self) -> bool:
        """Whether it has no node yet."""
        return self.state == "starting" and not (self.pod and self.pod["spec"].get("nodeName"))


def look(job: Object | None, pods: Iterable[Object]) -> Look:
    """What the attempt does now."""
    pod = newest(pods)
    if pod is None:
        return _without_pod(job)
    if pod["status"].get("phase") in OVER:
        return Look("ended", pod)
    state = container_state(pod)
    if "running" in state:
        return Look("running", pod)
    if "terminated" in state:
        return Look("ended", pod)
    return Look("starting", pod, waiting_words(pod))


def _without_pod(job: Object | None) -> Look:
    if job is None:
        return Look("none")
    if ended_by(job):
        return Look("ended")
    if is_held_back(job):
        return Look("starting", None, "Waiting in the cluster's queue.")
    return Look("starting", None, "Waiting for the cluster to make its pod.")


def newest(pods: Iterable[Object]) -> Object | None:
    """The first that has started, since an attempt starts once, whatever its Job makes later; else one that is not over
    before one that is; else the youngest."""
    there = list(pods)
    if started := [pod for pod in there if has_log(pod)]:
        return min(started, key=_made_at)
    return max(there, key=lambda pod: (_is_alive(pod), _made_at(pod)), default=None)


def _made_at(pod: Object) -> str:
    return str(pod["metadata"].get("creationTimestamp") or "")


def _is_alive(pod: Object) -> bool:
    return pod["status"].get("phase") not in OVER and not pod["metadata"].get("deletionTimestamp")


def is_lost(pod: Object, now: float) -> bool:
    """Whether it should have ended long ago, and nobody says that it has: its node is out of contact. `now` by our clock,
    which may be some seconds wrong."""
    told = _seconds(pod["metadata"].get("deletionTimestamp"))
    return bool(told) and now - told > OVERDUE and pod["status"].get("phase") not in OVER


def may_be_replaced(job: Object | None, pod: Object | None, *, gone: bool = False) -> bool:
    """Whether a Job may make another pod, since its own was deleted: before podReplacementPolicy that was no failure.
    `gone`: it is no more, be it that it was deleted by force and nobody saw it end."""
    was_deleted = pod is not None and (gone or bool(pod["metadata"].get("deletionTimestamp")))
    return was_deleted and job is not None and not (ended_by(job) or job["metadata"].get("deletionTimestamp"))


def container_state(pod: Object) -> Object:
    """Of the worker's container: {waiting|running|terminated: …}; empty before the node has looked at it."""
    statuses = pod["status"].get("containerStatuses") or []
    return next((one.get("state") or {} for one in statuses if one["name"] == CONTAINER), {})


def has_log(pod: Object) -> bool:
    """Whether its container has started at some time."""
    state = container_state(pod)
    return "running" in state or bool((state.get("terminated") or {}).get("startedAt"))


def has_node(pod: Object) -> bool:
    """Whether it was given one at some time."""
    return bool(pod["spec"].get("nodeName"))


def ended_by(job: Object) -> Object | None:
    """The condition that a Job ended with."""
    conditions = job.get("status", {}).get("conditions") or []
    return next((one for one in conditions if one["type"] in ("Complete", "Failed") and one["status"] == "True"), None)


def is_held_back(job: Object | None) -> bool:
    """Whether its queue does not let it run, or not any more."""
    return job is not None and bool(job["spec"].get("suspend"))


def waiting_words(pod: Object) -> str:
    """What a pod that does not run yet waits for."""
    conditions = {one["type"]: one for one in pod["status"].get("conditions") or []}
    scheduled = conditions.get("PodScheduled") or {}
    if scheduled.get("status") == "False":
        return f"Waiting for a node: {scheduled.get('message') or scheduled.get('reason') or 'none has room'}"
    waiting = container_state(pod).get("waiting") or {}
    if waiting.get("reason") in (None, "ContainerCreating", "PodInitializing"):
        return "Starting its container." if pod["spec"].get("nodeName") else "Waiting for a node."
    return f"Its container can't start: {waiting['reason']}. {waiting.get('message') or ''}".strip()


def exit_of(job: Object | None, pod: Object | None, *, stopped: bool, memory_limit: int | None, now: float) -> Exit:
    """How the attempt ended. `stopped`: we were asked to end it. `now` stands in where the cluster tells no time."""
    ended = (container_state(pod).get("terminated") if pod else None) or {}
    report = reported(ended)
    found: Any = {"reason": "lost", "ended": _seconds(ended.get("finishedAt")) or now}
    if started := _seconds(ended.get("startedAt")):
        found["started"] = started
    if "exitCode" in ended and pod is not None:
        found.update(_of_code(int(ended["exitCode"])))
        found["reason"] = _reason(pod, ended, stopped)
    else:
        found["reason"] = _without_code(job, pod, stopped)
    found.update(_of_report(report, found["reason"], stopped))
    if memory_limit is not None:
        found["memory_limit"] = memory_limit
    return cast("Exit", found)


def _of_code(code: int) -> Any:
    return {"signal": code - _NOT_A_SIGNAL} if _NOT_A_SIGNAL < code <= _NOT_A_SIGNAL + 64 else {"code": code}


def _reason(pod: Object, ended: Object, stopped: bool) -> str:
    """First what is sure to be the cause; a program that had done its work by then has done it."""
    code = int(ended["exitCode"])
    if ended.get("reason") == "OOMKilled":
        return "memory"
    if code in (0, 42):
        return "exited"
    if pod["status"].get("reason") == "DeadlineExceeded":
        return "timeout"
    if stopped:
        return "stopped"
    if is_disrupted(pod) or code in (_NOT_A_SIGNAL + KILLED, _NOT_A_SIGNAL + TERMINATED):
        return "killed"
    return "exited"


def _without_code(job: Object | None, pod: Object | None, stopped: bool) -> str:
    if stopped:
        return "stopped"
    condition = ended_by(job) if job else None
    told = (pod or {}).get("status", {}).get("reason") or (condition or {}).get("reason")
    if told == "DeadlineExceeded":
        return "timeout"
    return "killed" if pod is not None and is_disrupted(pod) else "lost"


def _of_report(report: Object, reason: str, stopped: bool) -> Object:
    """What the first process of the pod saw: more than the node can, but for what ended that process itself."""
    told = as_exit(report)
    found: Object = {name: told[name] for name in _MORE if name in told}
    if reason == "killed" and report.get("oom_kills"):
        found["reason"] = "memory"
    if reason in ("exited", "stopped") and report.get("reason") in _TOLD:
        found.update({name: told[name] for name in ("reason", "code", "signal") if name in told})
        if stopped and report["reason"] == "killed":
            found["reason"] = "stopped"
    return found


def is_disrupted(pod: Object) -> bool:
    """Whether the cluster took its place away: eviction, preemption, a drained or lost node."""
    if pod["status"].get("reason") in ("Evicted", "Preempting", "NodeLost", "NodeShutdown", "Terminated", "Shutdown"):
        return True
    conditions = pod["status"].get("conditions") or []
    return any(one["type"] == "DisruptionTarget" and one["status"] == "True" for one in conditions)


def memory_limit(pod: Object | None) -> int | None:
    """Bytes, of the worker's container, as we asked for them."""
    containers = pod["spec"]["containers"] if pod else []
    limits = next((one["resources"].get("limits") or {} for one in containers if one["name"] == CONTAINER), {})
    said = str(limits.get("memory", ""))
    return int(said) if said.isdigit() else None


def reported(ended: Object) -> Object:
    """What the worker's supervisor wrote as its last word; empty where there is none, or the end of the log in its place."""
    try:
        said = json.loads(ended.get("message") or "")
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}


def _seconds(text: str | None) -> float:
    return datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp() if text else 0.0
