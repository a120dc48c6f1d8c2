"""Samplers: parameters lie where they should, a study that begins anew goes on, the grid is exact; pruning and objectives."""

from __future__ import annotations

import math
import random
from pathlib import Path
from typing import Any

import pytest

from dh_jupyter.sweeps import sampling
from dh_jupyter.sweeps.objective import constraint_of, read, unnamed
from dh_jupyter.sweeps.pruning import Reported, is_hopeless, thinned
from dh_jupyter.sweeps.space import holds
from dh_jupyter.sweeps.study import Study
from dh_kernel.errors import Invalid, NotInstalled

SPACE: dict[str, Any] = {
    "lr": {"type": "float", "low": 1e-5, "high": 1e-1, "log": True},
    "leaves": {"type": "int", "low": 8, "high": 64, "step": 8},
    "drop": {"type": "float", "low": 0.0, "high": 0.5, "step": 0.1},
    "opt": {"type": "choice", "choices": ["adam", None, [1, 2], {"a": 1}]},
}
SPEC: dict[str, Any] = {
    "space": SPACE,
    "objectives": [{"name": "auc", "direction": "maximize"}],
    "workers": 2,
    "trials": 100,
    "sampler": "random",
    "seed": 7,
}


def finish(study: Study, number: int, value: float, **more: Any) -> None:
    study.write([{"op": "end", "n": number, "state": "finished", "values": {"auc": value}, **more}])


@pytest.mark.parametrize("sampler", ["random", "tpe", "qmc", "cmaes", "nsgaii"])
def test_parameters_lie_in_the_space_also_after_a_new_beginning(tmp_path: Path, sampler: str) -> None:
    spec = {**SPEC, "sampler": sampler}
    study = Study(tmp_path, spec)
    for number in range(12):
        (trial,) = study.ask(1)
        assert all(holds(one, trial.parameters[name]) for name, one in SPACE.items()), trial.parameters
        if number == 3:
            study.write([{"op": "end", "n": 3, "state": "failed", "message": "x"}])
        elif number == 4:
            study.write([{"op": "end", "n": 4, "state": "pruned", "points": [[1, 0.5]]}])
        elif number != 5:
            finish(study, number, number / 10)
    before = [trial.parameters for trial in study.ledger.trials]
    study.close()
    again = Study(tmp_path, spec)
    assert [trial.parameters for trial in again.ledger.trials] == before
    assert again.ledger.open == {5}
    (trial,) = again.ask(1)
    assert (trial.number, set(trial.parameters)) == (12, set(SPACE))
    finish(again, 5, 0.1)
    finish(again, 12, 0.2)
    assert again.ledger.counts == {"finished": 11, "pruned": 1, "failed": 1}
    again.close()


def test_a_seed_gives_the_same_again(tmp_path: Path) -> None:
    found = []
    for folder in ("one", "other"):
        study = Study(tmp_path / folder, SPEC)
        found.append([trial.parameters for trial in study.ask(5)])
        study.close()
    assert found[0] == found[1]


@pytest.mark.parametrize("sampler", ["random", "tpe", "qmc"])
def test_one_that_goes_on_from_another_does_not_begin_with_the_same_values(tmp_path: Path, sampler: str) -> None:
    first = Study(tmp_path / "one", {**SPEC, "sampler": sampler})
    tried = [trial.parameters["lr"] for trial in first.ask(3)]
    for number in range(3):
        finish(first, number, number / 10)
    second = Study(tmp_path / "other", {**SPEC, "sampler": sampler}, first.ledger.trials)
    assert not set(tried) & {trial.parameters["lr"] for trial in second.ask(3)}
    first.close()
    second.close()
    again = Study(tmp_path / "one", {**SPEC, "sampler": sampler})  # nor does the same one by another broker
    assert not set(tried) & {trial.parameters["lr"] for trial in again.ask(3)}
    again.close()


def test_a_grid_that_goes_on_from_another_tries_what_is_left(tmp_path: Path) -> None:
    varied = {"a": {"type": "int", "low": 1, "high": 2}, "b": {"type": "choice", "choices": ["x", [1], None]}}
    spec = {**SPEC, "space": varied, "sampler": "grid"}
    first = Study(tmp_path / "one", spec)
    first.ask(4)
    for number in range(3):  # the last one has not finished
        finish(first, number, number / 10)
    second = Study(tmp_path / "other", spec, first.ledger.trials[:3])
    assert second.combinations == 3
    tried = [trial.parameters for trial in (*first.ledger.trials[:3], *second.ask(3))]
    assert len({str(one) for one in tried}) == 6
    first.close()
    second.close()


def test_picked_trials_come_first_and_are_filled_up(tmp_path: Path) -> None:
    study = Study(tmp_path, {**SPEC, "fixed": [{"opt": [1, 2], "leaves": 16}]})
    study.write([{"op": "enqueue", "p": {"opt": None}}])
    first, second, third = study.ask(3)
    assert (first.parameters["opt"], first.parameters["leaves"]) == ([1, 2], 16)
    assert set(first.parameters) == set(SPACE)
    assert second.parameters["opt"] is None
    assert not study.ledger.picked
    assert third.number == 2
    study.close()


def test_constraints_and_fronts(tmp_path: Path) -> None:
    objectives = [{"name": "auc", "direction": "maximize"}, {"name": "size", "direction": "minimize"}]
    spec = {**SPEC, "objectives": objectives, "constraints": ["seconds <= 1"], "sampler": "tpe"}
    study = Study(tmp_path, spec)
    for number in range(15):
        study.ask(1)
        values = {"auc": number, "size": number}
        study.write([{"op": "end", "n": number, "state": "finished", "values": values, "violations": [number - 5]}])
    assert study.ledger.best == [*range(6)]
    study.close()


def test_trials_of_another_sweep_are_known(tmp_path: Path) -> None:
    first = Study(tmp_path / "one", {**SPEC, "sampler": "tpe"})
    for number in range(20):
        first.ask(1)
        finish(first, number, float(number))
    second = Study(tmp_path / "two", {**SPEC, "sampler": "tpe"}, first.ledger.trials)
    (trial,) = second.ask(1)
    assert trial.number == 0
    finish(second, 0, 1.0)
    assert [each.number for each in second.ask(2)] == [1, 2]
    first.close()
    second.close()


def test_a_grid_goes_on_where_it_was(tmp_path: Path) -> None:
    space = {"a": {"type": "int", "low": 1, "high": 2}, "b": {"type": "choice", "choices": ["x", "y"]}}
    spec = {**SPEC, "space": space, "sampler": "grid", "fixed": [{"a": 2, "b": "x"}]}
    study = Study(tmp_path, spec)
    study.ask(2)
    study.close()
    again = Study(tmp_path, spec)
    again.ask(2)
    found = [tuple(trial.parameters.values()) for trial in again.ledger.trials]
    assert found[0] == (2, "x")
    assert sorted(found) == [(1, "x"), (1, "y"), (2, "x"), (2, "y")]
    again.close()


def test_importance_says_which_parameter_decides(tmp_path: Path) -> None:
    study = Study(tmp_path, SPEC)
    with pytest.raises(Invalid, match="too few"):
        study.importance()
    for number in range(60):
        (trial,) = study.ask(1)
        finish(study, number, float(trial.parameters["leaves"]))
    found = study.importance()
    assert max(found, key=found.__getitem__) == "leaves"
    assert sum(found.values()) == pytest.approx(1.0, abs=0.05)
    study.close()


OTHERS = [[(step, step * 0.1) for step in range(1, 11)]] * 5


@pytest.mark.parametrize(
    ("own", "others", "pruner", "expected"),
    [
        ([(5, 0.4)], OTHERS, {"kind": "median"}, True),
        ([(5, 0.6)], OTHERS, {"kind": "median"}, False),
        ([(5, 0.4)], OTHERS[:4], {"kind": "median"}, False),
        ([(5, 0.4)], OTHERS[:1], {"kind": "median", "startup_trials": 1}, True),
        ([(1, 0.0)], OTHERS, {"kind": "median", "warmup_steps": 1}, False),
        ([(20, 0.0)], OTHERS, {"kind": "median"}, False),  # nobody has come so far
        ([(1, math.nan)], OTHERS, {"kind": "median"}, False),
        ([(step, 0.01 * step) for step in (1, 2, 3)], OTHERS, {"kind": "hyperband"}, True),
        ([(step, float(step)) for step in (1, 2, 3)], OTHERS, {"kind": "hyperband"}, False),
        ([(1, 0.0), (2, 0.0)], OTHERS, {"kind": "hyperband"}, False),  # not yet at a rung
        ([(1, 0.5), (2, 0.4), (3, 0.5)], (), {"kind": "patient", "patience": 2}, True),
        ([(1, 0.5), (2, 0.4), (3, 0.6)], (), {"kind": "patient", "patience": 2}, False),
        ([(1, -9.0)], OTHERS, {"kind": "none"}, False),
    ],
)
def test_whether_a_trial_is_worth_it(own: Any, others: Any, pruner: Any, expected: bool) -> None:
    assert is_hopeless(own, reported(others, more=True), pruner) is expected
    turned = [[(step, -value) for step, value in points] for points in others]
    less = reported(turned, more=False)
    assert is_hopeless([(step, -value) for step, value in own], less, pruner) is expected


def reported(others: Any, *, more: bool) -> Reported:
    found = Reported(more=more)
    for number, points in enumerate(others):
        found.add(number, points)
    return found


def test_ranks_that_are_kept_are_those_that_would_be_made_anew() -> None:
    draw = random.Random(7)
    series = [[(step, draw.random()) for step in range(draw.randint(0, 12))] for _ in range(60)]
    kept = Reported(more=False)
    for number, points in enumerate(series):
        kept.add(number, points)
        for place in range(12):
            fresh = reported(series[: number + 1], more=False)
            assert kept.by_step(place) == fresh.by_step(place)
            assert kept.by_report(place + 1) == fresh.by_report(place + 1)
    assert all(isinstance(value, float) for value in kept.by_step(3))


def test_trials_that_run_have_come_to_a_rung_too() -> None:
    own = [(1, 0.1), (2, 0.1), (3, 0.1)]
    better = [(1, 0.2), (2, 0.2), (3, 0.2)]
    assert not is_hopeless(own, Reported(more=True), {"kind": "hyperband"})
    assert is_hopeless(own, Reported(more=True), {"kind": "hyperband"}, [better, better])
    assert not is_hopeless(own, Reported(more=True), {"kind": "hyperband"}, [better[:2], better[:2]])


def test_long_series_are_thinned_and_keep_their_end() -> None:
    points = [(step, float(step)) for step in range(10_001)]
    found = thinned(points)
    assert len(found) <= 202
    assert (found[0], found[-1]) == (points[0], points[-1])
    assert thinned(points[:50]) == points[:50]


OBJECTIVES = [{"name": "auc", "direction": "maximize"}]


@pytest.mark.parametrize(
    ("results", "metrics", "values", "message"),
    [
        ({"auc": 0.9}, {}, {"auc": 0.9}, ""),
        ({"auc": 1}, {"auc": 0.2}, {"auc": 1.0}, ""),
        ({}, {"auc": 0.2}, {"auc": 0.2}, ""),
        ({}, {"auc": [0.1, 0.2]}, {"auc": 0.2}, ""),
        ({"auc": "NaN"}, {}, None, "'auc' is not a number."),
        ({"auc": math.inf}, {}, None, "'auc' is infinite."),
        ({"auc": True}, {}, None, "'auc' is True, no number."),
        ({"auc": "0.3", "loss": 1.0}, {}, None, "'auc' is the text '0.3', no number."),
        ({"auc": "0" * 99}, {}, None, "'auc' is a text, no number."),
        ({"auc": None}, {}, None, "'auc' is None, no number."),
        ({"auc": ["a"]}, {}, None, "'auc' is a list, no number."),
        ({"auc": {"mean": 1}}, {}, None, "'auc' is an object, no number."),
        ({"model": "store://p/model/m:1"}, {}, None, "It returned no number 'auc': it returned only model."),
        ({"acu": 1.0}, {}, None, "It returned no number 'auc'; its numbers are acu. Did you mean 'acu'?"),
        ({}, {}, None, "It returned no number 'auc': it returned nothing."),
    ],
)
def test_what_a_trial_reached(results: Any, metrics: Any, values: Any, message: str) -> None:
    reached = read({"objectives": OBJECTIVES}, results, metrics)
    assert (reached.values, reached.message) == (values, message)


def test_constraints() -> None:
    assert constraint_of("seconds<=60").violation(70) == 10
    assert constraint_of(" auc >= 0.5 ").violation(0.75) == -0.25
    for wrong in ("", "seconds", "seconds == 1", "a <= b", "<= 1"):
        with pytest.raises(Invalid, match="is no constraint"):
            constraint_of(wrong)
    found = read({"objectives": OBJECTIVES, "constraints": ["seconds <= 1"]}, {"auc": 1.0, "seconds": 3.0}, {})
    assert found.violations == (2.0,)


@pytest.mark.parametrize(
    ("value", "objectives", "expected"),
    [
        ({"json": 0.5}, ["auc"], {"auc": 0.5}),
        ({"number": "NaN"}, ["auc"], {"auc": math.nan}),
        ({"json": True}, ["auc"], {}),
        ({"json": "0.5"}, ["auc"], {}),
        ({"output": "model"}, ["auc"], {}),
        ({"pairs": [[{"json": "acc"}, {"json": 0.5}]]}, ["auc"], {}),
        ({}, ["auc"], {}),
        ({"json": 0.5}, ["auc", "seconds"], {}),
        ({"tuple_of": [{"json": 0.5}, {"json": 2}]}, ["auc", "seconds"], {"auc": 0.5, "seconds": 2.0}),
        ({"tuple_of": [{"output": "model"}, {"json": 2}]}, ["auc", "seconds"], {}),
        ({"tuple_of": [{"json": 0.5}, {"json": 2}]}, ["auc"], {}),
    ],
)
def test_a_bare_number_is_the_objective(value: Any, objectives: list[str], expected: Any) -> None:
    spec = {"objectives": [{"name": name, "direction": "maximize"} for name in objectives]}
    assert unnamed(spec, value) == pytest.approx(expected, nan_ok=True)


@pytest.mark.parametrize(
    ("sampler", "missing", "cure"),
    [
        ("gp", "torch", "pip install torch"),
        ("gp", "scipy", "pip install scipy"),
        ("cmaes", "cmaes", "pip install cmaes"),
        ("qmc", "scipy", "pip install scipy"),
        ("tpe", "optuna", "pip install 'dh-jupyter[sweeps]'"),
    ],
)
def test_a_sampler_says_what_it_needs(monkeypatch: pytest.MonkeyPatch, sampler: str, missing: str, cure: str) -> None:
    monkeypatch.setattr(sampling.importlib.util, "find_spec", lambda name: None if name == missing else name)
    with pytest.raises(NotInstalled, match=f"needs the package '{missing}'") as raised:
        sampling.check_sampler({"sampler": sampler, "objectives": SPEC["objectives"]})
    assert raised.value.hint == cure
