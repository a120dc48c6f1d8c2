"""Two brokers on one home, where things lead, and what MLflow gets."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from mlflow import MlflowClient

from dh_jupyter.lineage import lineage_of
from dh_jupyter.tracking.tracker import Tracker
from tests.integration.runs.conftest import HOLD, PROJECT, Gate

from .conftest import SweepPlane, faults

SCORE = """
def score(x: float):
    return {"auc": -(x - 2) ** 2}
"""
HELD = f"{HOLD}\n\ndef held(x: float, port: int):\n    hold(port)\n    return {{'auc': x}}\n"


def test_of_two_brokers_one_drives_and_the_other_goes_on(home: Path, plane: SweepPlane) -> None:
    gate = Gate()
    plane.function("held", HELD)
    sweep = plane.sweep("held", {"port": gate.port}, trials=5, workers=2, seed=1)
    plane.wait(sweep, lambda run: run["status"].get("sweep", {}).get("counts", {}).get("running") == 2)
    other = SweepPlane(home).start()
    try:
        other.sweeps._turn(PROJECT, sweep["id"])
        assert other.sweeps._studies == {}, "the first has it"
        assert len(plane.runs_of(sweep)) == 2
        plane.sweeps.close()
        plane.runs.close()
        gate.open()
        other.runs.look_at_all()
        over = other.wait(sweep)
        assert over["status"]["sweep"]["counts"]["finished"] == 5
        assert faults(other, sweep, 5) == []
    finally:
        other.close()


def test_a_trial_whose_run_is_deleted_before_it_began_is_given_up(plane: SweepPlane) -> None:
    gate = Gate()
    plane.function("held", HELD)
    sweep = plane.sweep("held", {"port": gate.port}, trials=3, workers=3)
    plane.wait(sweep, lambda run: counts_of(run, "running") == 2 and counts_of(run, "queued") == 1)
    (queued,) = (run for (run,) in plane.runs_of(sweep).values() if not run["status"].get("attempt"))
    plane.runs.delete(PROJECT, queued["id"], unfinished=True)
    plane.wait(sweep, lambda run: counts_of(run, "failed") == 1)
    gate.open()
    over = plane.wait(sweep)
    assert over["status"]["state"] == "COMPLETED", over["status"]
    assert (counts_of(over, "finished"), counts_of(over, "failed")) == (2, 1)
    number = queued["spec"]["trial"]["number"]
    (entry,) = (entry for entry in plane.journal(sweep) if entry["op"] == "end" and entry["n"] == number)
    assert entry["message"] == "Its run was deleted."


def test_a_trial_that_ends_while_the_next_broker_looks_for_the_first_time(home: Path, plane: SweepPlane) -> None:
    gate = Gate()
    plane.function("held", HELD)
    sweep = plane.sweep("held", {"port": gate.port}, trials=1, workers=1)
    plane.wait(sweep, lambda run: counts_of(run, "running") == 1)
    ((trial,),) = plane.runs_of(sweep).values()
    plane.sweeps.close()
    plane.runs.close()
    other = SweepPlane(home)
    real = other.sweeps._looking.look
    looks: list[Any] = []

    def look(*args: Any) -> Any:
        found = real(*args)
        if not looks:
            gate.open()
            other.wait(trial)
        looks.append(found)
        return found

    other.sweeps._looking.look = look  # type: ignore[method-assign]
    other.sweeps._turns._look_at_all = lambda: None  # which would find it half a minute later
    try:
        over = other.start().wait(sweep)
        assert (looks[0], counts_of(over, "finished")) == ([], 1)
    finally:
        other.close()


def counts_of(run: Any, word: str) -> int:
    return int(run["status"].get("sweep", {}).get("counts", {}).get(word, 0))


READS = """
from pathlib import Path

def reads(data: Path, x: float):
    return {"auc": x, "note": data.read_bytes() + str(x).encode()}
"""


def test_from_the_best_trials_output_the_way_leads_to_the_sweep_and_its_data(plane: SweepPlane) -> None:
    plane.function("make", "def make():\n    return {'data': b'abc'}\n")
    data = plane.wait(plane.run("make"))["status"]["outputs"]["data"]
    plane.function("reads", READS)
    posted = plane.runs.create(PROJECT, of("reads", {"data": data}), "ada")
    over = plane.wait(posted)
    assert over["status"]["state"] == "COMPLETED", over["status"]
    (best,) = over["status"]["sweep"]["best"]
    note = plane.catalogue.resolve(over["status"]["outputs"]["note"], project=PROJECT)
    graph = lineage_of(plane.catalogue, PROJECT, "artifact", note["id"], 3)
    trial = plane.catalogue.get(PROJECT, "run", best["run"])["key"]
    edges = {(edge["type"], edge["source"], edge["dest"]) for edge in graph["edges"]}
    assert {
        ("produced_by", note["key"], trial),
        ("step_of", trial, over["key"]),
        ("consumes", trial, data),
        ("consumes", over["key"], data),
    } <= edges
    below = lineage_of(plane.catalogue, PROJECT, "run", over["id"], 1)
    assert sum(edge["type"] == "step_of" for edge in below["edges"]) == 3


def test_datasets_are_choices(plane: SweepPlane) -> None:
    plane.function("make", "def make(size: int):\n    return {'data': b'a' * size}\n")
    data = [plane.wait(plane.run("make", parameters={"size": n}))["status"]["outputs"]["data"] for n in (1, 2)]
    plane.function("reads", READS)
    posted = of("reads")
    space = {"data": {"type": "choice", "choices": data}, "x": {"type": "choice", "choices": [1.0, 2.0]}}
    posted["spec"]["sweep"].update(space=space, sampler="grid", trials=None)
    del posted["spec"]["sweep"]["trials"]
    over = plane.wait(plane.runs.create(PROJECT, posted, "ada"))
    runs = [run for (run,) in plane.runs_of(over).values()]
    assert {(run["spec"]["inputs"]["data"], run["spec"]["parameters"]["x"]) for run in runs} == {
        (key, x) for key in data for x in (1.0, 2.0)
    }
    assert {edge["dest"] for edge in over["metadata"]["relationships"] if edge["type"] == "consumes"} == set(data)


def test_what_is_to_be_beaten_is_the_champion_that_the_same_function_made(plane: SweepPlane) -> None:
    plane.function("make", "def make():\n    return {'data': b'abc'}\n")
    data = plane.wait(plane.run("make"))["status"]["outputs"]["data"]
    plane.function("reads", READS)
    plane.function("other", "def other(x: float):\n    return {'auc': x}\n")
    over = plane.wait(plane.runs.create(PROJECT, of("reads", {"data": data}, trials=1), "ada"))
    assert plane.sweeps.champion(PROJECT, over["id"]) == {}

    def crowned(run: Any, name: str) -> Any:
        made_by = {"relationships": [{"type": "produced_by", "dest": run["key"]}]}
        document = {"kind": "model", "name": name, "metadata": made_by, "spec": {"path": "s3://none/"}}
        model, _ = plane.catalogue.create("model", document, project=PROJECT, user="ada")
        plane.catalogue.set_alias(PROJECT, "model", name, "champion", model["id"], "ada")
        return model

    crowned(plane.wait(plane.run("other", parameters={"x": 9.0})), "others")
    assert plane.sweeps.champion(PROJECT, over["id"]) == {}, "another function made it"
    run = plane.wait(plane.run("reads", parameters={"x": 3.5}, inputs={"data": data}))
    model = crowned(run, "churn")
    assert plane.sweeps.champion(PROJECT, over["id"]) == {
        "reference": "model/churn@1",
        "key": model["key"],
        "run": run["id"],
        "value": 3.5,
        "same_inputs": True,
    }
    plane.catalogue.delete(PROJECT, "run", run["id"], cascade=False)
    assert plane.sweeps.champion(PROJECT, over["id"]) == {}, "nothing says how good it was"


def of(name: str, inputs: Any = None, trials: int = 3) -> dict[str, Any]:
    """A sweep to post."""
    space = {"x": {"type": "float", "low": 0.0, "high": 4.0}}
    sweep = {
        "space": space,
        "objectives": [{"name": "auc", "direction": "maximize"}],
        "trials": trials,
        "sampler": "random",
    }
    return {
        "kind": "python+sweep:run",
        "spec": {"function": f"function/{name}", "inputs": inputs or {}, "sweep": sweep},
    }


@pytest.fixture
def mlflow(home: Path, empty_mlflow: Path) -> MlflowClient:
    shutil.copy(empty_mlflow, home)
    uri = f"sqlite:///{home / 'mlflow.sqlite'}"
    return MlflowClient(uri, uri)


FITS = """
def fits(x: float):
    from sklearn.linear_model import LinearRegression
    return {"auc": x, "model": LinearRegression().fit([[0], [1]], [0, x])}
"""


def test_in_mlflow_trials_are_nested_in_the_sweep(home: Path, mlflow: MlflowClient, plane: SweepPlane) -> None:
    catalogue = plane.catalogue
    tracker = Tracker(catalogue, home, None, lambda run: home / "runs" / PROJECT / run["id"] / "1" / "mlflow")
    for part in (plane.sweeps._ending, plane.runs._finish, plane.runs._live):
        part._tracker = tracker  # type: ignore[attr-defined]
    tracker.start()
    try:
        plane.function("fits", FITS)
        over = plane.wait(plane.runs.create(PROJECT, of("fits", trials=2), "ada"), timeout=240)
        assert over["status"]["state"] == "COMPLETED", over["status"]
        assert tracker.settle(240)
        assert tracker.health() == (True, "")
    finally:
        tracker.close()
    experiment = mlflow.get_experiment_by_name(PROJECT)
    found = {run.data.tags["dh.run"]: run for run in mlflow.search_runs([experiment.experiment_id])}
    sweep = found.pop(over["key"])
    assert sweep.info.status == "FINISHED"
    assert sweep.data.params == {"x": "0.0..4.0"}
    best = over["status"]["sweep"]["best"][0]
    assert sweep.data.tags["dh.best_trial"] == str(best["number"])
    assert sweep.data.metrics == {"auc": best["values"]["auc"]}
    assert {run.data.tags["mlflow.parentRunId"] for run in found.values()} == {sweep.info.run_id}
    assert sorted(run.data.tags["dh.trial"] for run in found.values()) == ["0", "1"]
    models = mlflow.search_logged_models([experiment.experiment_id])
    assert sorted(model.source_run_id for model in models) == sorted(run.info.run_id for run in found.values())
