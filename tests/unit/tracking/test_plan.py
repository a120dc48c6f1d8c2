"""A run in MLflow's words."""

from __future__ import annotations

import math
from typing import Any

from dh_jupyter.tracking.plan import plan_run

RUN: Any = {
    "kind": "python+job:run", "project": "demo", "name": "r1", "id": "r1", "key": "store://demo/run/python+job:run/r1",
    "user": "ada", "metadata": {"reference": "run/train-42"},
    "spec": {"function": "python://demo/train:f1", "inputs": {"data": "store://x"}, "parameters": {"lr": 0.1, "text": "y" * 9000}},
    "status": {"state": "ERROR", "message": "KeyError: 'x'"},
}  # fmt: skip


def test_plan_run() -> None:
    model: Any = {"name": "m", "key": "store://demo/model/mlflow/m:1", "spec": {"path": "/store/m/"}}
    plan = plan_run(RUN, 1.5, 3.0, {"auc": [(None, 2.0, 0.5), (None, 2.5, math.nan)], "loss": [(7, 2.0, 1.0)]}, [model])
    assert (plan["name"], plan["experiment"], plan["status"], plan["start"], plan["end"]) == (
        "train-42",
        "demo",
        "FAILED",
        1500,
        3000,
    )
    assert plan["params"]["lr"] == "0.1"
    assert len(plan["params"]["text"]) == 6000
    assert plan["metrics"][0] == ("auc", 0.5, 2000, 0)
    assert plan["metrics"][1][3] == 1
    assert plan["metrics"][2] == ("loss", 1.0, 2000, 7)
    assert plan["models"] == [{"name": "m", "key": "store://demo/model/mlflow/m:1", "path": "/store/m/"}]
    assert plan["tags"]["mlflow.user"] == "ada"
    assert plan["tags"]["dh.message"] == "KeyError: 'x'"
