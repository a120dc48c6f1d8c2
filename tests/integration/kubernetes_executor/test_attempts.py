"""Attempts in a cluster where things go wrong: what is deleted by hand, a server that restarts, a broker that is replaced."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from dh_jupyter.executors.kubernetes.client import Client
from dh_jupyter.executors.kubernetes.executor import KubernetesExecutor
from dh_jupyter.executors.kubernetes.names import SELECTOR
from dh_jupyter.executors.kubernetes.settings import KubernetesSettings
from dh_jupyter.runs.reconcile import cause_of
from dh_kernel.errors import Busy, Invalid
from dh_kernel.testing.executors import FOREVER, Attempts
from tests.fixtures.kubernetes import ROOT
from tests.kubernetes_bed import Cluster, Node

TALKING = (
    "import os, select\ndef f():\n    print('one', flush=True)\n    stop = os.path.join(os.environ['DH_TEST_GATE'], 'go')\n"
    "    while not os.path.exists(stop):\n        select.select([], [], [], 0.05)\n    print('two', flush=True)\n"
)


@pytest.fixture
def make_executor(home: Path, on_a_claim: KubernetesSettings) -> Callable[[], KubernetesExecutor]:
    return lambda: KubernetesExecutor(home, settings=on_a_claim)


@pytest.fixture
def attempts(make_executor: Callable[[], KubernetesExecutor], home: Path) -> Iterator[Attempts]:
    made = Attempts(make_executor, home)
    yield made
    made.close()


def names(client: Client, plural: str, group: str = "") -> list[str]:
    found = client.call("GET", client.path(plural, group=group), query={"labelSelector": SELECTOR})
    return sorted(item["metadata"]["name"] for item in found["items"])


def jobs(client: Client) -> list[str]:
    return names(client, "jobs", "batch/v1")


def test_a_job_that_is_deleted_by_hand_is_no_end_of_ours(attempts: Attempts, client: Client) -> None:
    handle, folder = attempts.submit(FOREVER)
    attempts.printed(handle, folder, b"here")
    [job] = jobs(client)
    client.call("DELETE", client.path("jobs", job, group="batch/v1"), {"propagationPolicy": "Background"})
    exit = attempts.ended(handle, folder)
    assert cause_of(exit) == "killed", "a stop that nobody asked us for: another attempt may follow"


def test_a_job_that_was_deleted_before_it_had_a_pod_is_missing(attempts: Attempts, client: Client) -> None:
    handle, folder = attempts.submit("def f(): pass\n", placement={"node_selector": {"no": "such"}})
    attempts.wait(lambda: "No node fits" in attempts.look(handle, folder).waiting_for)
    [job] = jobs(client)
    client.call("DELETE", client.path("jobs", job, group="batch/v1"), {"propagationPolicy": "Background"})
    attempts.wait(lambda: attempts.look(handle, folder).phase in ("missing", "exited"))
    exit = attempts.look(handle, folder).exit
    assert exit is None or exit["reason"] == "lost"


def test_an_attempt_that_waits_can_be_cancelled(attempts: Attempts, client: Client) -> None:
    handle, folder = attempts.submit("def f(): pass\n", placement={"node_selector": {"no": "such"}})
    attempts.wait(lambda: attempts.look(handle, folder).waiting_for)
    attempts.executor.cancel(handle, folder, 1.0)
    assert attempts.ended(handle, folder)["reason"] == "stopped"
    assert jobs(client) == []


def test_a_restart_of_the_api_server_loses_no_line(attempts: Attempts, cluster: Cluster, home: Path) -> None:
    handle, folder = attempts.write(TALKING)
    gate = folder / "gate"
    gate.mkdir()
    attempts.executor.submit(attempts.submission(handle, folder, {}, env={"DH_TEST_GATE": str(gate)}))
    attempts.printed(handle, folder, b"one")
    cluster.restart_apiserver()
    (gate / "go").touch()
    assert attempts.ended(handle, folder)["code"] == 0
    assert attempts.log(handle, folder) == b"one\ntwo\n"


def test_what_ended_while_no_broker_looked_is_found_with_its_log(attempts: Attempts, client: Client) -> None:
    handle, folder = attempts.write(TALKING)
    gate = folder / "gate"
    gate.mkdir()
    attempts.executor.submit(attempts.submission(handle, folder, {}, env={"DH_TEST_GATE": str(gate)}))
    attempts.printed(handle, folder, b"one")
    attempts.executor.close()
    (gate / "go").touch()
    path = client.path("jobs", jobs(client)[0], group="batch/v1")
    with client.lines(client.path("jobs", group="batch/v1"), {"watch": "1", "timeoutSeconds": 60}, 70.0) as lines:
        ended = any(b'"Complete"' in line for line in lines)
    assert ended
    attempts.executor = attempts.started()
    assert attempts.ended(handle, folder)["code"] == 0
    assert attempts.log(handle, folder) == b"one\ntwo\n"
    assert client.call("GET", path)


@pytest.mark.deep
def test_a_node_that_is_gone_takes_its_attempt_along(attempts: Attempts, cluster: Cluster, client: Client) -> None:
    if client.version < (1, 29):
        pytest.skip("Kubernetes 1.20 drops these fields of a Job")
    with cluster.node(Node("node-b", labels={"which": "b"}, shown=(str(ROOT), sys.prefix))):
        handle, folder = attempts.submit(FOREVER, placement={"node_selector": {"which": "b"}})
        attempts.wait(lambda: attempts.look(handle, folder).phase == "running")
        cluster.kill_node("node-b")
        deleted = client.path("pods"), {"watch": "1", "timeoutSeconds": 120, "labelSelector": SELECTOR}
        with client.lines(*deleted, 130.0) as lines:
            assert any(b"deletionTimestamp" in line for line in lines)
        over = threading.Event()
        while attempts.look(handle, folder).phase == "running":  # as the safety pass looks
            over.wait(1.0)
        assert attempts.ended(handle, folder)["reason"] == "lost"


def test_objects_go_with_their_job(attempts: Attempts, client: Client) -> None:
    handle, folder = attempts.submit("def f(): pass\n", secrets={"TOKEN": "hush-hush"})
    attempts.ended(handle, folder)
    [job] = jobs(client)
    assert names(client, "secrets") == [job]
    secrets = client.path("secrets")
    version = client.call("GET", secrets)["metadata"]["resourceVersion"]
    client.call("DELETE", client.path("jobs", job, group="batch/v1"), {"propagationPolicy": "Background"})
    with client.lines(secrets, {"watch": "1", "resourceVersion": version, "timeoutSeconds": 60}, 70.0) as lines:
        assert any(b'"DELETED"' in line and job.encode() in line for line in lines)


def test_a_second_job_costs_two_requests(
    attempts: Attempts, monkeypatch: pytest.MonkeyPatch, on_a_claim: KubernetesSettings
) -> None:
    """Its Secret and itself: what the cluster was asked before it was not asked again, as whether such Jobs are admitted."""
    wanted = {"placement": {"node_selector": {"no": "such"}}, "user": "ada"}
    attempts.submit("def f(): pass\n", **wanted)
    asked = []
    request = Client._request

    def noting(self: Client, method: str, path: str, *rest: Any, **more: Any) -> Any:
        if threading.current_thread() is threading.main_thread():
            asked.append((method, path.rpartition("/")[2]))
        return request(self, method, path, *rest, **more)

    monkeypatch.setattr(Client, "_request", noting)
    attempts.submit("def f(): print('other')\n", **wanted)
    assert asked == [("POST", "secrets"), ("POST", "jobs")]


def test_a_full_namespace_is_waited_for(attempts: Attempts, client: Client) -> None:
    quota = {"metadata": {"name": "few"}, "spec": {"hard": {"count/jobs.batch": "0"}}}
    client.call("POST", client.path("resourcequotas"), quota)
    handle, folder = attempts.write("def f(): pass\n")
    until_counted(client)
    with pytest.raises(Busy, match=r"'few' allows 0 count/jobs\.batch"):
        attempts.executor.submit(attempts.submission(handle, folder, {}))
    assert names(client, "secrets") == []
    client.call("DELETE", client.path("resourcequotas", "few"))
    attempts.executor.submit(attempts.submission(handle, folder, {}))
    assert attempts.ended(handle, folder)["code"] == 0


def until_counted(client: Client) -> None:
    """A quota holds once its controller has seen it."""
    with client.lines(client.path("resourcequotas"), {"watch": "1", "timeoutSeconds": 60}, 70.0) as lines:
        assert any(b'"used":' in line.replace(b" ", b"") for line in lines)


def test_what_the_cluster_refuses_leaves_nothing_there(attempts: Attempts, client: Client) -> None:
    handle, folder = attempts.write("def f(): pass\n")
    with pytest.raises(Invalid, match="The cluster refuses it"):
        attempts.executor.submit(attempts.submission(handle, folder, {}, env={"not=a name": ""}))
    assert (jobs(client), names(client, "secrets")) == ([], [])


def test_without_a_claim_it_is_refused_before_anything_is_made(settings: KubernetesSettings, tmp_path: Path) -> None:
    executor = KubernetesExecutor(tmp_path, settings=settings)
    executor.start(lambda handle: None)
    with pytest.raises(Invalid, match="hand over") as caught:
        executor.check(Attempts(lambda: executor, tmp_path).base.Resources())
    assert "kubernetes_volume" in caught.value.hint
    executor.close()
