"""How attempts end, or do not begin, in a cluster that makes it so: what a cluster's own rules put into a pod is put there."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from dh_jupyter.deliveries import Deliveries
from dh_jupyter.executors.kubernetes import creating
from dh_jupyter.executors.kubernetes.client import Client
from dh_jupyter.executors.kubernetes.executor import KubernetesExecutor
from dh_jupyter.executors.kubernetes.names import SELECTOR
from dh_jupyter.executors.kubernetes.settings import KubernetesSettings
from dh_jupyter.runs.reconcile import cause_of
from dh_kernel.rundir import RunFolder
from dh_kernel.testing.executors import FOREVER, Attempts
from tests.fixtures.gates import Gate
from tests.fixtures.kubernetes import ROOT
from tests.integration.kubernetes_executor.conftest import with_store
from tests.kubernetes_bed import Cluster, Node

Object = dict[str, Any]
MERGE = "application/merge-patch+json"
NODE = "/api/v1/nodes/node-a"
NOWHERE = {"node_selector": {"no": "such"}}
NOTHING = "def f(): pass\n"
CHILD = (
    "from concurrent.futures import ProcessPoolExecutor\ndef grow():\n    kept = []\n    while True:\n"
    "        kept.append(bytearray(b'x') * (4 << 20))\ndef f():\n    with ProcessPoolExecutor(1) as pool:\n"
    "        pool.submit(grow).result()\n"
)


@pytest.fixture
def attempts(home: Path, on_a_claim: KubernetesSettings) -> Iterator[Attempts]:
    made = Attempts(lambda: KubernetesExecutor(home, settings=on_a_claim), home)
    yield made
    made.close()


@pytest.fixture
def put_in(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """What a cluster's webhooks do to Jobs of all: fields over the Job's spec and its pods'."""

    def put(job: Object | None = None, **pod: Any) -> None:
        ours = creating.manifest

        def theirs(*asked: Any) -> Object:
            made = ours(*asked)
            made["spec"].update(job or {})
            made["spec"]["template"]["spec"].update(pod)
            return made

        monkeypatch.setattr(creating, "manifest", theirs)

    return put


def waits(attempts: Attempts, words: str, code: str = NOTHING, **asked: Any) -> tuple[str, Path]:
    handle, folder = attempts.submit(code, **asked)
    attempts.wait(lambda: words in attempts.look(handle, folder).waiting_for)
    return handle, folder


def test_a_container_before_ours_that_fails(attempts: Attempts, put_in: Callable[..., None]) -> None:
    command = ["sh", "-c", "echo no certificate here >&2; exit 3"]
    init = {
        "name": "certificates",
        "image": "busybox",
        "command": command,
        "terminationMessagePolicy": "FallbackToLogsOnError",
    }
    put_in(initContainers=[init])
    handle, folder = attempts.submit(NOTHING)
    ended = attempts.ended(handle, folder)
    found = ended["finding"]
    assert (found["code"], "'certificates'" in found["summary"]) == ("init", True)
    assert "exit code 3" in found["summary"]
    assert "no certificate here" in found["detail"]


def test_a_value_that_is_not_in_its_secret(attempts: Attempts, client: Client) -> None:
    handle, folder = waits(attempts, "No node fits", secrets={"TOKEN": "hush-hush"}, placement=NOWHERE)
    [secret] = client.call("GET", client.path("secrets"), query={"labelSelector": SELECTOR})["items"]
    [key] = [name for name in secret["data"] if name.endswith("TOKEN")]
    path = client.path("secrets", secret["metadata"]["name"])
    client.call("PATCH", path, {"data": {key: None}}, kind=MERGE)
    client.call("PATCH", NODE, {"metadata": {"labels": {"no": "such"}}}, kind=MERGE)
    try:
        attempts.wait(lambda: f"has no key '{key}'" in attempts.look(handle, folder).waiting_for)
        client.call("PATCH", path, {"data": {key: secret["data"][key]}}, kind=MERGE)
        assert attempts.ended(handle, folder)["code"] == 0, "it begins when that is mended"
    finally:
        client.call("PATCH", NODE, {"metadata": {"labels": {"no": None}}}, kind=MERGE)


def test_the_pods_own_deadline(attempts: Attempts, put_in: Callable[..., None]) -> None:
    """The second timer, where the worker's own did not end it."""
    put_in(activeDeadlineSeconds=4)
    handle, folder = attempts.submit(FOREVER)
    ended = attempts.ended(handle, folder)
    assert (cause_of(ended), ended["finding"]["code"]) == ("timeout", "timeout")
    assert "its pod's deadline of 0:04" in ended["finding"]["summary"]


def test_the_jobs_deadline(attempts: Attempts, put_in: Callable[..., None]) -> None:
    """The third: of a Job that nobody looks after, and that waits for ever."""
    put_in({"activeDeadlineSeconds": 3})
    handle, folder = waits(attempts, "No node fits", placement=NOWHERE)
    ended = attempts.ended(handle, folder)
    assert (cause_of(ended), ended["finding"]["code"]) == ("timeout", "timeout")
    assert "its Job's deadline of 0:03" in ended["finding"]["summary"]


def test_a_child_that_is_killed_for_its_memory(attempts: Attempts, cluster: Cluster) -> None:
    if "nothing is OOMKilled" in (cluster.folder / "logs" / "kubelet-node-a.log").read_text():
        pytest.skip("this machine permits no memory cgroups: nothing is OOMKilled")
    handle, folder = attempts.submit(CHILD, resources={"memory": 200 << 20})
    ended = attempts.ended(handle, folder)
    assert ended["finding"]["code"] == "memory"
    assert "200Mi" in ended["finding"]["summary"]
    result = RunFolder(folder).read_result()
    assert result is None or result["error"]["type"].endswith("BrokenProcessPool")


@pytest.mark.real_plane  # the fake one's scheduler preempts nobody
def test_a_run_that_has_to_make_room_for_a_more_important_one(attempts: Attempts, client: Client) -> None:
    handle, folder = attempts.submit(FOREVER, resources={"gpu": 4})
    attempts.printed(handle, folder, b"here")
    kinds, name = "/apis/scheduling.k8s.io/v1/priorityclasses", f"first-{client.namespace}"
    client.call("POST", kinds, {"metadata": {"name": name}, "value": 1000})
    asked = {"limits": {"nvidia.com/gpu": "4"}}
    container = {"name": "one", "image": "busybox", "command": ["sleep", "600"], "resources": asked}
    pod = {"metadata": {"name": "first"}, "spec": {"priorityClassName": name, "containers": [container]}}
    client.call("POST", client.path("pods"), pod)
    try:
        ended = attempts.ended(handle, folder)
        assert (cause_of(ended), ended["finding"]["code"]) == ("killed", "preempted")
    finally:
        client.call("DELETE", client.path("pods", "first"), {"gracePeriodSeconds": 0})
        client.call("DELETE", f"{kinds}/{name}")


ROTATING = (
    "import os, socket\n"
    "def f():\n"
    "    for word in ('one', 'two', 'three'):\n"
    "        print(word, flush=True)\n"
    "        with socket.create_connection(('127.0.0.1', int(os.environ['DH_TEST_GATE']))) as gate:\n"
    "            gate.sendall(word.encode() + b'\\n')\n"
    "            gate.recv(1)\n"
    "        print('\\n'.join(f'{word} {n:90d}' for n in range(50)), flush=True)\n"
)


def test_a_log_that_is_rotated_while_it_is_followed(
    by_store: KubernetesSettings, deliveries: Deliveries, cluster: Cluster, tmp_path: Path
) -> None:
    """What was read is there while the pod runs: the whole log comes from it at the end only."""
    with cluster.node(Node("node-r", labels={"which": "r"}, shown=(str(ROOT), sys.prefix), log_limit=8_000)):
        attempts = Attempts(lambda: with_store(tmp_path, by_store, deliveries), tmp_path)
        place = {"node_selector": {"which": "r"}}
        with Gate() as gate:
            handle, folder = attempts.submit(ROTATING, placement=place, env={"DH_TEST_GATE": str(gate.port)})
            expected = b""
            for number, word in enumerate(("one", "two", "three"), 1):
                expected += f"{word}\n".encode()
                gate.wait(number)
                attempts.wait(lambda: attempts.log(handle, folder).endswith(word.encode()))  # noqa: B023
                assert attempts.log(handle, folder) + b"\n" == expected, "each line once, and in its place"
                gate.release()
                expected += b"".join(f"{word} {n:90d}\n".encode() for n in range(50))
        assert attempts.ended(handle, folder)["code"] == 0
        assert attempts.log(handle, folder) == expected
        attempts.close()
