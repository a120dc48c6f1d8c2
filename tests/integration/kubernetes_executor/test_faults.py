"""What a cluster, its people and its clocks do to attempts: each ends, or goes on, and is told as what it was."""

from __future__ import annotations

import json
import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dh_jupyter.executors.kubernetes import pods, reflector
from dh_jupyter.executors.kubernetes.client import Client
from dh_jupyter.executors.kubernetes.clock import Clock
from dh_jupyter.executors.kubernetes.executor import KubernetesExecutor
from dh_jupyter.executors.kubernetes.names import SELECTOR
from dh_jupyter.executors.kubernetes.settings import KubernetesSettings
from dh_jupyter.runs.reconcile import cause_of
from dh_kernel.testing.executors import FOREVER, Attempts
from tests.integration.kubernetes_executor.test_attempts import TALKING
from tests.integration.kubernetes_executor.test_rights import as_broker, granted  # noqa: F401  fixtures
from tests.kubernetes_bed import Cluster

MERGE = "application/merge-patch+json"
RBAC = "rbac.authorization.k8s.io/v1"
TIDYING = (
    "import select, threading\ndef f():\n    print('here', flush=True)\n    try:\n        threading.Event().wait()\n"
    "    finally:\n        select.select([], [], [], 0.5)\n        print('bye', flush=True)\n"
)
NOWHERE = {"node_selector": {"no": "such"}}


@pytest.fixture
def attempts(home: Path, on_a_claim: KubernetesSettings) -> Iterator[Attempts]:
    made = Attempts(lambda: KubernetesExecutor(home, settings=on_a_claim), home)
    yield made
    made.close()


def items(client: Client, plural: str, group: str = "") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = client.call(
        "GET", client.path(plural, group=group), query={"labelSelector": SELECTOR}
    )["items"]
    return found


def waiting_pod(attempts: Attempts, client: Client) -> tuple[str, Path, str]:
    """An attempt whose pod no node takes."""
    handle, folder = attempts.submit("def f(): pass\n", placement=NOWHERE)
    attempts.wait(lambda: "No node fits" in attempts.look(handle, folder).waiting_for)
    [pod] = items(client, "pods")
    return handle, folder, client.path("pods", pod["metadata"]["name"])


def test_a_pod_that_is_deleted_by_hand(attempts: Attempts, client: Client) -> None:
    handle, folder = attempts.submit(FOREVER)
    attempts.printed(handle, folder, b"here")
    [pod] = items(client, "pods")
    client.call("DELETE", client.path("pods", pod["metadata"]["name"]))
    ended = attempts.ended(handle, folder)
    assert (cause_of(ended), ended["finding"]["code"]) == ("killed", "pod_deleted")
    assert attempts.log(handle, folder).startswith(b"here\n")


def test_a_pod_that_is_deleted_by_force(attempts: Attempts, client: Client) -> None:
    """Nobody sees how it ends, and a Job of 1.20 makes another, which must not do its work a second time."""
    handle, folder = attempts.submit(FOREVER)
    attempts.printed(handle, folder, b"here")
    [pod] = items(client, "pods")
    client.call("DELETE", client.path("pods", pod["metadata"]["name"]), {"gracePeriodSeconds": 0})
    ended = attempts.ended(handle, folder)
    assert (cause_of(ended) in ("killed", "lost"), ended["finding"]["code"]) == (True, "pod_deleted")
    assert attempts.log(handle, folder).count(b"here") == 1
    until_none_goes_on(client)


def until_none_goes_on(client: Client) -> None:
    """Each Job has failed, or is deleted: none makes another pod."""
    page = client.call("GET", client.path("jobs", group="batch/v1"), query={"labelSelector": SELECTOR})
    going_on = {job["metadata"]["uid"] for job in page["items"] if goes_on(job)}
    query = {"watch": "1", "labelSelector": SELECTOR, "resourceVersion": page["metadata"]["resourceVersion"]}
    with client.lines(client.path("jobs", group="batch/v1"), {**query, "timeoutSeconds": 60}, 70.0) as lines:
        told_of = map(json.loads, lines)
        while going_on:
            told = next(told_of)
            if told["type"] == "DELETED" or not goes_on(told["object"]):
                going_on.discard(told["object"]["metadata"]["uid"])


def goes_on(job: dict[str, Any]) -> bool:
    return not (job["metadata"].get("deletionTimestamp") or pods.ended_by(job))


@pytest.mark.parametrize(
    ("status", "code"),
    [
        ({"phase": "Failed", "reason": "Evicted", "message": "The node was low on resource: memory."}, "evicted"),
        (
            {
                "phase": "Failed",
                "conditions": [{"type": "DisruptionTarget", "status": "True", "reason": "PreemptionByScheduler"}],
            },
            "preempted",
        ),
    ],
    ids=["evicted", "preempted"],
)
def test_what_the_cluster_takes_away(attempts: Attempts, client: Client, status: dict[str, Any], code: str) -> None:
    handle, folder, path = waiting_pod(attempts, client)
    client.call("PATCH", f"{path}/status", {"status": status}, kind=MERGE)
    ended = attempts.ended(handle, folder)
    assert (cause_of(ended), ended["finding"]["code"]) == ("killed", code)


def test_a_secret_that_was_deleted_under_its_pod(attempts: Attempts, client: Client) -> None:
    handle, folder, _ = waiting_pod(attempts, client)
    [secret] = items(client, "secrets")
    client.call("DELETE", client.path("secrets", secret["metadata"]["name"]))
    node = "/api/v1/nodes/node-a"
    client.call("PATCH", node, {"metadata": {"labels": {"no": "such"}}}, kind=MERGE)
    try:
        attempts.wait(lambda: "is gone from the cluster" in attempts.look(handle, folder).waiting_for)
    finally:
        client.call("PATCH", node, {"metadata": {"labels": {"no": None}}}, kind=MERGE)
    attempts.executor.cancel(handle, folder, 1.0)
    assert attempts.ended(handle, folder)["reason"] == "stopped"


def test_a_clock_that_is_an_hour_wrong_loses_nobody(attempts: Attempts, client: Client) -> None:
    handle, folder = attempts.submit(TIDYING)
    attempts.printed(handle, folder, b"here")
    attempts.executor._cluster().client.clock = Clock(lambda: time.time() + 3600)
    attempts.executor.cancel(handle, folder, 1.0)
    ended = attempts.ended(handle, folder)
    assert (ended["reason"], "started" in ended) == ("stopped", True)
    assert b"bye" in attempts.log(handle, folder), "it was given up before its time"


@pytest.mark.usefixtures("granted")
def test_rights_that_are_taken_away_in_the_middle(
    home: Path,
    as_broker: KubernetesSettings,  # noqa: F811
    client: Client,
    cluster: Cluster,
) -> None:
    attempts = Attempts(lambda: KubernetesExecutor(home, settings=as_broker), home)
    handle, folder = attempts.write(TALKING)
    gate = folder / "gate"
    gate.mkdir()
    attempts.executor.submit(attempts.submission(handle, folder, {}, env={"DH_TEST_GATE": str(gate)}))
    attempts.printed(handle, folder, b"one")
    path = client.path("rolebindings", "dh-broker", group=RBAC)
    binding = client.call("GET", path)
    said = Said("does not let us watch")
    client.call("DELETE", path)
    cluster.restart_apiserver()
    assert said.came.wait(60)
    assert attempts.look(handle, folder).phase == "running", "what we can't see has not ended"
    kept = {name: binding[name] for name in ("subjects", "roleRef")}
    client.call("POST", client.path("rolebindings", group=RBAC), {"metadata": {"name": "dh-broker"}, **kept})
    (gate / "go").touch()
    assert attempts.ended(handle, folder)["code"] == 0
    assert attempts.log(handle, folder) == b"one\ntwo\n"
    attempts.close()


class Said(logging.Handler):
    """Whether the reflectors have logged some words."""

    def __init__(self, words: str) -> None:
        super().__init__()
        self._words = words
        self.came = threading.Event()
        logging.getLogger(reflector.__name__).addHandler(self)

    def emit(self, record: logging.LogRecord) -> None:
        if self._words in record.getMessage():
            self.came.set()


BROKER = """
import json, os, sys, pathlib
from dh_jupyter.executors.base import Resources, Submission
from dh_jupyter.executors.kubernetes.executor import KubernetesExecutor
from dh_jupyter.executors.kubernetes.settings import KubernetesSettings
told = json.load(sys.stdin)
executor = KubernetesExecutor(pathlib.Path(told["home"]), settings=KubernetesSettings(**told["settings"]))
executor.start(lambda handle: None)
for handle, folder in told["attempts"]:
    executor.submit(Submission(handle, pathlib.Path(folder), Resources(), placement=told["placement"]))
    print(handle, flush=True)
executor.close()
"""


def test_a_broker_that_is_killed_while_fifty_are_in_flight(
    attempts: Attempts, client: Client, on_a_claim: KubernetesSettings, home: Path
) -> None:
    """At three moments, wherever it is then: each attempt has one Job with all that it needs, and each can be ended."""
    written = [attempts.write("def f(): pass\n") for _ in range(50)]
    told = {
        "home": str(home),
        "settings": vars(on_a_claim) | {"priorities": {}},
        "attempts": [(handle, str(folder)) for handle, folder in written],
        "placement": NOWHERE,
    }
    for moment in (7, 24, 41):
        with subprocess.Popen(
            [sys.executable, "-c", BROKER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as broker:
            assert broker.stdin is not None
            assert broker.stdout is not None
            json.dump(told, broker.stdin)
            broker.stdin.close()
            for _ in range(moment):
                assert broker.stdout.readline()
            os.kill(broker.pid, signal.SIGKILL)
    for handle, folder in written:
        attempts.executor.submit(attempts.submission(handle, folder, {}, placement=NOWHERE))
    found = {
        job["metadata"]["labels"]["dh.io/run"]: job["metadata"]["uid"] for job in items(client, "jobs", "batch/v1")
    }
    assert sorted(found) == sorted(handle.partition("-")[0] for handle, _ in written)
    until_owned(client, found)
    for handle, folder in written:
        attempts.executor.cancel(handle, folder, 1.0)
    for handle, folder in written:
        assert attempts.ended(handle, folder)["reason"] == "stopped"
    assert items(client, "jobs", "batch/v1") == []


def until_owned(client: Client, jobs: dict[str, str]) -> None:
    """Each Job's Secret goes with it, whoever came to make it so."""
    page = client.call("GET", client.path("secrets"), query={"labelSelector": SELECTOR})
    owned = {run for one in page["items"] if (run := owned_run(one, jobs))}
    if len(owned) == len(jobs):
        return
    query = {"watch": "1", "labelSelector": SELECTOR, "resourceVersion": page["metadata"]["resourceVersion"]}
    with client.lines(client.path("secrets"), {**query, "timeoutSeconds": 60}, 70.0) as lines:
        for line in lines:
            owned.add(owned_run(json.loads(line)["object"], jobs))
            if len(owned - {""}) == len(jobs):
                return
    raise AssertionError(f"{len(jobs) - len(owned)} Secrets have no owner")


def owned_run(secret: dict[str, Any], jobs: dict[str, str]) -> str:
    run = secret["metadata"]["labels"]["dh.io/run"]
    owners = {one["uid"] for one in secret["metadata"].get("ownerReferences") or []}
    return run if owners == {jobs.get(run)} else ""
