"""MLflow's own calls in the real worker: they write into the run's folder, and their points are the run's."""

from __future__ import annotations

import math
from typing import Any

import pytest

from dh_jupyter.runs.commit import series_of
from dh_jupyter.tracking.logged import joined, logged_points, logged_runs

CALLS = """
import mlflow
from mlflow import MlflowClient

def f():
    mlflow.set_experiment("tuning")
    with mlflow.start_run(run_name="mine", tags={"team": "ops"}) as run:
        mlflow.log_params({"depth": 3, "model/kind": "tree"})
        mlflow.set_tag("stage", "trial")
        for step in range(3):
            mlflow.log_metric("loss", 1 / (step + 1), step=step)
        mlflow.log_metrics({"auc": 0.5, "odd": float("nan")}, step=7)
        mlflow.log_text("hello", "notes/hello.txt")
        mlflow.log_table({"a": [1, 2]}, "table.json")
        for lr in (0.1, 0.2):
            with mlflow.start_run(nested=True, run_name=f"lr={lr}"):
                mlflow.log_param("lr", lr)
                mlflow.log_metric("loss", lr)
        MlflowClient().log_metric(run.info.run_id, "late", 2.0)
    return len(mlflow.search_runs(search_all_experiments=True))
"""

ELSEWHERE = """
import subprocess, sys

CODE = '''
import mlflow
with mlflow.start_run():
    mlflow.log_metric("rank", 1.0, step=4)
'''

def f():
    subprocess.run([sys.executable, "-c", CODE], check=True)
    raise ValueError("after it")
"""

AUTOLOG = """
import mlflow
import mlflow.models
from sklearn.linear_model import LinearRegression

def f(slope: float):
    mlflow.models.infer_pip_requirements = lambda *_, **__: ["scikit-learn"]  # else another process imports all
    mlflow.sklearn.autolog()
    mlflow.log_metric("extra", 3.0)
    return LinearRegression(positive=True).fit([[0.0], [1.0], [2.0]], [0.0, slope, 2 * slope])
"""


def test_calls_of_all_kinds_are_kept_in_the_folder(run: Any) -> None:
    ended = run(CALLS)
    assert ended.code == 0, ended.stderr
    assert ended.value == 3
    sent = series_of(ended.folder.read_metrics(0)[0])
    assert [point[::2] for point in sent["loss"]] == [(0, 1.0), (1, 0.5), (2, 1 / 3)], "none of the nested runs"
    assert sent["auc"][0][::2] == (7, 0.5)
    assert math.isnan(sent["odd"][0][2])
    assert joined(sent, logged_points(ended.folder.mlflow)) == sent, "each point once"

    own, first, second = logged_runs(ended.folder.mlflow)
    assert (own["name"], own["experiment"], own["status"], own["parent"]) == ("mine", "tuning", "FINISHED", "")
    assert own["params"] == {"depth": "3", "model/kind": "tree"}
    assert own["tags"].items() >= {"team": "ops", "stage": "trial"}.items()
    assert {point[0] for point in own["metrics"]} == {"loss", "auc", "odd", "late"}
    assert own["artifacts"] == str(next(ended.folder.mlflow.glob(f"*/{own['id']}/artifacts")))
    assert [(one["params"], one["parent"]) for one in (first, second)] == [
        ({"lr": "0.1"}, own["id"]),
        ({"lr": "0.2"}, own["id"]),
    ]


def test_autolog_fills_the_runs_own_run_and_repeats_nothing(run: Any) -> None:
    """MLflow writes the run's points again when it logs the model."""
    ended = run(AUTOLOG, slope=2.0)
    assert ended.code == 0, ended.stderr
    assert ended.value.predict([[3.0]])[0] == pytest.approx(6.0)
    sent = series_of(ended.folder.read_metrics(0)[0])
    assert [point[::2] for point in sent["extra"]] == [(0, 3.0)]
    assert joined(sent, logged_points(ended.folder.mlflow)) == sent
    assert sent["training_r2_score"][0][2] == pytest.approx(1.0)
    (own,) = logged_runs(ended.folder.mlflow)
    assert own["params"]["positive"] == "True"
    assert [point[0] for point in own["metrics"] if point[0] == "extra"] == ["extra"]
    (model,) = own["models"]
    assert model["run"] == own["id"]


def test_another_process_of_the_run_logs_too(run: Any) -> None:
    ended = run(ELSEWHERE)
    assert ended.code == 42, ended.stderr
    assert series_of(ended.folder.read_metrics(0)[0]) == {}
    (rank,) = logged_points(ended.folder.mlflow)["rank"]
    assert rank[::2] == (4, 1.0)


def test_whoever_says_where_is_obeyed(run: Any) -> None:
    place = run.path / "elsewhere"
    folder = run.write("import mlflow\ndef f():\n    mlflow.log_metric('a', 1)\n    return mlflow.get_tracking_uri()")
    uri = place.as_uri()
    process = run.start(folder, MLFLOW_TRACKING_URI=uri, MLFLOW_ALLOW_FILE_STORE="true")
    _, errors = process.communicate()
    assert folder.read_result()["value"] == {"json": uri}, errors
    assert not folder.mlflow.exists()
    assert list(place.glob("*/*/metrics/a"))


def test_nothing_is_done_for_who_does_not_call_it(run: Any) -> None:
    ended = run("import sys\ndef f():\n    return [name for name in sys.modules if name.startswith('mlflow')]")
    assert ended.value == []
    assert not ended.folder.mlflow.exists()
