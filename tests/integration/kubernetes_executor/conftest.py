"""Clusters and clients for the executor's tests."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from dataclasses import replace
from itertools import count
from pathlib import Path

import pytest

from dh_jupyter.deliveries import Deliveries
from dh_jupyter.executors.kubernetes.client import Client
from dh_jupyter.executors.kubernetes.executor import KubernetesExecutor
from dh_jupyter.executors.kubernetes.settings import KubernetesSettings
from dh_jupyter.stores import Stores, StoreSettings
from dh_kernel.testing.executors import Attempts
from tests.fixtures.kubernetes import claim_home, make_namespace, need_volumes
from tests.fixtures.s3 import KEY, S3, SECRET
from tests.integration.kubernetes_executor.scripted import Script
from tests.kubernetes_bed import Cluster

numbers = count(1)


@pytest.fixture(scope="session")
def cluster(kubernetes_cluster: Cluster) -> Cluster:
    return kubernetes_cluster


@pytest.fixture
def namespace(cluster: Cluster) -> Iterator[str]:
    """A new one, in which pods can be made."""
    name = f"runs-{next(numbers)}"
    admin = Client(KubernetesSettings(kubeconfig=str(cluster.kubeconfig)))
    make_namespace(admin, name)
    yield name
    admin.call("DELETE", f"/api/v1/namespaces/{name}")
    admin.close()


@pytest.fixture
def settings(cluster: Cluster, namespace: str) -> KubernetesSettings:
    return KubernetesSettings(kubeconfig=str(cluster.kubeconfig), namespace=namespace)


@pytest.fixture
def client(settings: KubernetesSettings) -> Iterator[Client]:
    made = Client(settings)
    yield made
    made.close()


@pytest.fixture
def script() -> Iterator[Script]:
    made = Script()
    yield made
    made.close()


class PatientClient(Client):
    """Notes its pauses in place of waiting."""

    def __init__(self, settings: KubernetesSettings) -> None:
        super().__init__(settings)
        self.pauses: list[tuple[int, float | None]] = []

    def pause(self, number: int, error: Exception | None = None) -> bool:
        self.pauses.append((number, getattr(error, "retry_after", None)))
        return self._closing.is_set()


@pytest.fixture
def told(script: Script, tmp_path: Path) -> Iterator[PatientClient]:
    """A client of the scripted server."""
    made = PatientClient(KubernetesSettings(kubeconfig=str(script.kubeconfig(tmp_path))))
    yield made
    made.close()


@pytest.fixture
def home(cluster: Cluster, client: Client) -> Path:
    """A broker's, on a claim that pods mount."""
    return claim_home(cluster, client)


@pytest.fixture
def on_a_claim(settings: KubernetesSettings, home: Path) -> KubernetesSettings:
    """Pods run as whoever runs the tests, whose Python they take."""
    return replace(settings, volume=f"dh-home:{home.parent}", user=os.getuid(), grace=2.0)


@pytest.fixture(scope="session")
def bucket(s3: S3) -> str:
    s3.client().create_bucket(Bucket="attempts")
    return "attempts"


@pytest.fixture
def stores(s3: S3, bucket: str, tmp_path: Path) -> Stores:
    """A broker's, on an S3."""
    given = StoreSettings(f"s3://{bucket}/of/{uuid.uuid4().hex}", s3.url, "us-east-1", KEY, SECRET)
    return Stores(tmp_path / "broker", given, lambda project, name: "")


@pytest.fixture
def deliveries(stores: Stores) -> Deliveries:
    return Deliveries(stores)


@pytest.fixture
def by_store(cluster: Cluster, settings: KubernetesSettings, s3: S3) -> KubernetesSettings:
    """Pods share nothing with the broker but the S3. They run as whoever runs the tests, whose Python they take."""
    need_volumes(cluster)
    return replace(settings, s3_endpoint=s3.url, user=os.getuid(), grace=2.0)


def with_store(home: Path, settings: KubernetesSettings, deliveries: Deliveries) -> KubernetesExecutor:
    """As the broker makes it."""
    executor = KubernetesExecutor(home, settings=settings)
    executor.deliver_by(deliveries)
    return executor


@pytest.fixture(params=["claim", "store"])
def attempts(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    on_a_claim: KubernetesSettings,
    home: Path,
    by_store: KubernetesSettings,
    deliveries: Deliveries,
) -> Iterator[Attempts]:
    """Of an executor whose pods share a claim with it, and of one whose pods share nothing but the S3."""
    if request.param == "claim":
        made = Attempts(lambda: KubernetesExecutor(home, settings=on_a_claim), home)
    else:
        made = Attempts(lambda: with_store(tmp_path, by_store, deliveries), tmp_path)
    yield made
    made.close()
