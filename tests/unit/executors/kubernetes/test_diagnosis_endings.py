"""Pods that ended: what kubelets and controllers were heard to say, put into scenes."""

from __future__ import annotations

import json
from typing import Any

import pytest

from dh_jupyter.executors.kubernetes.diagnosis import diagnose
from tests.unit.executors.kubernetes.scenes import Object, found_in, scene_of, tell

ENDINGS = [
    ({"reason": "Evicted", "message": "The node was low on resource: memory. Container worker was using 9Gi, request is 0."}, "evicted", "Its machine evicted it: it was short of memory.", {"retries": 2}),
    ({"reason": "Evicted", "message": "The node was low on resource: ephemeral-storage. Threshold quantity: 1Gi, available: 9Mi."}, "evicted", "Its machine evicted it: it was short of ephemeral-storage.", {"retries": 2}),
    ({"reason": "Evicted", "message": "Pod ephemeral local storage usage exceeds the total limit of containers 1Gi. "}, "disk", "Wrote more to its disk than its limit of 1Gi.", {"resources": {"disk": "2Gi"}}),
    ({"reason": "Evicted", "message": 'Usage of EmptyDir volume "dh-work" exceeds the limit "20Gi". '}, "disk", "Wrote more to its disk than its limit of 20Gi.", {"resources": {"disk": "32Gi"}}),
    ({"reason": "Evicted", "message": 'Usage of EmptyDir volume "dh-shm" exceeds the limit "1Gi". '}, "shared_memory", "It used more shared memory (/dev/shm) than its limit of 1Gi.", {"resources": {"mem": "2Gi"}}),
    ({"reason": "Terminated", "message": "Pod was terminated in response to imminent node shutdown."}, "evicted", "Its machine was shut down.", {"retries": 2}),
    ({"reason": "Preempting", "message": "Preempted in order to admit critical pod"}, "preempted", "Its machine ended it for something more important.", {"retries": 2}),
    ({"reason": "NodeLost", "message": "Node node-a which was running pod x is unresponsive"}, "node_lost", "Its machine was lost, and came back without it.", {"retries": 2}),
    ({"reason": "UnexpectedAdmissionError", "message": "Allocate failed due to requested number of devices unavailable for nvidia.com/gpu. Requested: 1, Available: 0, which is unexpected"}, "node_refused", "The machine that was chosen for it did not take it: Allocate failed due to requested number of devices unavailable for nvidia.com/gpu. Requested: 1, Available: 0, which is unexpected.", {"retries": 2}),
    ({"reason": "OutOfcpu", "message": "Node didn't have enough resource: cpu, requested: 4000, used: 62000, capacity: 64000"}, "node_refused", "The machine that was chosen for it did not take it: Node didn't have enough resource: cpu, requested: 4000, used: 62000, capacity: 64000.", {"retries": 2}),
]  # fmt: skip


@pytest.mark.parametrize(("status", "code", "summary", "retry"), ENDINGS, ids=lambda value: "")
def test_pods_that_the_node_ended(status: Object, code: str, summary: str, retry: Any) -> None:
    scene = scene_of("killed")
    scene["pods"][0]["status"].update(status)
    found = found_in(scene)
    assert found is not None
    assert not found.waiting
    assert (found.code, found.summary, found.retry) == (code, summary, retry)


@pytest.mark.parametrize(("has_job", "expected"), [(True, "pod_deleted"), (False, "job_deleted")])
@pytest.mark.parametrize("code", [45, 143, 137])
def test_a_worker_that_somebody_told_to_stop(code: int, has_job: bool, expected: str) -> None:
    scene = scene_of("killed")
    [pod] = scene["pods"]
    pod["metadata"]["deletionTimestamp"] = "2026-11-28T05:47:42Z"
    pod["status"]["containerStatuses"][0]["state"]["terminated"]["exitCode"] = code
    found = diagnose(scene["job"] if has_job else None, [pod], scene["events"], gone=True)
    assert found
    assert (found.code, found.retry) == (expected, {"retries": 2})
    if has_job:  # where a pod has no condition that says so, as before 1.26
        tell(scene, "Preempted", "by team/other on node node-a")
        found = diagnose(scene["job"], [pod], scene["events"], gone=True)
        assert found
        assert found.code == "preempted"


@pytest.mark.parametrize(
    ("event", "expected"), [("", "pod_deleted"), ("Preempted", "preempted"), ("TaintManagerEviction", "evicted")]
)
def test_a_pod_that_vanished_while_its_job_goes_on(event: str, expected: str) -> None:
    scene = scene_of("running")
    if event:
        tell(scene, event, "it had to go")
    found = diagnose(scene["job"], scene["pods"], scene["events"], gone=True)
    assert found
    assert (found.code, found.waiting, found.retry) == (expected, False, {"retries": 2})
    assert found_in(scene) is None, "while it is there, nothing is the matter"


DISRUPTIONS = [
    ("PreemptionByScheduler", "default-scheduler: preempting to accommodate a higher priority pod", "preempted"),
    ("DeletionByTaintManager", "Taint manager: deleting due to NoExecute taint", "node_lost"),
    ("EvictionByEvictionAPI", "Eviction API: evicting", "evicted"),
    ("DeletionByPodGC", "PodGC: node no longer exists", "node_lost"),
    ("TerminationByKubelet", "The node was low on resource: memory.", "evicted"),
    ("SomethingNew", "", "evicted"),
]


@pytest.mark.parametrize(("reason", "said", "code"), DISRUPTIONS)
def test_disruptions(reason: str, said: str, code: str) -> None:
    scene = scene_of("killed")
    conditions = scene["pods"][0]["status"]["conditions"]
    conditions.append({"type": "DisruptionTarget", "status": "True", "reason": reason, "message": said})
    found = found_in(scene)
    assert found is not None
    assert (found.code, found.retry) == (code, {"retries": 2})


@pytest.mark.parametrize(
    ("report", "code", "summary"),
    [
        ({"phase": "running", "code": 1, "peak": 104857600, "oom_kills": 1, "delivered": True}, "memory", "A process of it was killed at its memory limit of 100Mi (peak 100Mi)."),
        ({"phase": "code", "code": 44, "delivered": False, "message": "https://s3.local/x: 403 Forbidden"}, "code", "Could not fetch its code. https://s3.local/x: 403 Forbidden."),
        ({"phase": "delivering", "code": 0, "delivered": False, "message": "no route to host"}, "delivery", "It ran, but what came out could not be handed over. no route to host."),
    ],
    ids=lambda value: value if isinstance(value, str) and value.isidentifier() else "",
)  # fmt: skip
def test_what_the_pods_own_supervisor_says(report: Object, code: str, summary: str) -> None:
    scene = scene_of("memory")
    ending = scene["pods"][0]["status"]["containerStatuses"][0]["state"]["terminated"]
    ending.update(reason="Error", exitCode=report["code"] or 1, message=json.dumps(report))
    found = found_in(scene)
    assert found is not None
    assert (found.code, found.summary) == (code, summary)


def test_a_container_that_its_node_lost() -> None:
    scene = scene_of("killed")
    ending = scene["pods"][0]["status"]["containerStatuses"][0]["state"]["terminated"]
    ending.update(
        reason="ContainerStatusUnknown", message="The container could not be located when the pod was terminated"
    )
    found = found_in(scene)
    assert found
    assert found.code == "node_lost"


JOBS = [
    ("PodFailurePolicy", "Pod runs/x has condition DisruptionTarget matching FailJob rule at index 1", "", "evicted"),
    (
        "PodFailurePolicy",
        "Container worker for pod runs/x failed with exit code 42 matching FailJob rule at index 0",
        "",
        "pod_gone",
    ),
    ("BackoffLimitExceeded", "Job has reached the specified backoff limit", "", "pod_gone"),
    ("BackoffLimitExceeded", "Job has reached the specified backoff limit", "Preempted", "preempted"),
    ("BackoffLimitExceeded", "Job has reached the specified backoff limit", "TaintManagerEviction", "evicted"),
    ("SomethingNew", "who knows", "", "job_failed"),
]


@pytest.mark.parametrize(("reason", "said", "event", "code"), JOBS)
def test_jobs_whose_pods_are_gone(reason: str, said: str, event: str, code: str) -> None:
    scene = scene_of("deadline-of-job")
    scene["pods"], scene["events"] = [], []
    failed = next(one for one in scene["job"]["status"]["conditions"] if one["type"] == "Failed")
    failed.update(reason=reason, message=said)
    if event:
        tell(scene, event, "as the cluster puts it")
    found = found_in(scene)
    assert found
    assert found.code == code
