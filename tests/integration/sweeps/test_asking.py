"""Functions that ask for their parameters while they run: real workers, real files, brokers that die between."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from dh_kernel.errors import Invalid
from tests.integration.runs.conftest import HOLD, PROJECT, Gate

from .conftest import SweepPlane

TRIAL: Any = {"type": "object", "properties": {"trial": {}, "port": {"type": "integer"}}, "required": ["trial"]}
BRANCHES = """
def branches(trial):
    kind = trial.suggest_categorical("kind", ["trees", "linear"])
    if kind == "trees":
        depth = trial.suggest_int("depth", 2, 12)
        trial.set_user_attr("leaves", 2 ** depth)
        return depth / 12
    lr = trial.suggest_float("lr", 1e-5, 1e-1, log=True)
    assert trial.params == {"kind": kind, "lr": lr}
    return {"auc": lr}
"""


def test_a_function_with_branches(plane: SweepPlane) -> None:
    plane.function("branches", BRANCHES, parameters=TRIAL)
    fixed = [{"kind": "linear", "lr": 0.05}, {"kind": "trees", "depth": 12}, {"kind": "trees"}]
    over = plane.wait(plane.sweep("branches", space={}, trials=4, seed=3, fixed=fixed))
    assert over["status"]["state"] == "COMPLETED", over["status"]
    ledger, _ = plane.sweeps.ledger(PROJECT, over["id"])
    first, second, *rest = ledger.trials
    assert (first.parameters, first.values) == ({"kind": "linear", "lr": 0.05}, {"auc": 0.05})
    assert (second.parameters, second.values) == ({"kind": "trees", "depth": 12}, {"auc": 1.0})
    assert second.attributes == {"leaves": 4096}
    assert [set(trial.parameters) - {"kind"} in ({"depth"}, {"lr"}) for trial in rest] == [True, True]
    results = over["status"]["results"]
    assert (results["best_trial"], results["best_parameters"]) == (1, second.parameters)
    run = plane.catalogue.get(PROJECT, "run", over["status"]["sweep"]["best"][0]["run"])
    assert run["status"]["suggested"] == second.parameters
    assert run["spec"]["parameters"] == {}
    assert not (plane.runs.observe.folder(run) / "bell").exists()
    again = plane.wait(plane.runs.retry(PROJECT, run["id"], {}, "ada"))
    assert (again["status"]["state"], again["status"]["results"]) == ("COMPLETED", run["status"]["results"])


PRUNES = """
def prunes(trial):
    x = trial.suggest_float("x", 0, 4)
    trial.report(x, 1)
    if trial.should_prune() or trial.number == 3:
        import dh_kernel as dh
        raise dh.TrialPruned()
    return {"auc": x}
"""


def test_a_trial_that_ends_itself_is_pruned(plane: SweepPlane) -> None:
    plane.function("prunes", PRUNES, parameters=TRIAL)
    picked = [{"x": 3.0}, {"x": 3.5}, {"x": 1.0}, {"x": 4.0}]
    pruner = {"kind": "median", "startup_trials": 2}
    over = plane.wait(plane.sweep("prunes", space={}, trials=4, workers=1, fixed=picked, pruner=pruner))
    ledger, _ = plane.sweeps.ledger(PROJECT, over["id"])
    found = [(trial.state, trial.message) for trial in ledger.trials]
    assert found == [
        ("finished", ""),
        ("finished", ""),
        ("pruned", "Pruned at step 1."),
        ("pruned", "Its code ended it."),
    ]
    states = [run["status"]["state"] for runs in plane.runs_of(over).values() for run in runs]
    assert sorted(states) == ["COMPLETED", "COMPLETED", "STOPPED", "STOPPED"]


ASKS_BADLY = """
def asks_badly(trial):
    trial.suggest_float("x", 5, 4)
"""


def test_what_can_not_be_asked_fails_the_trial_with_its_reason(plane: SweepPlane) -> None:
    plane.function("asks_badly", ASKS_BADLY, parameters=TRIAL)
    over = plane.wait(plane.sweep("asks_badly", space={}, trials=1))
    ledger, _ = plane.sweeps.ledger(PROJECT, over["id"])
    assert "x: 5.0..4.0 runs backwards" in ledger.trials[0].message


HELD = (
    HOLD
    + """

def held(trial, port: int):
    x = trial.suggest_float("x", 0, 4)
    hold(port)
    assert trial.suggest_float("x", 0, 4) == x
    return {"auc": x + trial.suggest_int("y", 1, 1)}
"""
)


def test_the_next_broker_answers_what_is_asked_after_it_has_come(home: Path, plane: SweepPlane) -> None:
    gate = Gate()
    plane.function("held", HELD, parameters=TRIAL)
    sweep = plane.sweep("held", {"port": gate.port}, space={}, trials=2, workers=2)

    def both_have_asked(run: Any) -> bool:
        ledger, _ = plane.sweeps.ledger(PROJECT, run["id"])
        return len([trial for trial in ledger.trials if "x" in trial.parameters]) == 2

    plane.wait(sweep, both_have_asked)
    plane.sweeps.close()
    plane.runs.close()
    other = SweepPlane(home)
    try:
        gate.open()
        other.start()
        other.runs.look_at_all()
        over = other.wait(sweep)
        assert over["status"]["sweep"]["counts"]["finished"] == 2, over["status"]
        ledger, _ = other.sweeps.ledger(PROJECT, sweep["id"])
        assert [trial.values for trial in ledger.trials] == [{"auc": t.parameters["x"] + 1} for t in ledger.trials]
    finally:
        other.close()


def test_where_nobody_can_answer_it_is_refused(plane: SweepPlane) -> None:
    plane.function("branches", BRANCHES, parameters=TRIAL)
    plane.local.answers = False
    with pytest.raises(Invalid, match="Trials on 'local' can't ask for their parameters while they run"):
        plane.sweep("branches", space={}, trials=4)
    assert plane.catalogue.list("run", project=PROJECT)["content"] == []
