"""Why a run waits in Kueue's queue, from the conditions of its Workload."""

from __future__ import annotations

import re

from .facts import Facts, Object, condition, holds
from .finding import Finding, sticks, waits
from .words import amount_of, sentence, shortened

_UNUSED = re.compile(
    r"insufficient (?:unused )?quota for (?P<resource>\S+) in flavor (?P<flavor>[^\s,]+)(?:,? (?P<more>\S+) more needed)?"
)
_NEVER = re.compile(
    r"request > maximum capacity|> maximum capacity \(|unavailable in ClusterQueue|supports only|doesn't match node affinity"
)
_WAIT = "It starts when others end; what runs: %dh ls run --state running"
EVICTED = {
    "Preempted": "a run with a higher priority took its place",
    "PodsReadyTimeout": "its pods did not start in time",
    "AdmissionCheck": "a check of the cluster took its admission back",
    "ClusterQueueStopped": "the queue was stopped",
    "LocalQueueStopped": "the queue was stopped",
    "MaximumExecutionTimeExceeded": "it ran longer than the queue allows",
    "NodeFailures": "its machine failed",
}


def queued(facts: Facts) -> Finding | None:
    """While the Workload is not admitted."""
    workload = facts.workload
    if workload is None or facts.pods or holds(workload, "Admitted") or holds(workload, "Finished"):
        return None
    queue = workload["spec"].get("queueName") or ""
    place = f" It is number {facts.position + 1} there." if facts.position is not None else ""
    if workload["spec"].get("active") is False:
        return _inactive(workload, queue)
    if holds(workload, "QuotaReserved"):
        return _checked(workload, queue)
    reserved = condition(workload, "QuotaReserved")
    if reserved.get("reason") == "Inadmissible":
        return _inadmissible(reserved, queue)
    return _short_of(workload, str(reserved.get("message") or ""), queue, place)


def _inadmissible(reserved: Object, queue: str) -> Finding:
    said = str(reserved.get("message") or "")
    is_missing = "doesn't exist" in said
    summary = f"The queue '{queue}' does not take it: {sentence(said)}"
    if is_missing and "LocalQueue" in said:
        summary = f"There is no queue '{queue}' in the namespace."
    elif is_missing:
        summary = f"The queue '{queue}' is not set up: {sentence(said)}"
    cure = "Take a profile with another queue (%dh profile lists them), or ask your administrator."
    return waits("queue_inadmissible", summary, cure, stuck=is_missing)


def _short_of(workload: Object, said: str, queue: str, place: str) -> Finding:
    found = _UNUSED.search(said)
    if not found:
        why = sentence(shortened(said.rpartition("pod set main: ")[2])) if said else "Others are before it."
        return waits("queue", f"Waiting in the queue '{queue}'. {why}{place}", _WAIT)
    resource, flavor = found["resource"], found["flavor"]
    asked = _asked(workload, resource)
    needs = f"needs {amount_of(resource, asked)}" if asked else f"short of {resource}"
    if _NEVER.search(said):
        summary = f"The queue '{queue}' can never give what it asks for: it {needs}, more than '{flavor}' has in all."
        cure = "Ask for less, or take another profile: %dh profile lists them"
        return sticks("queue_never", summary, cure, said)
    lacks = f", {found['more']} more than is free of '{flavor}'" if found["more"] else f" of '{flavor}'"
    return waits("queue", f"Waiting in the queue '{queue}': {needs}{lacks}.{place}", _WAIT)


def _asked(workload: Object, resource: str) -> str:
    """By one pod set alone: what all ask for together can't be added up as texts."""
    sets = workload["spec"].get("podSets") or []
    if len(sets) != 1 or sets[0].get("count", 1) != 1:
        return ""
    containers = sets[0]["template"]["spec"].get("containers") or []
    asked = [((one.get("resources") or {}).get("requests") or {}).get(resource) for one in containers]
    return str(asked[0]) if len(asked) == 1 and asked[0] else ""


def _checked(workload: Object, queue: str) -> Finding:
    checks = (workload.get("status") or {}).get("admissionChecks") or []
    refused = next((one for one in checks if one.get("state") == "Rejected"), None)
    open_check: Object = refused or next((one for one in checks if one.get("state") != "Ready"), {})
    name, said = open_check.get("name") or "", sentence(shortened(str(open_check.get("message") or "")))
    if refused:
        cure = "Take another profile: %dh profile lists them"
        return sticks("queue_check", f"The check '{name}' of the queue '{queue}' refused it. {said}".strip(), cure)
    what = f"the check '{name}'" if name else "its admission"
    return waits("queue_check", f"Has its place in the queue '{queue}', and waits for {what}. {said}".strip())


def _inactive(workload: Object, queue: str) -> Finding:
    evicted = condition(workload, "Evicted")
    reason = str(evicted.get("reason") or "").removeprefix("InactiveWorkload").removeprefix("DeactivatedDueTo")
    why = EVICTED.get(reason) or "it was switched off there"
    summary = f"The queue '{queue}' tries it no more: {why}."
    cure = "Run it again: %dh retry RUN"
    return sticks("queue_inactive", summary, cure, str(evicted.get("message") or ""))
