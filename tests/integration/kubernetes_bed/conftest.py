"""Every fact is asked of each plane that is here: the fake one always, the real one where it was built."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count

import pytest

from tests.fixtures.kubernetes import planes
from tests.integration.kubernetes_bed.asking import Api, Http, Namespace, eventually
from tests.kubernetes_bed import Cluster, Node

numbers = count(1)


@pytest.fixture(scope="session", params=planes())
def cluster(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    node = Node("node-a", gpus=4, labels={"gpu": "a100"}, restart_backoff=1)
    with Cluster(request.param, tmp_path_factory.mktemp(request.param), [node]) as cluster:
        yield cluster


@pytest.fixture(scope="session")
def api(cluster: Cluster) -> Api:
    return Api.of(cluster.kubeconfig)


@pytest.fixture(scope="session")
def http(cluster: Cluster) -> Http:
    return Http(cluster, cluster.admin_token)


@pytest.fixture
def namespace(api: Api, http: Http) -> Iterator[str]:
    """A new one for each fact, when pods can be created in it: 1.20 first makes a token for them."""
    name = f"fact-{next(numbers)}"
    api.core.create_namespace({"metadata": {"name": name}})
    pod = {"metadata": {"name": "try"}, "spec": {"containers": [{"name": "a", "image": "b"}]}}
    path = f"/api/v1/namespaces/{name}/pods"
    eventually(lambda: http("POST", path, pod, dryRun="All").status == 201)
    yield name
    api.core.delete_namespace(name)


@pytest.fixture
def jobs(api: Api, namespace: str) -> Namespace:
    return Namespace(api, namespace)


@pytest.fixture
def newer_than_1_20(http: Http) -> None:
    if int(http("GET", "/version").body["minor"]) <= 20:
        pytest.skip("Kubernetes 1.20 drops these fields of a Job")


@pytest.fixture
def volumes_are_mounted(api: Api) -> None:
    if api.core.read_node("node-a").metadata.labels["kubernetes-bed/isolation"] == "plain":
        pytest.skip("this machine permits no mount namespaces: volumes are not at their mountPath")


@pytest.fixture
def memory_is_limited(api: Api) -> None:
    if api.core.read_node("node-a").metadata.labels["kubernetes-bed/memory-limits"] != "true":
        pytest.skip("this machine permits no memory cgroups: nothing is OOMKilled")
