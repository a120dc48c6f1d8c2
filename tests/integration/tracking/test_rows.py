"""Plain runs that are written as rows are what MLflow's own calls would have made of them."""

from __future__ import annotations

import math
import shutil
from pathlib import Path
from typing import Any

import pytest
from mlflow import MlflowClient

from dh_jupyter.tracking.writer import Writer


def plan(name: str, **fields: Any) -> Any:
    """Of a run that is over."""
    run = {
        "mark": f"store://demo/run/python+run/{name}",
        "parent": "",
        "name": name,
        "status": "FAILED",
        "start": 1_700_000_000_000,
        "end": 1_700_000_001_000,
        "params": {"größe": "2", "lr": "0.1"},
        "tags": {"dh.state": "ERROR", "mlflow.user": "ada"},
        "metrics": [
            ("loss", 0.5, 1000, 0),
            ("loss", 0.25, 2000, 1),
            ("loss", 0.25, 2000, 1),
            ("odd", math.inf, 1000, 0),
            ("odd", math.nan, 1000, 1),
            ("odd", -math.inf, 900, 1),
            ("odd", math.nan, 1000, 1),
        ],
        "artifacts": [],
        "models": [],
        "datasets": [],
        **fields,
    }
    return {"experiment": "demo", "run": run, "nested": [], "parent": None}


class Desk:
    """MLflow's database and files in a folder; no catalogue."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.client = MlflowClient(f"sqlite:///{home / 'mlflow.sqlite'}")

    def mlflow_runs(self) -> dict[str, Any]:
        """By name."""
        experiment = self.client.get_experiment_by_name("demo")
        return {run.info.run_name: run for run in self.client.search_runs([experiment.experiment_id])}


@pytest.fixture
def desk(tmp_path: Path, empty_mlflow: Path) -> Desk:
    shutil.copy(empty_mlflow, tmp_path)
    return Desk(tmp_path)


@pytest.fixture
def writer(desk: Desk) -> Writer:
    return Writer(f"sqlite:///{desk.home / 'mlflow.sqlite'}", str(desk.home / "mlartifacts"))


def seen(desk: Desk, name: str) -> Any:
    """All that MLflow shows of a run, without what is of this one alone."""
    run = desk.mlflow_runs()[name]
    own = run.info.run_id
    shown = repr(run.to_dictionary()).replace(own, "ID").replace(name, "NAME")
    points = [
        (key, repr(one.value), one.timestamp, one.step)
        for key in run.data.metrics
        for one in desk.client.get_metric_history(own, key)
    ]
    return shown, sorted(points)


def test_rows_are_what_calls_make(desk: Desk, writer: Writer, tmp_path: Path) -> None:
    writer.run(plan("called"))
    answers = writer.runs([plan("rowed"), plan("bare", params={}, metrics=[])])["answers"]
    assert seen(desk, "rowed") == seen(desk, "called")
    runs = desk.mlflow_runs()
    assert [one["run_id"] for one in answers] == [runs["rowed"].info.run_id, runs["bare"].info.run_id]
    (tmp_path / "note.txt").write_text("x")
    desk.client.log_artifact(runs["bare"].info.run_id, str(tmp_path / "note.txt"))
    assert list((desk.home / "mlartifacts").rglob("note.txt"))


def test_a_run_that_is_there_is_not_made_again(desk: Desk, writer: Writer) -> None:
    """By whole, and by half, as a writer that was killed leaves it."""
    twice = plan("twice")
    first = writer.runs([twice])["answers"]
    half = plan("half")
    experiment = desk.client.get_experiment_by_name("demo").experiment_id
    made = desk.client.create_run(experiment, run_name="half", tags={"dh.run": half["run"]["mark"]}).info.run_id
    answers = writer.runs([twice, half, plan("new")])["answers"]
    assert (answers[0], answers[1]) == (first[0], {"run_id": made})
    runs = desk.client.search_runs([experiment])
    assert sorted(run.info.run_name for run in runs) == ["half", "new", "twice"]
    assert {run.info.status for run in runs} == {"FAILED"}


def test_steps_have_their_parent(desk: Desk, writer: Writer) -> None:
    parent = {**plan("sweep")["run"], "status": "RUNNING", "metrics": []}
    writer.runs([{**plan(name), "parent": parent} for name in ("one", "two")])
    runs = desk.mlflow_runs()
    assert {runs[name].data.tags["mlflow.parentRunId"] for name in ("one", "two")} == {runs["sweep"].info.run_id}


def test_one_that_mlflow_refuses_is_refused_alone(desk: Desk, writer: Writer) -> None:
    good, bad = plan("good"), plan("bad", metrics=[("loss", "no number", 1000, 0)])
    answers = writer.runs([bad, good])["answers"]
    assert answers[0]["refused"]
    assert "run_id" in answers[1]
    assert desk.mlflow_runs()["good"].info.status == "FAILED"


def test_a_database_that_is_another_one_is_written_by_calls(desk: Desk, writer: Writer, monkeypatch: Any) -> None:
    monkeypatch.setattr(
        writer._rows, "_store", type("Older", (), {"ManagedSessionMaker": staticmethod(lambda: None)})()
    )
    assert "run_id" in writer.runs([plan("old")])["answers"][0]
    assert "old" in desk.mlflow_runs()


def test_an_experiment_that_was_deleted_gets_no_rows(desk: Desk, writer: Writer) -> None:
    writer.runs([plan("before")])
    desk.client.delete_experiment(desk.client.get_experiment_by_name("demo").experiment_id)
    assert "error" in writer.runs([plan("after")])["answers"][0]
