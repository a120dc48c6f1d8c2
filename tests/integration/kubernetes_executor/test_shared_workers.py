"""Sweeps whose trials share pods: each is a run as any other, whatever happens to its pod."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dh_jupyter.executors.kubernetes.client import Client
from dh_jupyter.executors.kubernetes.executor import KubernetesExecutor
from dh_jupyter.executors.kubernetes.names import SELECTOR
from dh_jupyter.executors.kubernetes.settings import KubernetesSettings
from dh_kernel.errors import Invalid
from tests.integration.runs.conftest import HOLD, PROJECT, Gate
from tests.integration.sweeps.conftest import SweepPlane, faults
from tests.integration.tracking.conftest import empty_mlflow  # noqa: F401

pytestmark = pytest.mark.one_plane
QUICK = (
    HOLD
    + """
import os
SEEN = []
def quick(x: int, port: int = 0):
    SEEN.append(x)
    print("mine", x, len(SEEN), flush=True)
    if port and x == 9:
        hold(port)
    return {"auc": x, "process": os.getpid()}
"""
)


@pytest.fixture
def gate() -> Iterator[Gate]:
    made = Gate()
    yield made
    made.open()


@pytest.fixture
def plane(on_a_claim: KubernetesSettings, home: Path) -> Iterator[SweepPlane]:
    made = SweepPlane(home)
    made.executors["kubernetes"] = executor = KubernetesExecutor(home, settings=on_a_claim)
    executor.start(made._changed)
    made.catalogue.create("project", {"kind": "project", "name": PROJECT, "id": PROJECT}, project=PROJECT, user="ada")
    made.start()
    made.function("quick", QUICK)
    yield made
    made.close()
    executor.close()


def sweep(plane: SweepPlane, **asked: Any) -> Any:
    given = {"space": SPACE, "objectives": BEST, "sampler": "grid", **asked}
    spec = {
        "function": "function/quick",
        "executor": "kubernetes",
        "parameters": given.pop("parameters", {}),
        "sweep": given,
    }
    return plane.runs.create(PROJECT, {"kind": "python+sweep:run", "spec": spec}, "ada")


SPACE = {"x": {"type": "int", "low": 0, "high": 23}}
BEST = [{"name": "auc", "direction": "maximize"}]


def jobs(client: Client) -> list[Any]:
    path = client.path("jobs", group="batch/v1")
    return list(client.call("GET", path, query={"labelSelector": SELECTOR})["items"])


def test_short_trials_share_pods(plane: SweepPlane, client: Client) -> None:
    over = plane.wait(sweep(plane, trials=24, workers=2))  # nobody has asked for it: by their length
    assert over["status"]["state"] == "COMPLETED", over["status"]
    assert faults(plane, over, 24) == []
    assert len(jobs(client)) < 16
    for (run,) in plane.runs_of(over).values():
        x = run["spec"]["parameters"]["x"]
        assert plane.runs.observe.log_text(PROJECT, run["id"]) == f"mine {x} 1\n"
        assert plane.catalogue.metrics(PROJECT, "run", run["id"])["auc"] == x


def test_what_a_pod_had_when_it_died_is_done_by_others(plane: SweepPlane, client: Client, gate: Gate) -> None:
    begun = sweep(plane, trials=16, workers=1, reuse=True, parameters={"port": gate.port})
    plane.wait(begun, lambda _: _is_in(plane, begun, 9))
    for pod in client.call("GET", client.path("pods"), query={"labelSelector": SELECTOR})["items"]:
        if pod["status"].get("phase") == "Running":
            client.call("DELETE", client.path("pods", pod["metadata"]["name"]), {"gracePeriodSeconds": 5})
    plane.wait(begun, lambda _: any(run["status"]["state"] == "ERROR" for run in plane.runs_of(begun)[9]))
    gate.open()
    over = plane.wait(begun)
    assert over["status"]["sweep"]["counts"]["finished"] == 16, over["status"]
    assert sorted(plane.runs_of(over)) == list(range(16))
    twice = {number: [run["status"] for run in runs] for number, runs in plane.runs_of(over).items() if len(runs) > 1}
    assert set(twice) == {9}, twice
    assert _given_back(plane, over) >= {10}


def test_the_end_of_one_trial_costs_the_others_of_its_pod_nothing(plane: SweepPlane, gate: Gate) -> None:
    begun = sweep(plane, trials=16, workers=1, reuse=True, parameters={"port": gate.port})
    plane.wait(begun, lambda _: _is_in(plane, begun, 9))
    [run] = plane.runs_of(begun)[9]
    plane.runs.stop(PROJECT, run["id"], "ada")
    over = plane.wait(begun)
    counts = over["status"]["sweep"]["counts"]
    assert counts["finished"] == 15, over["status"]
    assert {len(runs) for runs in plane.runs_of(over).values()} == {1}
    assert _given_back(plane, over) >= {10}


def _given_back(plane: SweepPlane, sweep: Any) -> set[int]:
    """Trials whose run was begun a second time."""
    return {
        number for number, (run, *_) in plane.runs_of(sweep).items() if number != 9 and run["status"]["attempt"] == 2
    }


def _is_in(plane: SweepPlane, sweep: Any, number: int) -> bool:
    """Whether the trial is in its function."""
    runs = plane.runs_of(sweep).get(number, [])
    return any("mine" in plane.runs.observe.log_text(PROJECT, run["id"]) for run in runs)


def test_trials_that_are_to_be_pruned_have_a_pod_each_where_pods_hear_nothing(
    plane: SweepPlane, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(KubernetesExecutor, "answers", False)
    with pytest.raises(Invalid, match="can't be told to leave a trial early"):
        sweep(plane, trials=3, reuse=True, pruner={"kind": "median"})
