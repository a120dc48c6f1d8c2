"""Runs on several machines: they know each other, each log is there, the first one's result counts, and one's failure ends all."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from dh_jupyter.executors.kubernetes.client import Client
from dh_jupyter.executors.kubernetes.executor import KubernetesExecutor
from dh_jupyter.executors.kubernetes.nodes import OLDEST
from dh_jupyter.executors.kubernetes.settings import KubernetesSettings
from dh_kernel.errors import Invalid
from dh_kernel.rundir import RunFolder
from dh_kernel.testing.executors import Attempts

TOGETHER = (
    "import os, select\n"
    "def f():\n"
    "    mine, gate = int(os.environ['RANK']), os.environ['DH_TEST_GATE']\n"
    "    print('first', os.environ['MASTER_ADDR'].partition('.')[0][-2:], 'of', os.environ['PET_NNODES'], flush=True)\n"
    "    open(os.path.join(gate, str(mine)), 'w').close()\n"
    "    while len(os.listdir(gate)) < int(os.environ['WORLD_SIZE']):\n"
    "        select.select([], [], [], 0.05)\n"
)
FAILING = TOGETHER + "    if mine == 1:\n        raise ValueError('one of us')\n    select.select([], [], [], 600)\n"
LATE = TOGETHER + "    if mine == 1:\n        os._exit(7)\n"


@pytest.fixture
def attempts(home: Path, on_a_claim: KubernetesSettings) -> Iterator[Attempts]:
    made = Attempts(lambda: KubernetesExecutor(home, settings=on_a_claim), home)
    yield made
    made.close()


def together(attempts: Attempts, code: str, nodes: int) -> tuple[str, Path]:
    """Started: `gate` is a folder in which they meet."""
    handle, folder = attempts.write(code)
    run = json.loads((folder / "run.json").read_text())
    (folder / "run.json").write_text(json.dumps({**run, "nodes": nodes}))
    gate = folder / "gate"
    gate.mkdir()
    submission = attempts.submission(handle, folder, {}, env={"DH_TEST_GATE": str(gate)}, nodes=nodes)
    if attempts.executor._cluster().client.version < OLDEST:
        with pytest.raises(Invalid, match=r"Several machines need Kubernetes 1\.24"):
            attempts.executor.submit(submission)
        pytest.skip("Kubernetes 1.20 drops these fields of a Job")
    attempts.executor.submit(submission)
    return handle, folder


def test_they_run_together_and_a_later_broker_reads_on(attempts: Attempts, client: Client) -> None:
    handle, folder = together(attempts, TOGETHER + "    print('bye', flush=True)\n    return {'rank': mine}\n", 3)
    attempts.printed(handle, folder, b"first")
    attempts.executor.close()
    attempts.executor = attempts.started()
    assert attempts.ended(handle, folder)["code"] == 0
    lines = attempts.log(handle, folder).decode().splitlines()
    assert sorted(lines) == [f"[{rank}] {text}" for rank in range(3) for text in ("bye", "first -0 of 3")]
    result = RunFolder(folder).read_result()
    assert result is not None
    assert result["results"]["rank"] == 0
    [service] = client.call("GET", client.path("services"))["items"]
    [job] = client.call("GET", client.path("jobs", group="batch/v1"))["items"]
    assert service["metadata"]["ownerReferences"][0]["uid"] == job["metadata"]["uid"]
    assert service["spec"]["publishNotReadyAddresses"] is True


def test_one_that_fails_ends_all_and_says_why(attempts: Attempts) -> None:
    handle, folder = together(attempts, FAILING, 3)
    exit = attempts.ended(handle, folder)
    assert (exit["reason"], exit["code"]) == ("exited", 42)
    result = RunFolder(folder).read_result()
    assert result is not None
    assert result["error"]["message"] == "one of us"


def test_what_the_first_made_does_not_count_if_another_fails(attempts: Attempts) -> None:
    handle, folder = together(attempts, LATE, 2)
    exit = attempts.ended(handle, folder)
    assert (exit["reason"], exit["code"]) == ("exited", 7)
    result = RunFolder(folder).read_result()
    assert result is None or result["state"] == "STOPPED"
