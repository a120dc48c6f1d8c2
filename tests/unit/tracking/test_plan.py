"""A run in MLflow's words."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest

from dh_jupyter.tracking.logged import joined, logged_points, logged_runs
from dh_jupyter.tracking.plan import is_plain, parent_key, plan_of, plan_run, valid_name
from dh_jupyter.tracking.process import without_password

RUN: Any = {
    "kind": "python+job:run", "project": "demo", "name": "r1", "id": "r1", "key": "store://demo/run/python+job:run/r1",
    "user": "ada", "metadata": {"reference": "run/train-42", "labels": ["a", "b"]},
    "spec": {"function": "python://demo/train:f1", "inputs": {"data": "store://x"}, "parameters": {"lr": 0.1, "text": "y" * 9000}},
    "status": {"state": "ERROR", "message": "KeyError: 'x'"},
}  # fmt: skip


def logged(ident: str, parent: str = "", **parts: Any) -> Any:
    empty: Any = {"params": {}, "tags": {}, "metrics": [], "artifacts": "", "models": [], "datasets": []}
    meta = {"id": ident, "name": ident, "experiment": "Default", "parent": parent, "status": "", "start": 1, "end": 0}
    return {**meta, **empty, **parts}


def test_plan_run() -> None:
    model: Any = {"name": "m", "key": "store://demo/model/mlflow/m:1", "metadata": {}, "spec": {"path": "/store/m/"}}
    series = {"auc": [(None, 2.0, 0.5), (None, 2.5, math.nan)], "loss": [(7, 2.0, 1.0)], "big": [(10**30, 2.0, 1.0)]}
    plan = plan_run(RUN, 1.5, 3.0, series, [model])
    assert (plan["name"], plan["status"], plan["start"], plan["end"]) == ("train-42", "FAILED", 1500, 3000)
    assert plan["params"]["lr"] == "0.1"
    assert len(plan["params"]["text"]) == 6000
    assert plan["metrics"][0] == ("auc", 0.5, 2000, 0)
    assert plan["metrics"][1][3] == 1
    assert plan["metrics"][2] == ("loss", 1.0, 2000, 7)
    assert plan["metrics"][3][3] == 2**63 - 1
    assert plan["models"][0]["tags"] == {"dh.model": "store://demo/model/mlflow/m:1"}
    assert plan["tags"]["mlflow.user"] == "ada"
    assert plan["tags"]["dh.message"] == "KeyError: 'x'"
    assert plan["tags"]["dh.labels"] == "a, b"


def test_only_what_mlflow_surely_takes_is_plain() -> None:
    plan = plan_of(RUN, plan_run(RUN, 1.5, 3.0, {"auc": [(None, 2.0, 0.5)]}, []), [], None)
    assert is_plain(plan)
    for more in (
        {"status": "RUNNING"}, {"artifacts": ["/a"]}, {"name": "n" * 251}, {"params": {"x" * 251: "1"}},
        {"params": {"a%b": "1"}}, {"params": {"a": "y" * 6001}}, {"tags": {"a": "y" * 8001}},
    ):  # fmt: skip
        assert not is_plain({**plan, "run": {**plan["run"], **more}}), more  # type: ignore[typeddict-item]
    assert not is_plain({**plan, "nested": [plan["run"]]})


@pytest.mark.parametrize(
    ("name", "valid"),
    [
        ("auc", "auc"), ("val/loss", "val/loss"), ("größe", "größe"), ("R²", "R²"), ("a%b", "a_b"), ("/a//b/", "a/b"),
        ("../x", "_/x"), ("..", "_"), (".", "_"), ("", "_"), ("x" * 300, "x" * 250), ("a\nb", "a_b"), ("a b:c", "a b:c"),
    ],
)  # fmt: skip
def test_names_as_mlflow_takes_them(name: str, valid: str) -> None:
    assert valid_name(name) == valid


def test_the_only_run_of_user_code_is_the_run_itself() -> None:
    own = logged(
        "o", params={"lr": "0.2", "depth": "3"}, tags={"team": "ops", "mlflow.user": "root", "dh.run": "x"},
        metrics=[("auc", 0.5, 2000, 0)], artifacts="/run/artifacts", experiment="tuning",
        models=[{"id": "m-1", "name": "tree", "path": "/m", "run": "o", "params": {}, "tags": {"mlflow.user": "root"}}],
    )  # fmt: skip
    kid = logged("k", parent="o", status="FAILED")
    lost = logged("l", parent="gone")
    plan = plan_of(RUN, plan_run(RUN, 1.5, 3.0, {}, []), [own, kid, lost], None)
    whole = plan["run"]
    assert (whole["params"]["lr"], whole["params"]["logged.lr"], whole["params"]["depth"]) == ("0.1", "0.2", "3")
    assert whole["tags"]["team"] == "ops"
    assert whole["tags"]["dh.experiment"] == "tuning"
    assert whole["tags"]["mlflow.user"] == "ada"
    assert "dh.run" not in whole["tags"]
    assert whole["metrics"] == [], "the catalogue has them"
    assert whole["artifacts"] == ["/run/artifacts"]
    assert [(model["mark"], model["tags"]) for model in whole["models"]] == [(f"{RUN['key']}/m-1", {})]
    marks = [(one["mark"], one["parent"], one["status"], one["end"]) for one in plan["nested"]]
    assert marks == [
        (f"{RUN['key']}/k", RUN["key"], "FAILED", 3000),
        (f"{RUN['key']}/l", RUN["key"], "FAILED", 3000),
    ]


def test_of_several_runs_of_user_code_each_is_nested() -> None:
    plan = plan_of(RUN, plan_run(RUN, 1.5, 3.0, {}, []), [logged("a"), logged("b"), logged("c", parent="b")], None)
    key = RUN["key"]
    assert [(one["mark"], one["parent"]) for one in plan["nested"]] == [
        (f"{key}/a", key),
        (f"{key}/b", key),
        (f"{key}/c", f"{key}/b"),
    ]


def test_fits_of_autolog_are_nested_in_what_was_begun() -> None:
    fits = [logged(name, tags={"mlflow.autologging": "sklearn"}, params={"C": name}) for name in ("f1", "f2")]
    plan = plan_of(RUN, plan_run(RUN, 1.5, 3.0, {}, []), [fits[0], logged("o", params={"C": "1"}), fits[1]], None)
    assert plan["run"]["params"]["C"] == "1"
    assert [one["name"] for one in plan["nested"]] == ["f1", "f2"]
    plan = plan_of(RUN, plan_run(RUN, 1.5, 3.0, {}, []), fits[:1], None)
    assert plan["run"]["params"]["C"] == "f1"
    assert len(plan_of(RUN, plan_run(RUN, 1.5, 3.0, {}, []), fits, None)["nested"]) == 2


def test_a_password_is_not_shown() -> None:
    uri = "postgresql://ada:geheim@host/mlflow"
    assert without_password(uri) == "postgresql://ada:***@host/mlflow"
    assert (
        without_password(uri, f"API request to {uri}/x failed")
        == "API request to postgresql://ada:***@host/mlflow/x failed"
    )
    assert without_password("sqlite:////x.sqlite") == "sqlite:////x.sqlite"


def test_a_sweep_says_what_it_varies_and_leaves_models_to_its_trials() -> None:
    space = {
        "lr": {"type": "float", "low": 1e-05, "high": 0.1, "log": True}, "drop": {"type": "float", "low": 0.0, "high": 0.5, "step": 0.1},
        "leaves": {"type": "int", "low": 8, "high": 64}, "opt": {"type": "choice", "choices": ["adam", "sgd"]},
    }  # fmt: skip
    goals = [{"name": "auc", "direction": "maximize"}, {"name": "seconds", "direction": "minimize"}]
    asked = {"space": space, "objectives": goals, "sampler": "tpe"}
    status = {"state": "COMPLETED", "results": {"auc": 0.9, "best_trial": 0}}
    sweep: Any = {**RUN, "spec": {"parameters": {"seed": 7}, "sweep": asked}, "status": status}
    made = [{"type": "produced_by", "dest": "store://demo/run/python+job:run/trial"}]
    model: Any = {
        "name": "m", "key": "store://demo/model/mlflow/m:1", "spec": {"path": "/m/"}, "metadata": {"relationships": made}
    }  # fmt: skip
    plan = plan_run(sweep, 1.0, 2.0, {}, [model])
    assert plan["params"] == {
        "lr": "1e-05..0.1:log",
        "drop": "0.0..0.5:0.1",
        "leaves": "8..64",
        "opt": "{adam,sgd}",
        "seed": "7",
    }
    told = {name: plan["tags"].get(name) for name in ("dh.sampler", "dh.objectives", "dh.best_trial", "dh.trial")}
    assert told == {
        "dh.sampler": "tpe", "dh.objectives": "maximize auc, minimize seconds", "dh.best_trial": "0", "dh.trial": None
    }  # fmt: skip
    assert plan["models"] == []
    trial: Any = {**RUN, "key": made[0]["dest"], "spec": {"trial": {"sweep": "s", "number": 0}}}
    plan = plan_run(trial, 1.0, 2.0, {}, [model])
    assert (plan["tags"]["dh.trial"], len(plan["models"])) == ("0", 1)


def test_parent_key() -> None:
    edges = [{"type": "consumes", "dest": "x"}, {"type": "step_of", "dest": "store://demo/run/sweep:run/s"}]
    assert parent_key({**RUN, "metadata": {"relationships": edges}}) == "store://demo/run/sweep:run/s"
    assert parent_key(RUN) == ""


def test_joined_takes_each_point_once() -> None:
    nan = math.nan
    sent: Any = {"a": [(0, 1.0, 1.0), (1, 3.0, nan)], "only": [(None, 1.0, 2.0)]}
    found = joined(sent, {"a": [(0, 1.0, 1.0), (0, 2.0, 1.0), (1, 3.0, nan), (1, 3.0, nan)], "b": [(0, 1.0, 1.0)]})
    assert [point[:2] for point in found["a"]] == [(0, 1.0), (0, 2.0), (1, 3.0), (1, 3.0)]
    assert found["b"] == [(0, 1.0, 1.0)]
    assert found["only"] == sent["only"]
    assert joined(sent, {}) == sent


def test_broken_files_are_passed_over(tmp_path: Path) -> None:
    run = tmp_path / "0" / "r"
    (run / "metrics" / "val").mkdir(parents=True)
    (tmp_path / "0" / "meta.yaml").write_text("{{{")
    (run / "meta.yaml").write_text("run_name: [")
    assert logged_runs(tmp_path) == []
    (run / "meta.yaml").write_bytes(b"run_name: x\nstart_time: 5\nstatus: 1\n")
    (run / "metrics" / "val" / "loss").write_text("1000 0.5 1\n2000 inf 2 data d1\ngarbage\n3000 0.")
    assert logged_points(tmp_path) == {"val/loss": [(1, 1.0, 0.5), (2, 2.0, math.inf)]}
    (found,) = logged_runs(tmp_path)
    assert (found["name"], found["experiment"], found["status"], len(found["metrics"])) == ("x", "0", "", 2)
    assert logged_runs(tmp_path / "none") == []
