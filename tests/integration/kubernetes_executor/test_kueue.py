"""Runs in Kueue's queues: why they wait and where, who comes first, and what is taken back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from dh_jupyter.executors.kubernetes.client import Client
from dh_jupyter.executors.kubernetes.executor import KubernetesExecutor
from dh_jupyter.executors.kubernetes.kueue import Kueue
from dh_jupyter.executors.kubernetes.refusals import Refused
from dh_jupyter.executors.kubernetes.settings import KubernetesSettings
from dh_jupyter.runs.reconcile import cause_of
from dh_kernel.errors import Invalid
from dh_kernel.testing.executors import FOREVER, Attempts
from tests.integration.kubernetes_executor.conftest import PatientClient
from tests.integration.kubernetes_executor.scripted import Answer, Script, refusal

KUEUE = "kueue.x-k8s.io/v1beta1"
MERGE = "application/merge-patch+json"
PRIORITIES = {"interactive": "first", "sweep": "later"}


@pytest.fixture
def queue(client: Client) -> str:
    """`team`, of two GPUs; and two classes of priority."""
    quota = [{"name": "nvidia.com/gpu", "nominalQuota": "2"}, {"name": "cpu", "nominalQuota": "100"}]
    group = {"coveredResources": ["nvidia.com/gpu", "cpu"], "flavors": [{"name": "a100", "resources": quota}]}
    name = client.namespace
    try:
        client.call(
            "POST", f"/apis/{KUEUE}/clusterqueues", {"metadata": {"name": name}, "spec": {"resourceGroups": [group]}}
        )
    except Refused:
        pytest.skip("Kubernetes 1.20 drops these fields of a Job")
    for value, one in enumerate(("later", "first")):
        body = {"metadata": {"name": f"{one}-{name}"}, "value": value * 100}
        client.call("POST", f"/apis/{KUEUE}/workloadpriorityclasses", body)
    client.call(
        "POST", client.path("localqueues", group=KUEUE), {"metadata": {"name": "team"}, "spec": {"clusterQueue": name}}
    )
    return "team"


@pytest.fixture
def attempts(home: Path, on_a_claim: KubernetesSettings, queue: str) -> Iterator[Attempts]:
    classes = {purpose: f"{name}-{on_a_claim.namespace}" for purpose, name in PRIORITIES.items()}
    settings = replace(on_a_claim, queue=queue, priorities=classes)
    made = Attempts(lambda: KubernetesExecutor(home, settings=settings), home)
    yield made
    made.close()


def test_a_queue_says_why_one_waits_and_who_is_first(attempts: Attempts, client: Client) -> None:
    running, its_folder = attempts.submit(FOREVER, resources={"gpu": 2})
    attempts.printed(running, its_folder, b"here")
    told = {"nvidia.com/gpu": "2", "cpu": "1"}.items()
    reserved = [{"name": "a100", "resources": [{"name": name, "total": total} for name, total in told]}]
    queue = f"/apis/{KUEUE}/clusterqueues/{client.namespace}/status"
    client.call("PATCH", queue, {"status": {"flavorsReservation": reserved}}, kind=MERGE)
    assert attempts.executor.gpus_free({}) == "0 of 2 free in the queue 'team'"
    trial, trial_folder = attempts.submit("def f(): pass\n", resources={"gpu": 1}, purpose="sweep")
    says(attempts, trial, trial_folder, "1 nvidia.com/gpu, 1 more than is free of 'a100'. It is number 1 there.")
    mine, my_folder = attempts.submit(FOREVER, resources={"gpu": 2})
    says(attempts, mine, my_folder, "Waiting in the queue 'team': needs 2 nvidia.com/gpu", "It is number 1 there.")
    says(attempts, trial, trial_folder, "It is number 2 there.")
    attempts.executor.cancel(running, its_folder, 1.0)
    attempts.printed(mine, my_folder, b"here")
    assert attempts.look(trial, trial_folder).is_queued
    take_back(client, mine)
    ended = attempts.ended(mine, my_folder)
    assert (cause_of(ended), ended["finding"]["code"]) == ("killed", "preempted")
    assert mine.partition("-")[0] not in runs_of(client), "its queue would start the same attempt again"


def says(attempts: Attempts, handle: str, folder: Path, *words: str) -> None:
    attempts.wait(lambda: all(one in attempts.look(handle, folder).waiting_for for one in words))


def take_back(client: Client, handle: str) -> None:
    """As Kueue does when another comes first: it says so in the Workload, then suspends the Job."""
    [job] = [one for one in jobs(client) if one["metadata"]["labels"]["dh.io/run"] == handle.partition("-")[0]]
    workload = client.path("workloads", f"job-{job['metadata']['name']}", group=KUEUE)
    conditions = client.call("GET", workload)["status"]["conditions"]
    evicted = {
        "type": "Evicted",
        "status": "True",
        "reason": "Preempted",
        "message": "Preempted to accommodate another",
    }
    client.call("PATCH", f"{workload}/status", {"status": {"conditions": [*conditions, evicted]}}, kind=MERGE)
    path = client.path("jobs", job["metadata"]["name"], group="batch/v1")
    client.call("PATCH", path, {"spec": {"suspend": True}}, kind=MERGE)


def jobs(client: Client) -> list[dict]:  # type: ignore[type-arg]
    found: list[dict] = client.call("GET", client.path("jobs", group="batch/v1"))["items"]  # type: ignore[type-arg]
    return found


def runs_of(client: Client) -> set[str]:
    alive = (job for job in jobs(client) if not job["metadata"].get("deletionTimestamp"))
    return {job["metadata"]["labels"]["dh.io/run"] for job in alive}


def test_a_queue_where_nobody_serves_queues_is_refused(told: PatientClient, script: Script) -> None:
    kueue = Kueue(told, lambda job: None)
    script.add(refusal(404, "NotFound"))
    with pytest.raises(Invalid, match="the cluster has no Kueue"):
        kueue.check("team")
    kueue.check("")
    assert script.asked.get()["path"] == "/apis/kueue.x-k8s.io"


def test_a_queue_that_may_not_be_watched_is_waited_in_all_the_same(told: PatientClient, script: Script) -> None:
    kueue = Kueue(told, lambda job: None)
    script.add(Answer(lines=({"preferredVersion": {"groupVersion": KUEUE}},)), Answer(lines=({"status": {}},)))
    kueue.check("team")
    assert not kueue.may_watch
