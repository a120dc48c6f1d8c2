"""Two servers with homes of their own on one catalogue and one store: one is killed, and the other goes on with its runs."""

from __future__ import annotations

import os
import signal
import uuid
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path

import pytest

from dh_jupyter.executors.kubernetes.client import Client
from tests.acceptance.test_kubernetes import kernel_of
from tests.fixtures.gates import Gate
from tests.fixtures.kernel import Kernel
from tests.fixtures.kubernetes import namespace_client, need_volumes
from tests.fixtures.postgres import PostgreSQL
from tests.fixtures.s3 import KEY, S3, SECRET
from tests.fixtures.server import BrokerProcess, broker_process
from tests.kubernetes_bed import Cluster

pytestmark = pytest.mark.one_plane
EACH = 4  # runs of each of the two
HOLD = """%%dh function hold
import socket
def hold(number: int = 0, port: int = 0):
    print("in", number, flush=True)
    with socket.create_connection(("127.0.0.1", port)) as gate:
        gate.sendall(b"%d\\n" % number)
        gate.recv(1)
    print("out", number)
    return {"number": number, "weights": b"abc" * number}"""


@pytest.fixture
def client(kubernetes_cluster: Cluster) -> Iterator[Client]:
    need_volumes(kubernetes_cluster)
    with namespace_client(kubernetes_cluster, "brokers") as made:
        yield made


@pytest.fixture
def bucket(s3: S3) -> str:
    """One of its own: the S3 is the same for all planes."""
    name = f"brokers-{uuid.uuid4().hex[:8]}"
    s3.client().create_bucket(Bucket=name)
    return name


@pytest.fixture
def start(
    kubernetes_cluster: Cluster, client: Client, tmp_path: Path, s3: S3, bucket: str, postgres: PostgreSQL
) -> Iterator[Callable[[str], AbstractContextManager[BrokerProcess]]]:
    """Brokers by the names of their homes; they share a catalogue, an S3 and a namespace."""
    database = postgres.new_database()
    options = {
        "catalogue_url": postgres.url(database),
        "kubernetes_kubeconfig": kubernetes_cluster.kubeconfig,
        "kubernetes_namespace": client.namespace,
        "kubernetes_s3_endpoint": s3.url,
        "kubernetes_user": os.getuid(),
        "store": f"s3://{bucket}/dh",
        "store_endpoint": s3.url,
        "store_region": "us-east-1",
        "store_key": KEY,
        "store_secret": SECRET,
        "store_credentials": "configured",
    }
    arguments = [f"--DhExtension.{name}={value}" for name, value in options.items()]
    yield lambda name: broker_process(
        tmp_path / name, tmp_path / f"{name}.log", *arguments, module="tests.fixtures.hasty"
    )
    postgres.drop(database)


def submit(kernel: Kernel, first: int, port: int) -> list[str]:
    """Ids of runs with numbers from `first` on."""
    kernel.run(HOLD)
    numbers = f"range({first}, {first + EACH})"
    told = kernel.run(
        f"runs = [dh.run('hold', number=n, port={port}, on='kubernetes') for n in {numbers}]\nprint(*[r.id for r in runs])"
    )
    assert len(told.text.split()) == EACH, told
    return told.text.split()


def test_one_is_killed_and_the_other_finishes_all_and_nothing_twice(
    start: Callable[[str], AbstractContextManager[BrokerProcess]], client: Client, s3: S3, bucket: str
) -> None:
    with ExitStack() as stack:
        gate = stack.enter_context(Gate())
        one, two = (stack.enter_context(start(name)) for name in ("one", "two"))
        here, there = (stack.enter_context(kernel_of(broker)) for broker in (two, one))
        ids = submit(here, 0, gate.port)
        ids += submit(there, EACH, gate.port)
        os.kill(one.process.pid, signal.SIGKILL)  # some of its runs have Jobs by now, others may have none yet
        gate.wait(2 * EACH)
        gate.open()
        told = here.run(
            f"for r in dh.wait_all({ids!r}):\n    print(r.state, r.result['number'], len(r.outputs), 'out' in r.logs())"
        )
        assert sorted(told.text.split("\n")[:-1]) == [f"succeeded {n} 1 True" for n in range(2 * EACH)], told
        assert gate.came == dict.fromkeys(map(str, range(2 * EACH)), 1), "some code ran twice"
        jobs = client.call("GET", client.path("jobs", group="batch/v1"))["items"]
        assert sorted(job["metadata"]["labels"]["dh.io/run"] for job in jobs) == sorted(ids), "one Job for each"
        results = [key for key in s3.keys(bucket) if key.endswith("/result.json")]
        assert len(results) == 2 * EACH
