"""Notebooks as strangers write them, headless: one line makes each a run."""

from __future__ import annotations

import functools
import json
import re
from pathlib import Path
from typing import Any

import nbformat
import psutil
import pytest
from mlflow import MlflowClient
from nbclient import NotebookClient

from dh_jupyter.catalogue import Catalogue
from dh_jupyter.runs.attempts import mlflow_folder
from dh_jupyter.tracking.tracker import Tracker
from tests.acceptance.test_magics import text_of

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


def execute(name: str, folder: Path) -> dict[str, str]:
    """The text of each cell's outputs, by the cell's id."""
    notebook = nbformat.read(EXAMPLES / name, as_version=4)
    NotebookClient(notebook, timeout=600, resources={"metadata": {"path": str(folder)}}).execute()
    return {cell.id: text_of(cell.outputs) for cell in notebook.cells if cell.cell_type == "code"}


def tracked(home: Path) -> dict[str, Any]:
    """MLflow's runs by name, once all are written: the broker ends, and what it left is done."""
    broker = psutil.Process(json.loads((home / "broker.json").read_text())["pid"])
    broker.terminate()
    broker.wait(60)
    catalogue = Catalogue(f"sqlite:///{home / 'catalogue.sqlite'}")
    tracker = Tracker(catalogue, home, None, functools.partial(mlflow_folder, home))
    tracker.start()
    assert tracker.settle(120)
    tracker.close()
    catalogue.close()
    client = MlflowClient(f"sqlite:///{home / 'mlflow.sqlite'}")
    experiment = client.get_experiment_by_name("default")
    assert experiment is not None
    return {run.info.run_name: run for run in client.search_runs([experiment.experiment_id])}


def test_scikit_learn_with_autolog(home: Path, tmp_path: Path) -> None:
    said = execute("tumours.ipynb", tmp_path)
    assert "3 helpers (Clip, score, folds)" in said["train"]
    assert float(said["result"]) > 0.98
    assert len(json.loads(said["metrics"])) == 5
    assert set(eval(said["more"])) == {"train-2", "train-3"}
    assert "@champion" in said["publish"]
    assert said["use"] == "array([0, 0, 0])"

    runs = tracked(home)
    whole = {name: run for name, run in runs.items() if "mlflow.parentRunId" not in run.data.tags}
    assert sorted(whole) == ["train-1", "train-2", "train-3"], "each once"
    assert len(runs) == 3 + 3 * 5, "and nested in them one for each fold, by autolog"
    params, metrics = runs["train-1"].data.params, runs["train-1"].data.metrics
    assert (params["C"], params["logisticregression__C"], params["clip__share"]) == ("0.5", "0.5", "0.01")
    assert metrics["auc"] == pytest.approx(float(said["result"]))
    assert {"fold_auc", "training_score"} <= set(metrics)


def test_polars(home: Path, tmp_path: Path) -> None:
    said = execute("journeys.ipynb", tmp_path)
    assert "1 helper (with_season) · 2 constants (is_late = " in said["delays"]
    assert said["run"].startswith("flights was saved as dataset/flights@1")
    assert said["result"] == "('summer', 0.237)"
    assert "Frontier Airlines Inc." in said["again"]
    assert said["load"] == "['name', 'flights', 'late', 'wind']"


def test_pytorch(home: Path, tmp_path: Path) -> None:
    pytest.importorskip("torch", reason="torch is not installed")
    said = execute("digits.ipynb", tmp_path)
    assert "function/train@1" in said["train"]
    accuracy, epochs = eval(said["result"])
    assert accuracy > 0.9
    assert epochs == 10
    assert eval(said["load"])[0] in range(10)


def test_a_sweep_beats_the_defaults(home: Path, tmp_path: Path) -> None:
    said = execute("sweep.ipynb", tmp_path)
    best, _, counts = said["best"].partition("{")
    assert "trial" in best
    assert "auc" in best
    found = eval("{" + counts.rstrip(")"))
    assert found["finished"] + found["pruned"] == 16
    assert set(eval(said["importance"])) == {"lr", "leaves", "smallest", "share"}
    numbers = [float(word) for word in re.findall(r"[+-]?\d\.\d{4}", said["worth"])]
    assert numbers[2] > 0, said["worth"]
    assert "@champion" in said["publish"]


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.ipynb")), ids=lambda path: path.stem)
def test_they_are_saved_clean(path: Path) -> None:
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert not [cell.id for cell in cells if cell.outputs or cell.execution_count is not None]
