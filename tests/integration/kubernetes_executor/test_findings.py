"""What is said of attempts that wait or end badly, in a cluster that makes them: the live half of the diagnosis' tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from dh_jupyter.executors.kubernetes.client import Client
from dh_jupyter.executors.kubernetes.executor import KubernetesExecutor
from dh_jupyter.executors.kubernetes.settings import KubernetesSettings
from dh_kernel.testing.executors import FOREVER, Attempts

MERGE = "application/merge-patch+json"
NOTHING = "def f(): pass\n"


@pytest.fixture
def attempts(home: Path, on_a_claim: KubernetesSettings) -> Iterator[Attempts]:
    make: Callable[[], KubernetesExecutor] = lambda: KubernetesExecutor(home, settings=on_a_claim)  # noqa: E731
    made = Attempts(make, home)
    yield made
    made.close()


def waits(attempts: Attempts, words: str, code: str = NOTHING, **asked: Any) -> tuple[str, Path]:
    handle, folder = attempts.submit(code, **asked)
    attempts.wait(lambda: words in attempts.look(handle, folder).waiting_for)
    return handle, folder


def test_no_such_image(attempts: Attempts) -> None:
    waits(
        attempts, "There is no image registry.invalid/team/app:v9.", placement={"image": "registry.invalid/team/app:v9"}
    )


def test_more_gpus_than_any_node_has(attempts: Attempts) -> None:
    waits(
        attempts, "too few nvidia.com/gpu free", resources={"gpu": 64}
    )  # of one node, or of those other tests have added


def test_a_quota_on_pods(attempts: Attempts, client: Client) -> None:
    quota = {"metadata": {"name": "team"}, "spec": {"hard": {"requests.nvidia.com/gpu": "1"}}}
    client.call("POST", client.path("resourcequotas"), quota)
    with client.lines(client.path("resourcequotas"), {"watch": "1", "timeoutSeconds": 60}, 70.0) as lines:
        assert any(b'"used":' in line.replace(b" ", b"") for line in lines)
    waits(
        attempts, "The namespace's quota 'team' allows 1 nvidia.com/gpu (0 in use, 2 asked for).", resources={"gpu": 2}
    )
    assert attempts.executor.gpus_free({}) == "1 of 1 free by the namespace's quota"
    assert attempts.executor.gpus_free({"gpu_type": "amd-mi300x"}) == (
        "unknown, because no quota names amd.com/gpu, and machines are not read"
    )


def test_a_node_that_comes_to_fit(attempts: Attempts, client: Client) -> None:
    handle, folder = waits(
        attempts, "other labels than asked for (disk=fast).", placement={"node_selector": {"disk": "fast"}}
    )
    node = "/api/v1/nodes/node-a"
    client.call("PATCH", node, {"metadata": {"labels": {"disk": "fast"}}}, kind=MERGE)
    assert attempts.ended(handle, folder)["code"] == 0
    client.call("PATCH", node, {"metadata": {"labels": {"disk": None}}}, kind=MERGE)


def test_a_job_that_is_deleted_by_hand(attempts: Attempts, client: Client) -> None:
    handle, folder = attempts.submit(FOREVER)
    attempts.printed(handle, folder, b"here")
    [job] = client.call("GET", client.path("jobs", group="batch/v1"))["items"]
    path = client.path("jobs", job["metadata"]["name"], group="batch/v1")
    client.call("DELETE", path, {"propagationPolicy": "Background"})
    assert attempts.ended(handle, folder)["finding"]["code"] == "job_deleted"


def test_what_is_stopped_by_us_is_no_fault(attempts: Attempts) -> None:
    handle, folder = attempts.submit(FOREVER)
    attempts.printed(handle, folder, b"here")
    attempts.executor.cancel(handle, folder, 1.0)
    assert "finding" not in attempts.ended(handle, folder)
