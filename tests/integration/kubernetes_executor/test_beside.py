"""Several attempts of one Job, each in a pod of its own: each as if it were alone."""

from __future__ import annotations

import socket
from typing import Any

import pytest

from dh_jupyter.executors.base import Following
from dh_jupyter.executors.kubernetes.beside import OLDEST
from dh_jupyter.executors.kubernetes.client import Client
from dh_jupyter.executors.kubernetes.names import INDEX, SELECTOR
from dh_kernel.rundir import RunFolder
from dh_kernel.testing.executors import Attempts
from tests.fixtures.hands import Hand, value

pytestmark = pytest.mark.one_plane


def submit(attempts: Attempts, code: str, parameters: list[dict[str, Any]], **rest: Any) -> Hand:
    """All in one Job: the same code, with other parameters."""
    if not attempts.executor.takes_many():
        pytest.skip("indexes are not kept apart there")
    those = [attempts.write(code, **given) for given in parameters]
    beside = tuple(Following(handle, folder, {"RUN_ID": handle}) for handle, folder in those[1:])
    first = attempts.submission(*those[0], rest.pop("resources", {}), beside=beside, **rest)
    attempts.executor.submit(first)
    return those


def jobs(client: Client) -> list[dict[str, Any]]:
    path = client.path("jobs", group="batch/v1")
    return list(client.call("GET", path, query={"labelSelector": SELECTOR})["items"])


SAYS = """
import os
def f(x):
    print("here", x)
    if x == 1:
        raise ValueError(x)
    return [x, os.environ.get("RUN_ID")]
"""
WAITS = "import threading\ndef f(waits=True):\n    print('here', flush=True)\n    waits and threading.Event().wait()\n"


def test_one_job_has_all_and_each_is_as_if_alone(attempts: Attempts, client: Client) -> None:
    those = submit(attempts, SAYS, [{"x": number} for number in range(3)])
    assert [attempts.ended(*one)["code"] for one in those] == [0, 42, 0]
    assert [attempts.log(*one).splitlines()[0] for one in those] == [b"here 0", b"here 1", b"here 2"]
    assert value(those[0][1])[0] == 0
    assert value(those[2][1]) == [2, those[2][0]]
    assert all(RunFolder(folder).read_environment() is not None for _, folder in those)
    (job,) = jobs(client)
    assert job["spec"]["completionMode"] == "Indexed"
    assert job["spec"]["completions"] == job["spec"]["parallelism"] == 3


def test_to_stop_one_stops_no_other(attempts: Attempts, client: Client) -> None:
    with socket.create_server(("127.0.0.1", 0)) as gate:
        waits = f"import socket; socket.create_connection(('127.0.0.1', {gate.getsockname()[1]})).recv(1)"
        code = "def f(how=''):\n    print('here', flush=True)\n    exec(how, globals())\n"
        those = submit(attempts, code, [{"how": waits}, {"how": waits}])
        connections = [gate.accept()[0] for _ in those]
        attempts.executor.cancel(*those[0], 1.0)
        assert attempts.ended(*those[0])["reason"] == "stopped"
        assert attempts.look(*those[1]).phase == "running"
        for connection in connections:
            connection.close()
    assert attempts.ended(*those[1])["code"] == 0
    assert len(jobs(client)) == 1


def test_one_that_is_stopped_before_it_has_a_pod_never_begins(
    attempts: Attempts, client: Client, namespace: str
) -> None:
    no_pods(client)
    those = submit(attempts, SAYS, [{"x": 0}, {"x": 2}])
    attempts.wait(lambda: "quota" in attempts.look(*those[1]).waiting_for)
    attempts.executor.cancel(*those[1], 1.0)
    assert attempts.ended(*those[1])["reason"] == "stopped"
    client.call("DELETE", client.path("resourcequotas", "none"))
    assert attempts.ended(*those[0])["code"] == 0
    assert attempts.log(*those[1]) == b""
    assert RunFolder(those[1][1]).read_result() is None


def test_a_pod_that_dies_is_one_attempts_end(attempts: Attempts, client: Client) -> None:
    those = submit(attempts, WAITS, [{"waits": False}, {}])
    attempts.printed(*those[1], b"here")
    query = {"labelSelector": f"{SELECTOR},{INDEX}=1"}
    [pod] = client.call("GET", client.path("pods"), query=query)["items"]
    client.call("DELETE", client.path("pods", pod["metadata"]["name"]), {"gracePeriodSeconds": 1})
    assert attempts.ended(*those[1])["reason"] in ("killed", "lost", "stopped")
    assert attempts.ended(*those[0])["code"] == 0


def test_a_job_goes_when_all_were_stopped_before_they_had_pods(attempts: Attempts, client: Client) -> None:
    no_pods(client)
    those = submit(attempts, WAITS, [{}, {}])
    for one in those:
        attempts.wait(lambda one=one: "quota" in attempts.look(*one).waiting_for)
        attempts.executor.cancel(*one, 1.0)
    assert [attempts.ended(*one)["reason"] for one in those] == ["stopped", "stopped"]
    attempts.wait(lambda: all("deletionTimestamp" in job["metadata"] for job in jobs(client)))
    attempts.wait(lambda: not list(attempts.folder.glob("beside/*")))


def no_pods(client: Client) -> None:
    """A namespace with no room for any."""
    quota = {"metadata": {"name": "none"}, "spec": {"hard": {"pods": "0"}}}
    client.call("POST", client.path("resourcequotas"), {"apiVersion": "v1", "kind": "ResourceQuota", **quota})


def test_the_next_executor_goes_on_with_them(attempts: Attempts) -> None:
    with socket.create_server(("127.0.0.1", 0)) as gate:
        waits = f"import socket; socket.create_connection(('127.0.0.1', {gate.getsockname()[1]})).recv(1)"
        code = "def f(how=''):\n    print('here', flush=True)\n    exec(how, globals())\n"
        those = submit(attempts, code, [{}, {"how": waits}])
        attempts.printed(*those[1], b"here")
        attempts.executor.close()
        attempts.executor = attempts.started()
        attempts.wait(lambda: attempts.look(*those[1]).phase == "running")
        gate.accept()[0].close()
    assert [attempts.ended(*one)["code"] for one in those] == [0, 0]
    assert [attempts.log(*one) for one in those] == [b"here\n"] * 2


def test_the_time_limit_is_each_ones(attempts: Attempts) -> None:
    those = submit(attempts, WAITS, [{"waits": False}, {}, {"waits": False}], timeout=2.0)
    assert [attempts.ended(*one)["reason"] for one in those] == ["exited", "timeout", "exited"]


def test_other_code_is_left_out(attempts: Attempts) -> None:
    if not attempts.executor.takes_many():
        pytest.skip("indexes are not kept apart there")
    first, other = attempts.write("def f(): return 1\n"), attempts.write("def f(): return 2\n")
    attempts.executor.submit(attempts.submission(*first, {}, beside=(Following(other[0], other[1], {}),)))
    assert attempts.ended(*first)["code"] == 0
    if attempts.look(*other).phase == "missing":
        attempts.executor.submit(attempts.submission(*other, {}))
    assert attempts.ended(*other)["code"] == 0
    assert (value(first[1]), value(other[1])) == (1, 2)


def test_only_where_indexes_are_kept_apart(attempts: Attempts, client: Client) -> None:
    assert attempts.executor.takes_many() is (client.version >= OLDEST)
