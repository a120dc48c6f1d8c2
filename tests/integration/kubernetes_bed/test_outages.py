"""What a broker must survive: an API server that restarts, a node that is gone."""

import pytest

from tests.integration.kubernetes_bed.asking import Http, Namespace, eventually
from tests.kubernetes_bed import Cluster, Node


def test_a_job_runs_through_a_restart_of_the_api_server(cluster: Cluster, jobs: Namespace) -> None:
    jobs.create("one", "sh", "-c", "echo before; sleep 3; echo after")
    jobs.until_phase("one", "Running")
    cluster.restart_apiserver()
    assert jobs.end("one").type == "Complete"
    assert jobs.log("one") == "before\nafter\n"


def test_a_watch_from_before_a_restart_has_expired(cluster: Cluster, http: Http, namespace: str) -> None:
    maps = f"/api/v1/namespaces/{namespace}/configmaps"
    old = http("POST", maps, {"metadata": {"name": "one"}}).version
    http("POST", maps, {"metadata": {"name": "two"}})
    cluster.restart_apiserver()
    events = http.watch(maps, 1, seconds=5, resourceVersion=old)
    assert [(event.type, event.object["code"]) for event in events] == [("ERROR", 410)]


@pytest.mark.deep
def test_the_pod_of_a_lost_node_is_replaced_elsewhere(cluster: Cluster, jobs: Namespace) -> None:
    cluster.add_node(Node("node-b", labels={"spot": "yes"}))
    jobs.create("one", "sleep", "300", pod={"nodeSelector": {"spot": "yes"}})
    first = jobs.until_phase("one", "Running").metadata.name
    cluster.kill_node("node-b")
    ready = eventually(lambda: _ready_condition(jobs, "node-b").status != "True", 60)
    assert ready
    lost = eventually(lambda: next(p for p in jobs.pods("one") if p.metadata.name == first), 60)
    assert lost.status.phase == "Running"  # as far as anybody knows
    others = eventually(lambda: [p for p in jobs.pods("one") if p.metadata.name != first], 60)
    assert others[0].status.phase == "Pending"  # there is no other such node
    cluster.add_node(Node("node-c", labels={"spot": "yes"}))
    assert jobs.until_phase("one", "Running")
    for node in ("node-b", "node-c"):
        cluster.remove_node(node)


def test_a_node_that_comes_back_has_lost_its_containers(cluster: Cluster, jobs: Namespace) -> None:
    node = Node("node-d", labels={"comes": "back"})
    cluster.add_node(node)
    jobs.create("one", "sleep", "300", pod={"nodeSelector": {"comes": "back"}})
    jobs.until_phase("one", "Running")
    cluster.kill_node("node-d")
    cluster.add_node(node)
    state = jobs.terminated("one")
    assert (state.exit_code, state.reason) == (137, "ContainerStatusUnknown")
    cluster.remove_node("node-d")


def _ready_condition(jobs: Namespace, node: str) -> object:
    conditions = jobs.api.core.read_node(node).status.conditions
    return next(item for item in conditions if item.type == "Ready")
