"""A minimal double of Kueue: a Job with a queue's label waits, suspended, until the queue has quota.

Real: a Workload per Job, its conditions and their words, quota per resource of a ClusterQueue, first
come first served within a priority class, places in the queue (visibility). Not real: flavors beyond the
first that names a resource, cohorts, preemption, admission checks. Always on: the label alone makes a Job wait.
"""

from collections.abc import Iterable

from ...quantity import Amounts, format_quantity, parse_quantity, total
from ..defaults import QUEUE_LABEL
from ..objects import (
    Object,
    condition,
    condition_is_true,
    field,
    job_finished,
    timestamp,
    uid_of,
    with_condition,
)
from ..quota import requests
from ..resources import CLUSTER_QUEUES, JOBS, LOCAL_QUEUES, WORKLOAD_PRIORITIES, WORKLOADS, Key
from ..store import Change, Store
from .base import Controller

VISIBILITY = "visibility.kueue.x-k8s.io/v1beta1"
PRIORITY_LABEL = "kueue.x-k8s.io/priority-class"
JOB_LABEL = "kueue.x-k8s.io/job-uid"
ALL_WORKLOADS = Key(WORKLOADS, "", "")


class KueueController(Controller):
    def concerns(self, change: Change) -> Iterable[Key]:
        if change.key.resource == JOBS and _queue_of(change.object):
            yield change.key
        if change.key.resource in (WORKLOADS, LOCAL_QUEUES, CLUSTER_QUEUES):
            yield ALL_WORKLOADS

    def sync(self, key: Key) -> None:
        if key == ALL_WORKLOADS:
            self._admit()
        elif (job := self.store.get(key)) is not None:
            self._keep_workload(key, job)

    def _keep_workload(self, key: Key, job: Object) -> None:
        workload_key = Key(WORKLOADS, key.namespace, f"job-{key.name}")
        workload = self.store.get(workload_key)
        if workload is None:
            body = _workload(workload_key.name, job, self._priority(job))
            self.registry.create(WORKLOADS, key.namespace, body)
        elif job_finished(job):
            self._set(workload_key, "Finished", "True", "JobFinished", "Job finished")

    def _priority(self, job: Object) -> int:
        name = (job["metadata"].get("labels") or {}).get(PRIORITY_LABEL, "")
        found = self.store.get(Key(WORKLOAD_PRIORITIES, "", name))
        return int(found["value"]) if found else 0

    def _admit(self) -> None:
        workloads = self.store.items(WORKLOADS)
        used: dict[str, Amounts] = {}
        for _, workload in workloads:
            if _holds_quota(workload):
                queue = self._cluster_queue(workload)
                used[queue] = total([used.get(queue, {}), _demand(workload)])
        for key, workload in sorted(workloads, key=lambda item: _rank(item[1])):
            if not _holds_quota(workload) and not condition_is_true(workload, "Finished"):
                queue = self._cluster_queue(workload)
                if self._admit_one(key, workload, queue, used.get(queue, total([]))):
                    used[queue] = total([used.get(queue, {}), _demand(workload)])

    def _admit_one(self, key: Key, workload: Object, queue: str, used: Amounts) -> bool:
        if not queue:
            message = f"LocalQueue {workload['spec']['queueName']} doesn't exist"
            self._set(key, "QuotaReserved", "False", "Inadmissible", message)
            return False
        if lack := _lack(self.store.get(Key(CLUSTER_QUEUES, "", queue)), used, workload):
            message = f"couldn't assign flavors to pod set main: {lack}"
            self._set(key, "QuotaReserved", "False", "Pending", message)
            return False
        message = f"Quota reserved in ClusterQueue {queue}"
        self._set(key, "QuotaReserved", "True", "QuotaReserved", message)
        self._set(key, "Admitted", "True", "Admitted", "The workload is admitted")
        self._resume(workload)
        return True

    def _resume(self, workload: Object) -> None:
        job_key = Key(JOBS, workload["metadata"]["namespace"], _job_name(workload))
        job = self.store.get(job_key)
        if job is not None:
            resumed = {**job, "spec": {**job["spec"], "suspend": False}}
            self.registry.update(job_key, resumed)

    def _cluster_queue(self, workload: Object) -> str:
        namespace = workload["metadata"]["namespace"]
        queue = self.store.get(Key(LOCAL_QUEUES, namespace, workload["spec"]["queueName"]))
        return queue["spec"]["clusterQueue"] if queue else ""

    def _set(self, key: Key, kind: str, value: str, reason: str, message: str) -> None:
        workload = self.store.require(key)
        known = condition(workload, kind)
        if known and (known["status"], known["message"]) == (value, message):
            return
        new = {"type": kind, "status": value, "reason": reason, "message": message}
        conditions = field(workload, "status.conditions") or []
        new["lastTransitionTime"] = timestamp()
        self.registry.set_status(key, {"conditions": with_condition(conditions, new)})


def _queue_of(job: Object) -> str:
    return (job["metadata"].get("labels") or {}).get(QUEUE_LABEL, "")


def _workload(name: str, job: Object, priority: int) -> Object:
    owner = {"apiVersion": "batch/v1", "kind": "Job", "controller": True}
    owner |= {"name": job["metadata"]["name"], "uid": uid_of(job)}
    pods = {
        "name": "main",
        "count": job["spec"]["parallelism"],
        "template": job["spec"]["template"],
    }
    return {
        "metadata": {
            "name": name,
            "labels": {JOB_LABEL: uid_of(job)},
            "ownerReferences": [owner],
        },
        "spec": {"queueName": _queue_of(job), "priority": priority, "podSets": [pods]},
        "status": {},
    }


def _holds_quota(workload: Object) -> bool:
    reserved = condition_is_true(workload, "QuotaReserved")
    return reserved and not condition_is_true(workload, "Finished")


def _demand(workload: Object) -> Amounts:
    return total(
        {name: amount * pods["count"] for name, amount in requests(pods["template"]["spec"]).items()}
        for pods in workload["spec"]["podSets"]
    )


def _lack(cluster_queue: Object | None, used: Amounts, workload: Object) -> str:
    """Which quota is missing, '' if none is."""
    quota = _quota(cluster_queue or {})
    for name, amount in _demand(workload).items():
        flavor, nominal = quota.get(name, ("", 0.0))
        if not flavor:
            return f"resource {name} unavailable in ClusterQueue"
        more = used[name] + amount - nominal
        if more > 0:
            need = format_quantity(more)
            return f"insufficient unused quota for {name} in flavor {flavor}, {need} more needed"
    return ""


def _quota(cluster_queue: Object) -> dict[str, tuple[str, float]]:
    """Resource -> the first flavor that has it, and how much of it."""
    quota: dict[str, tuple[str, float]] = {}
    for group in field(cluster_queue, "spec.resourceGroups") or []:
        for flavor in group["flavors"]:
            for item in flavor["resources"]:
                nominal = parse_quantity(item["nominalQuota"])
                quota.setdefault(item["name"], (flavor["name"], nominal))
    return quota


def pending(store: Store, namespace: str, queue: str) -> Object:
    """What the visibility API says of a LocalQueue."""
    waiting = [one for one in store.objects(WORKLOADS) if _waits(one)]
    ours = [one for one in sorted(waiting, key=_rank) if _queue_key(one) == (namespace, queue)]
    items = [
        {
            "metadata": {"name": one["metadata"]["name"], "namespace": namespace},
            "localQueueName": queue,
            "priority": one["spec"]["priority"],
            "positionInClusterQueue": place,
            "positionInLocalQueue": place,
        }
        for place, one in enumerate(ours)
    ]
    return {"kind": "PendingWorkloadsSummary", "apiVersion": VISIBILITY, "items": items}


def _waits(workload: Object) -> bool:
    return not _holds_quota(workload) and not condition_is_true(workload, "Finished")


def _queue_key(workload: Object) -> tuple[str, str]:
    return workload["metadata"]["namespace"], workload["spec"]["queueName"]


def _rank(workload: Object) -> int:
    """The higher priority first; those of one in the order in which they came, which is the store's."""
    return -int(workload["spec"]["priority"])


def _job_name(workload: Object) -> str:
    return workload["metadata"]["ownerReferences"][0]["name"]
