"""Pods that are not made, or wait in a queue: what API servers, webhooks and Kueue were heard to say, put into scenes."""

from __future__ import annotations

from typing import Any

import pytest

from dh_jupyter.executors.kubernetes.diagnosis import refused_pod
from tests.unit.executors.kubernetes.scenes import STUCK, WAITS, found_in, scene_of

POD = 'Error creating: pods "dh-train-1-x" is forbidden: '
REFUSED = [
    (
        POD
        + "exceeded quota: rq, requested: requests.nvidia.com/gpu=1, used: requests.nvidia.com/gpu=2, limited: requests.nvidia.com/gpu=2",
        ("quota", "The namespace's quota 'rq' allows 2 nvidia.com/gpu (2 in use, 1 asked for).", None, WAITS),
    ),
    (
        POD
        + "exceeded quota: rq, requested: limits.memory=8Gi,requests.cpu=1, used: limits.memory=2Gi,requests.cpu=1, limited: limits.memory=6Gi,requests.cpu=4",
        (
            "quota",
            "The namespace's quota 'rq' allows 6Gi of memory (2Gi in use, 8Gi asked for).",
            {"resources": {"mem": "6Gi"}},
            STUCK,
        ),
    ),
    (
        'jobs.batch "c2" is forbidden: exceeded quota: rq, requested: count/jobs.batch=1, used: count/jobs.batch=3, limited: count/jobs.batch=3',
        ("quota", "The namespace's quota 'rq' allows 3 count/jobs.batch (3 in use, 1 asked for).", None, WAITS),
    ),
    (
        POD + "failed quota: rq: must specify limits.memory for: worker; requests.memory for: worker",
        (
            "quota_field",
            "The namespace's quota 'rq' demands that a run says how much memory it needs.",
            {"resources": {"mem": "8Gi"}},
            STUCK,
        ),
    ),
    (
        POD + "failed quota: rq: must specify limits.cpu,limits.memory",
        (
            "quota_field",
            "The namespace's quota 'rq' demands that a run says how much cpu and memory it needs.",
            None,
            STUCK,
        ),
    ),
    (
        POD + "maximum memory usage per Container is 4Gi, but limit is 8Gi",
        (
            "limit_range",
            "The namespace allows at most 4Gi of memory for one container, it asks for 8Gi.",
            {"resources": {"mem": "4Gi"}},
            STUCK,
        ),
    ),
    (
        POD + "[maximum cpu usage per Container is 2, but limit is 4, maximum cpu usage per Pod is 4, but limit is 5]",
        (
            "limit_range",
            "The namespace allows at most 2 of cpu for one container, it asks for 4.",
            {"resources": {"cpu": "2"}},
            STUCK,
        ),
    ),
    (
        POD + "minimum cpu usage per Container is 100m, but request is 50m",
        (
            "limit_range",
            "The namespace allows at least 100m of cpu for one container, it asks for 50m.",
            {"resources": {"cpu": "100m"}},
            STUCK,
        ),
    ),
    (
        POD + "maximum memory usage per Container is 4Gi.  No limit is specified",
        (
            "limit_range",
            "The namespace allows at most 4Gi of memory for one container, it names none.",
            {"resources": {"mem": "4Gi"}},
            STUCK,
        ),
    ),
    (
        POD
        + 'violates PodSecurity "baseline:latest": hostPath volumes (volume "data"), privileged (container "worker" must not set securityContext.privileged=true)',
        (
            "pod_security",
            "The namespace forbids such a pod (Pod Security 'baseline'): hostPath volumes and privileged.",
            None,
            STUCK,
        ),
    ),
    (
        POD + 'pod rejected: RuntimeClass "nvidia" not found',
        ("missing_name", "The cluster has no RuntimeClass 'nvidia'.", None, STUCK),
    ),
    (
        POD + "no PriorityClass with name urgent was found",
        ("missing_name", "The cluster has no PriorityClass 'urgent'.", None, STUCK),
    ),
    (
        POD + 'error looking up service account runs/dh-runner: serviceaccount "dh-runner" not found',
        ("missing_name", "The cluster has no service account 'dh-runner'.", None, STUCK),
    ),
    (
        'Error creating: admission webhook "validate.kyverno.svc-fail" denied the request: resource Pod/runs/x was blocked due to the following policies',
        (
            "policy",
            "The cluster's rules refuse its pod (validate.kyverno.svc-fail): resource Pod/runs/x was blocked due to the following policies.",
            None,
            STUCK,
        ),
    ),
    (
        "Error creating: Timeout: request did not complete",
        ("pod_refused", "The cluster refuses its pod: Timeout: request did not complete.", None, WAITS),
    ),
]


@pytest.mark.parametrize(("said", "expected"), REFUSED, ids=lambda value: value[0] if isinstance(value, tuple) else "")
def test_a_pod_that_is_refused(said: str, expected: Any) -> None:
    scene = scene_of("quota-never")
    scene["events"][-1]["message"] = said
    found = found_in(scene)
    assert found is not None
    assert (found.code, found.summary, found.retry, (found.waiting, found.stuck)) == expected
    assert refused_pod(said) == found


PODS = "couldn't assign flavors to pod set main: "
QUEUES = [
    (PODS + "insufficient quota for nvidia.com/gpu in flavor a100, request > maximum capacity (3 > 2)", "queue_never", "The queue 'team' can never give what it asks for: it needs 3 nvidia.com/gpu, more than 'a100' has in all.", STUCK),
    (PODS + "resource memory unavailable in ClusterQueue", "queue", "Waiting in the queue 'team'. resource memory unavailable in ClusterQueue.", WAITS),
    (PODS + "borrowing limit for nvidia.com/gpu in flavor a100 exceeded", "queue", "Waiting in the queue 'team'. borrowing limit for nvidia.com/gpu in flavor a100 exceeded.", WAITS),
    ("", "queue", "Waiting in the queue 'team'. Others are before it.", WAITS),
]  # fmt: skip


@pytest.mark.parametrize(("said", "code", "summary", "state"), QUEUES, ids=lambda value: "")
def test_queues(said: str, code: str, summary: str, state: Any) -> None:
    scene = scene_of("queue-full")
    if said:
        scene["workload"]["status"]["conditions"][0]["message"] = said
    else:  # a strict queue says nothing of those that are not first
        scene["workload"]["status"] = {}
    found = found_in(scene)
    assert found is not None
    assert (found.code, found.summary, (found.waiting, found.stuck)) == (code, summary, state)


def test_the_place_in_the_queue_where_it_is_known() -> None:
    found = found_in(scene_of("queue-full"), position=4)
    assert found
    assert found.summary.endswith("It is number 5 there.")


@pytest.mark.parametrize(("state", "stuck"), [("Pending", False), ("Rejected", True)])
def test_checks_of_an_admission(state: str, stuck: bool) -> None:
    scene = scene_of("queue-full")
    reserved = {"type": "QuotaReserved", "status": "True", "reason": "QuotaReserved", "message": "Quota reserved"}
    check = {"name": "capacity", "state": state, "message": "no machine of that type until noon"}
    scene["workload"]["status"] = {"conditions": [reserved], "admissionChecks": [check]}
    found = found_in(scene)
    assert found
    assert (found.code, found.stuck) == ("queue_check", stuck)
    assert "'capacity'" in found.summary
    assert "until noon" in found.summary


def test_a_workload_that_was_switched_off() -> None:
    scene = scene_of("queue-full")
    scene["workload"]["spec"]["active"] = False
    evicted = {
        "type": "Evicted",
        "status": "True",
        "reason": "PodsReadyTimeout",
        "message": "Exceeded the PodsReady timeout",
    }
    scene["workload"]["status"]["conditions"].append(evicted)
    found = found_in(scene)
    assert found
    assert found.summary == "The queue 'team' tries it no more: its pods did not start in time."


def test_findings_as_documents() -> None:
    found = found_in(scene_of("memory"))
    assert found is not None
    document = found.document()
    assert document["cure"] == "Give it more: %dh retry RUN --memory 128Mi"
    assert document["retry"] == {"resources": {"mem": "128Mi"}}
    assert set(document) == {"code", "summary", "cure", "detail", "retry"}
