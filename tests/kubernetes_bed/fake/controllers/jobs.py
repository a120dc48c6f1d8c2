"""The Job controller: creates pods, counts them, ends the Job.

Follows 1.20, but replaces a failed pod at once: Kubernetes waits about 10 s, longer each time. What is
newer than 1.20 is marked.
"""

import copy
import time
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from dataclasses import field as dataclass_field

from ..errors import ApiError
from ..objects import (
    Object,
    condition,
    condition_is_true,
    job_finished,
    owners,
    seconds,
    terminating,
    timestamp,
    uid_of,
    with_condition,
)
from ..registry import BACKGROUND, Registry
from ..resources import JOBS, PODS, Key
from ..store import Change
from .base import Controller
from .pod_failure import failed_by_policy, ignored_by_policy

INDEX = "batch.kubernetes.io/job-completion-index"
RETRY_SECONDS, LONGEST_RETRY = 1.0, 8.0  # after a refused pod, doubled each time
KeyedPods = list[tuple[Key, Object]]


@dataclass
class Plan:
    """What to do for a Job now, decided from the Job and its pods alone."""

    status: Object
    create: list[int | None] = dataclass_field(default_factory=list)  # newer than 1.20: indexes; None: none
    delete: list[Key] = dataclass_field(default_factory=list)
    look_again_after: float | None = None


class JobController(Controller):
    def __init__(self, registry: Registry) -> None:
        super().__init__(registry)
        self._retry_after: dict[Key, float] = {}
        self._lost: dict[str, set[int]] = {}  # by a Job's uid: indexes whose pods are gone, and had not succeeded

    def concerns(self, change: Change) -> Iterable[Key]:
        self._note_lost(change)
        if change.key.resource == JOBS and change.type != "DELETED":
            yield change.key
        elif change.key.resource == PODS:
            for owner in owners(change.object):
                if owner["kind"] == "Job":
                    yield Key(JOBS, change.key.namespace, owner["name"])

    def sync(self, key: Key) -> None:
        job = self.store.get(key)
        if job is None or job_finished(job) or terminating(job):
            return
        owned = [(k, pod) for k, pod in self.store.owned_by(uid_of(job)) if k.resource == PODS]
        plan = plan_job(job, owned, time.time(), self._lost.get(uid_of(job), frozenset()))
        for pod_key in plan.delete:
            self.registry.delete(pod_key, BACKGROUND)
        created = self._create_pods(key, job, plan.create)
        if plan.create and not created:
            return  # as in 1.20 the status of a Job whose pods are refused stays as it was
        plan.status["active"] = plan.status.get("active", 0) + created
        status = {name: value for name, value in plan.status.items() if value != 0}
        self.registry.set_status(key, status)
        self._tell_end(job, status)
        if plan.look_again_after is not None:
            self.look_again(key, plan.look_again_after)

    def _note_lost(self, change: Change) -> None:
        """What finalizers do in a cluster: a pod is counted before it goes."""
        pod = change.object
        if change.key.resource != PODS or change.type != "DELETED" or pod["status"].get("phase") == "Succeeded":
            return
        if index := pod["metadata"].get("annotations", {}).get(INDEX):
            for owner in owners(pod):
                job = self.store.get(Key(JOBS, change.key.namespace, owner["name"]))
                if job is not None and job["spec"].get("suspend"):
                    continue  # it was the Job's own doing
                self._lost.setdefault(owner["uid"], set()).add(int(index))

    def _create_pods(self, key: Key, job: Object, indexes: list[int | None]) -> int:
        for created, index in enumerate(indexes):
            try:
                pod = self.registry.create(PODS, key.namespace, pod_of(job, index))
            except ApiError as error:
                message = f"Error creating: {error.message}"
                self.registry.event(JOBS, job, "Warning", "FailedCreate", message)
                delay = self._retry_after.get(key, RETRY_SECONDS)
                self._retry_after[key] = min(2 * delay, LONGEST_RETRY)
                self.look_again(key, delay)
                return created
            message = f"Created pod: {pod['metadata']['name']}"
            self.registry.event(JOBS, job, "Normal", "SuccessfulCreate", message)
            self._retry_after.pop(key, None)
        return len(indexes)

    def _tell_end(self, job: Object, status: Object) -> None:
        ended = {"status": status}
        if failure := condition(ended, "Failed"):
            message = failure.get("message", "")
            self.registry.event(JOBS, job, "Warning", failure["reason"], message)
        elif condition_is_true(ended, "Complete"):
            self.registry.event(JOBS, job, "Normal", "Completed", "Job completed")


def pod_of(job: Object, index: int | None = None) -> Object:
    """The pod that a Job's template describes."""
    template = job["spec"]["template"]
    owner = {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "name": job["metadata"]["name"],
        "uid": uid_of(job),
        "controller": True,
        "blockOwnerDeletion": True,
    }
    metadata = {
        "generateName": job["metadata"]["name"] + "-",
        "labels": template["metadata"]["labels"],
        "annotations": template["metadata"].get("annotations", {}),
        "ownerReferences": [owner],
    }
    pod = {"metadata": metadata, "spec": template["spec"]}
    return pod if index is None else _indexed(pod, job["metadata"]["name"], index)


def _indexed(pod: Object, job: str, index: int) -> Object:
    """Newer than 1.20: a pod of an Indexed Job knows its number by its name, an annotation and a variable."""
    metadata, spec = pod["metadata"], copy.deepcopy(pod["spec"])
    metadata["generateName"] = f"{job}-{index}-"
    for place in ("annotations", "labels"):
        metadata[place] = {**metadata[place], INDEX: str(index)}
    spec["hostname"] = f"{job}-{index}"
    for container in spec["containers"]:
        container["env"] = [*(container.get("env") or []), {"name": "JOB_COMPLETION_INDEX", "value": str(index)}]
    return {"metadata": metadata, "spec": spec}


def plan_job(job: Object, owned: KeyedPods, now: float, lost: Collection[int] = ()) -> Plan:
    if "backoffLimitPerIndex" in job["spec"]:
        return plan_indexes(job, owned, now, lost)
    spec, pods = job["spec"], [pod for _, pod in owned]
    active = {key: pod for key, pod in owned if _is_active(pod)}
    status = dict(job["status"])
    if spec.get("suspend"):
        return _suspended(status, active)
    status = _resumed(status)
    status.setdefault("startTime", timestamp())
    policy = spec.get("podFailurePolicy")
    succeeded = sum(pod["status"]["phase"] == "Succeeded" for pod in pods)
    failed = sum(_has_failed(pod) and not ignored_by_policy(policy, pod) for pod in pods)
    ready = sum(condition_is_true(pod, "Ready") for pod in active.values())
    # newer than 1.20: status.ready
    status |= {"active": len(active), "ready": ready, "succeeded": succeeded, "failed": failed}
    deadline = _seconds_to_deadline(spec, status, now)
    if failure := _failure(spec, pods, failed, deadline):
        status |= {"active": 0, "ready": 0, "failed": failed + len(active)}
        return Plan(_ended(status, failure), delete=list(active))
    if _complete(spec, succeeded, len(active)):
        status["completionTime"] = timestamp()
        return Plan(_ended(status, {"type": "Complete"}), delete=list(active))
    missing = max(_wanted(spec, succeeded) - len(active) - _awaited(spec, pods), 0)
    return Plan(status, create=_indexes(spec, pods)[:missing], look_again_after=deadline)


def plan_indexes(job: Object, owned: KeyedPods, now: float, lost: Collection[int]) -> Plan:
    """Newer than 1.20: indexes that fail alone, each at once (backoffLimitPerIndex 0, all that there is here)."""
    spec, status = job["spec"], dict(job["status"])
    active = {key: pod for key, pod in owned if _is_active(pod)}
    if spec.get("suspend"):
        return _suspended(status, active)
    status = _resumed(status)
    status.setdefault("startTime", timestamp())
    pods = [pod for _, pod in owned]
    done = {
        *_numbers(status.get("completedIndexes")),
        *(_index(p) for p in pods if p["status"]["phase"] == "Succeeded"),
    }
    failed = {*_numbers(status.get("failedIndexes")), *(_index(p) for p in pods if _has_failed(p)), *lost} - done
    ready = sum(condition_is_true(pod, "Ready") for pod in active.values())
    status |= {"active": len(active), "ready": ready, "succeeded": len(done), "failed": len(failed)}
    status |= {"completedIndexes": _ranges(done), "failedIndexes": _ranges(failed)}
    deadline = _seconds_to_deadline(spec, status, now)
    if deadline is not None and deadline <= 0:
        message = "Job was active longer than specified deadline"
        return Plan(
            _ended(status, {"type": "Failed", "reason": "DeadlineExceeded", "message": message}), delete=list(active)
        )
    there = {_index(pod) for pod in pods}
    left = [index for index in range(spec["completions"]) if index not in done | failed | there]
    if not left and not active and not any(terminating(pod) and not _is_over(pod) for pod in pods):
        failure = {"type": "Failed", "reason": "FailedIndexes", "message": "Job has failed indexes"}
        return Plan(_ended(status, failure if failed else {"type": "Complete"}))
    busy = len(there - done - failed)
    return Plan(status, create=list(left)[: max(0, spec["parallelism"] - busy)], look_again_after=deadline)


def _index(pod: Object) -> int:
    return int(pod["metadata"]["annotations"][INDEX])


def _is_over(pod: Object) -> bool:
    return pod["status"].get("phase") in ("Succeeded", "Failed")


def _ranges(numbers: Iterable[int]) -> str:
    """As a status has them. Kubernetes writes 1-3; each alone means the same."""
    return ",".join(map(str, sorted(numbers)))


def _numbers(text: str | None) -> list[int]:
    return [int(each) for each in (text or "").split(",") if each]


def _indexes(spec: Object, pods: list[Object]) -> list[int | None]:
    """Which pods there may be more of."""
    if spec.get("completionMode") != "Indexed":
        return [None] * int(spec["parallelism"])
    there = {int(pod["metadata"]["annotations"][INDEX]) for pod in pods if not _has_failed(pod)}
    return [index for index in range(spec["completions"]) if index not in there]


def _awaited(spec: Object, pods: list[Object]) -> int:
    """Newer than 1.20: podReplacementPolicy Failed. Pods that are told to end are replaced when they have."""
    if spec.get("podReplacementPolicy") != "Failed":
        return 0
    return sum(terminating(pod) and pod["status"].get("phase") in ("Pending", "Running") for pod in pods)


def _suspended(status: Object, active: dict[Key, Object]) -> Plan:
    """Newer than 1.20: spec.suspend. The pods go, the clock of the deadline is reset."""
    kept = {name: value for name, value in status.items() if name not in ("startTime", "ready")}
    kept["active"] = 0
    if condition_is_true({"status": status}, "Suspended"):
        return Plan(kept, delete=list(active))
    suspended = _condition("Suspended", "True", "JobSuspended", "Job suspended")
    kept["conditions"] = with_condition(status.get("conditions") or [], suspended)
    return Plan(kept, delete=list(active))


def _resumed(status: Object) -> Object:
    if not condition_is_true({"status": status}, "Suspended"):
        return status
    resumed = _condition("Suspended", "False", "JobResumed", "Job resumed")
    return {**status, "conditions": with_condition(status["conditions"], resumed)}


def _failure(spec: Object, pods: list[Object], failed: int, deadline: float | None) -> Object | None:
    if message := failed_by_policy(spec.get("podFailurePolicy"), pods):
        return {"type": "Failed", "reason": "PodFailurePolicy", "message": message}
    if failed > spec["backoffLimit"] or _restarted_too_often(spec, pods):
        message = "Job has reached the specified backoff limit"
        return {"type": "Failed", "reason": "BackoffLimitExceeded", "message": message}
    if deadline is not None and deadline <= 0:
        message = "Job was active longer than specified deadline"
        return {"type": "Failed", "reason": "DeadlineExceeded", "message": message}
    return None


def _restarted_too_often(spec: Object, pods: list[Object]) -> bool:
    """With restartPolicy OnFailure the restarts inside the pods count."""
    if spec["template"]["spec"].get("restartPolicy") != "OnFailure":
        return False
    restarts = sum(
        container.get("restartCount", 0) for pod in pods for container in pod["status"].get("containerStatuses") or []
    )
    return restarts >= max(spec["backoffLimit"], 1)


def _complete(spec: Object, succeeded: int, active: int) -> bool:
    completions = spec.get("completions")
    if completions is None:  # a work queue: done when one succeeded and the others ended
        return succeeded > 0 and active == 0
    return succeeded >= completions


def _wanted(spec: Object, succeeded: int) -> int:
    completions = spec.get("completions")
    if completions is None:
        return 0 if succeeded else spec["parallelism"]
    return min(spec["parallelism"], completions - succeeded)


def _seconds_to_deadline(spec: Object, status: Object, now: float) -> float | None:
    limit = spec.get("activeDeadlineSeconds")
    return None if limit is None else seconds(status["startTime"]) + limit - now


def _is_active(pod: Object) -> bool:
    return pod["status"].get("phase") in ("Pending", "Running") and not terminating(pod)


def _has_failed(pod: Object) -> bool:
    return pod["status"].get("phase") == "Failed"


def _condition(kind: str, value: str, reason: str, message: str) -> Object:
    new = {"type": kind, "status": value, "reason": reason, "message": message}
    return {**new, "lastProbeTime": timestamp(), "lastTransitionTime": timestamp()}


def _ended(status: Object, end: Object) -> Object:
    new = {**end, "status": "True", "lastProbeTime": timestamp(), "lastTransitionTime": timestamp()}
    return {**status, "conditions": with_condition(status.get("conditions") or [], new)}
