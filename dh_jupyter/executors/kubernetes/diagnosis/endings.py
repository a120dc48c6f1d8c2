"""Why a pod that had begun, or a Job, is over: by the pod's own status first, then by what the Job says."""

from __future__ import annotations

import re
import signal
from collections.abc import Callable

from ....quantities import show_bytes, show_seconds
from .facts import Facts, condition, holds
from .finding import Finding, clusters_fault, ends
from .queueing import EVICTED
from .starting import start_error
from .words import next_size, number, sentence, shortened

_AGAIN = "Run it again, by itself after such a fault: %dh retry RUN --retries 2"
_RETRIES = {"retries": 2}
_STOPPED = (
    45,
    143,
    137,
)  # what the worker ends with when it is told to stop, and what a program that knows nothing of it does
_SIGNAL = 128
OVERDUE = 15.0  # seconds after its grace in which a pod that still does not say that it ended is given up
_DISK = re.compile(
    r"exceeds the total limit of containers (?P<one>[^\s.]+)|local ephemeral storage limit \"(?P<two>[^\"]+)\""
    r"|EmptyDir volume \"(?P<volume>[^\"]+)\" exceeds the limit \"(?P<three>[^\"]+)\""
)
_LOW = re.compile(r"low on resource: (?P<resource>[\w-]+)")
_DISRUPTED = {
    "PreemptionByScheduler": ("preempted", "A run with a higher priority took its place."),
    "DeletionByTaintManager": ("node_lost", "Its machine was taken out of service."),
    "EvictionByEvictionAPI": ("evicted", "Its machine is being emptied (drained)."),
    "DeletionByPodGC": ("node_lost", "Its machine is gone."),
    "TerminationByKubelet": ("evicted", "Its machine ended it to save itself."),
}
_SHUT = ("NodeShutdown", "Shutdown", "Terminated")


def ended(facts: Facts) -> Finding | None:
    """How its pod ended; None where what the worker wrote says more, or there is no pod that is over."""
    if not facts.is_over:
        return None
    return next((found for row in _ROWS if (found := row(facts))), None)


def _evicted(facts: Facts) -> Finding | None:
    reason, said = facts.status.get("reason"), str(facts.status.get("message") or "")
    if reason == "Evicted" and (disk := _DISK.search(said)):
        return _disk(disk, said)
    if reason == "Evicted":
        low = _LOW.search(said)
        short = f": it was short of {low['resource']}" if low else ""
        cure = "Ask for as much as it needs, so that it gets a machine that has it: %dh retry RUN --memory SIZE"
        cure = cure if low and low["resource"] == "memory" else _AGAIN
        return ends("evicted", f"Its machine evicted it{short}.", cure, said, _RETRIES)
    if reason in _SHUT:
        return clusters_fault("evicted", "Its machine was shut down.", detail=said)
    if reason == "Preempting":
        return clusters_fault("preempted", "Its machine ended it for something more important.", detail=said)
    return None


def _disk(disk: re.Match[str], said: str) -> Finding:
    limit = disk["one"] or disk["two"] or disk["three"]
    bigger = next_size(limit)
    if disk["volume"] == "dh-shm":
        what = f"It used more shared memory (/dev/shm) than its limit of {limit}."
        return ends(
            "shared_memory",
            what,
            "Load in fewer processes, or give it more: %dh retry RUN --memory " + bigger,
            said,
            {"resources": {"mem": bigger}},
        )
    cure = f"Give it more: %dh retry RUN --disk {bigger}"
    return ends(
        "disk", f"Wrote more to its disk than its limit of {limit}.", cure, said, {"resources": {"disk": bigger}}
    )


def _rejected(facts: Facts) -> Finding | None:
    """By the node, after the scheduler had chosen it."""
    reason, said = str(facts.status.get("reason") or ""), str(facts.status.get("message") or "")
    if reason.startswith("OutOf") or reason in (
        "UnexpectedAdmissionError",
        "NodeAffinity",
        "TopologyAffinityError",
        "NodePorts",
    ):
        what = f"The machine that was chosen for it did not take it: {sentence(shortened(said) or reason)}"
        return clusters_fault("node_refused", what, detail="Another run was there first, or a device failed.")
    return None


def _disrupted(facts: Facts) -> Finding | None:
    disruption = condition(facts.pod, "DisruptionTarget")
    if disruption.get("status") != "True":
        return None
    code, what = _DISRUPTED.get(str(disruption.get("reason")), ("evicted", "The cluster took its place away."))
    return clusters_fault(code, what, detail=str(disruption.get("message") or ""))


def _deadline(facts: Facts) -> Finding | None:
    if facts.status.get("reason") != "DeadlineExceeded":
        return None
    limit = facts.spec.get("activeDeadlineSeconds")
    return _late(
        limit if isinstance(limit, int) else None,
        "its pod's deadline",
        "It counts from when its machine took it, and leaves time for packages and results.",
    )


def _late(limit: int | None, whose: str, detail: str) -> Finding:
    shown = f" of {show_seconds(limit)}" if limit else ""
    cure = (
        f"Give it longer: %dh retry RUN --timeout {2 * limit or 0}"
        if limit
        else "Give it longer: %dh retry RUN --timeout 2h"
    )
    return ends(
        "timeout", f"The cluster ended it at {whose}{shown}.", cure, detail, {"timeout": 2 * limit} if limit else None
    )


def _no_memory(facts: Facts) -> Finding | None:
    """The whole container, as since 1.28 on cgroup v2, or only a child of it."""
    ending, report = facts.state("terminated"), facts.report
    whole = ending.get("reason") == "OOMKilled"
    if not whole and not report.get("oom_kills"):
        return None
    if not whole and ending.get("exitCode") == 0:
        return None  # it lived on without that process
    limit, peak = str(facts.limits.get("memory") or ""), report.get("peak")
    bytes_of = number(limit)
    shown = f" of {show_bytes(bytes_of)}" if bytes_of else ""
    highest = f" (peak {show_bytes(peak)})" if isinstance(peak, int) else ""
    bigger = next_size(limit)
    what = "Killed at its memory limit" if whole else "A process of it was killed at its memory limit"
    cure = f"Give it more: %dh retry RUN --memory {bigger or '8Gi'}"
    detail = "The limit is for all processes of the run together, and for what it keeps in /dev/shm."
    return ends("memory", f"{what}{shown}{highest}.", cure, detail, {"resources": {"mem": bigger}} if bigger else None)


def _not_fetched(facts: Facts) -> Finding | None:
    """The pod's first process says that user code was not reached, or what came out not handed over."""
    report = facts.report
    said = sentence(shortened(str(report.get("message") or ""), 600))
    if report.get("phase") == "code":
        return ends("code", f"Could not fetch its code. {said}".strip(), "Run it again: %dh retry RUN")
    if report.get("phase") == "delivering" and report.get("delivered") is False:
        what = f"It ran, but what came out could not be handed over. {said}".strip()
        return ends("delivery", what, "Run it again when the store can be reached: %dh retry RUN", retry=_RETRIES)
    return None


def _not_started(facts: Facts) -> Finding | None:
    ending = facts.state("terminated")
    said = str(ending.get("message") or "")
    if ending.get("reason") in ("StartError", "ContainerCannotRun"):
        return start_error(said)
    return start_error(said) if "exec format error" in said and ending.get("exitCode") in (1, 126) else None


def _other_failed(facts: Facts) -> Finding | None:
    for name, state in facts.others:
        code = (state.get("terminated") or {}).get("exitCode")
        if code and not facts.state("terminated"):
            said = str(state["terminated"].get("message") or "")
            what = f"The container '{name}', which the cluster starts before the run, failed with exit code {code}."
            return ends("init", what, "Ask your administrator; or run it again: %dh retry RUN", shortened(said, 2000))
    return None


def _unknown(facts: Facts) -> Finding | None:
    if facts.state("terminated").get("reason") != "ContainerStatusUnknown" and facts.status.get("reason") != "NodeLost":
        return None
    return clusters_fault(
        "node_lost",
        "Its machine was lost, and came back without it.",
        detail=str(facts.state("terminated").get("message") or ""),
    )


def _signalled(facts: Facts) -> Finding | None:
    code = facts.state("terminated").get("exitCode")
    if not isinstance(code, int) or code <= _SIGNAL:
        return None
    number_ = code - _SIGNAL
    name = signal.Signals(number_).name if number_ in set(signal.Signals) else f"signal {number_}"
    if name == "SIGBUS":
        what = "The process crashed (SIGBUS): most often shared memory (/dev/shm) is full."
        return ends("shared_memory", what, "Load in fewer processes: %dh retry RUN num_workers=0")
    if name in ("SIGSEGV", "SIGABRT", "SIGILL", "SIGFPE"):
        what = f"The process crashed ({name}), exit code {code}."
        detail = "A compiled library failed; Python could not raise an exception. The versions: %dh show run/RUN --environment"
        return ends("crashed", what, "See its last lines: %dh logs RUN", detail)
    what = f"Killed from outside ({name}), exit code {code}."
    return clusters_fault(
        "killed", what, detail="The cluster says no reason. A machine that runs out of memory kills like this."
    )


def _taken_back(facts: Facts) -> Finding | None:
    """By its queue, which had let it start before."""
    if (
        facts.job is None
        or not facts.job["spec"].get("suspend")
        or facts.state("terminated").get("exitCode") not in _STOPPED
    ):
        return None
    evicted = condition(facts.workload, "Evicted")
    why = EVICTED.get(str(evicted.get("reason")), "its queue took its place back")
    code = "preempted" if evicted.get("reason") == "Preempted" else "evicted"
    return clusters_fault(code, sentence(f"{why[0].upper()}{why[1:]}"), detail=str(evicted.get("message") or ""))


def _told_to_stop(facts: Facts) -> Finding | None:
    """Not by us, nor by the cluster: somebody deleted the pod, or the Job above it."""
    code = facts.state("terminated").get("exitCode")
    was_deleted = facts.job is None or bool(facts.pod and facts.pod["metadata"].get("deletionTimestamp"))
    if code not in _STOPPED or not was_deleted:
        return None
    return over_without_pod(facts) if facts.job is None else _gone(facts, "")


def _deleted() -> Finding:
    return clusters_fault("pod_deleted", "Its pod was deleted in the cluster, not through the platform.")


_ROWS: tuple[Callable[[Facts], Finding | None], ...] = (
    _deadline,
    _evicted,
    _rejected,
    _no_memory,
    _disrupted,
    _unknown,
    _not_started,
    _not_fetched,
    _other_failed,
    _taken_back,
    _told_to_stop,
    _signalled,
)


def out_of_contact(facts: Facts) -> Finding | None:
    """Its pod may run, but its machine does not say so any more: it is called unknown, or does not end as it was told."""
    if facts.pod is None or facts.is_over:
        return None
    lost = facts.status.get("phase") == "Unknown" or facts.status.get("reason") == "NodeLost"
    silent = facts.told("NodeNotReady") and condition(facts.pod, "Ready").get("status") != "True"
    if not (lost or silent or facts.overdue > OVERDUE):
        return None
    node = facts.spec.get("nodeName") or "its machine"
    return clusters_fault(
        "node_lost", f"Lost contact with {node}.", "If it does not come back, the cluster gives it up."
    )


def over_without_pod(facts: Facts) -> Finding | None:
    """What the Job, and events, say of a pod that is gone; or the Job is gone itself."""
    if facts.job is None:
        what = "Its Job was deleted in the cluster, not through the platform."
        return clusters_fault("job_deleted", what)
    if not holds(facts.job, "Failed"):
        return _vanished(facts)
    failed = condition(facts.job, "Failed")
    reason, said = str(failed.get("reason") or ""), str(failed.get("message") or "")
    if reason == "DeadlineExceeded":
        limit = facts.job["spec"].get("activeDeadlineSeconds")
        kept = facts.told("FailedCreate", "FailedScheduling", "FailedMount")
        detail = (
            f"What had kept it: {sentence(shortened(kept))}"
            if kept
            else "It counts from when the queue admitted it, waiting for a machine included."
        )
        return _late(limit if isinstance(limit, int) else None, "its Job's deadline", detail)
    if reason == "PodFailurePolicy" and "DisruptionTarget" in said:
        return clusters_fault("evicted", "The cluster took its place away.", detail=said)
    if reason in ("PodFailurePolicy", "BackoffLimitExceeded", "FailedIndexes"):
        return _gone(facts, said)
    return clusters_fault("job_failed", f"Its Job failed: {sentence(shortened(said) or reason)}")


def _vanished(facts: Facts) -> Finding | None:
    """It ran, and is gone without a word, while its Job goes on: deleted by force, as a Job of older clusters does not mind."""
    was_running = facts.gone and bool(facts.state("running"))
    return _gone(facts, "") if was_running and not holds(facts.job, "Complete") else None


def _gone(facts: Facts, said: str) -> Finding:
    """Its pod failed and was removed before it was looked at: what events have kept."""
    if told := facts.told("Preempted", "Preempting"):
        return clusters_fault("preempted", "A run with a higher priority took its place.", detail=told)
    if told := facts.told("Evicted", "TaintManagerEviction", "NodeNotReady", says=""):
        return clusters_fault("evicted", "The cluster took its place away.", detail=told)
    if facts.pod is not None or facts.told("Killing"):
        return _deleted()
    return clusters_fault("pod_gone", "Its pod failed, and is gone with its reason.", detail=said)
