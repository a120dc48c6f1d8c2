"""Options of a sweep, from words and from Python's values."""

from __future__ import annotations

from typing import Any

import pytest

from dh_kernel.errors import Invalid
from dh_kernel.sweeping.given import Space, space_of_values
from dh_kernel.sweeping.request import continued, extension, sweep_spec

SPACE = space_of_values({"lr": "1e-5..1e-1:log"})
WIRE = {"lr": {"type": "float", "low": 1e-5, "high": 1e-1, "log": True}}
AUC = {"name": "auc", "direction": "maximize"}
LEAST = {"space": WIRE, "objectives": [AUC], "workers": 2, "sampler": "tpe"}


@pytest.mark.parametrize(
    ("given", "more"),
    [
        ({"maximize": "auc"}, {}),
        ({"maximize": ["auc"]}, {}),
        (
            {"maximize": ["auc"], "minimize": ["seconds"]},
            {"objectives": [AUC, {"name": "seconds", "direction": "minimize"}]},
        ),
        ({"maximize": "auc, f1"}, {"objectives": [AUC, {"name": "f1", "direction": "maximize"}]}),
        ({"maximize": "auc", "trials": "100", "workers": "4"}, {"trials": 100, "workers": 4}),
        ({"maximize": "auc", "trials": 1_000}, {"trials": 1000}),
        ({"maximize": "auc", "trials": "10,000"}, {"trials": 10_000}),
        ({"maximize": "auc", "prune": True}, {"pruner": {"kind": "median"}}),
        ({"maximize": "auc", "prune": False}, {}),
        ({"maximize": "auc", "prune": "hyperband"}, {"pruner": {"kind": "hyperband"}}),
        ({"maximize": "auc", "pruner": "patient"}, {"pruner": {"kind": "patient"}}),
        ({"maximize": "auc", "pruner": {"kind": "median", "warmup": 3}}, {"pruner": {"kind": "median", "warmup": 3}}),
        ({"maximize": "auc", "timeout": "1h30m"}, {"timeout": 5400.0}),
        ({"maximize": "auc", "target": "0.95", "plateau": "20"}, {"target": 0.95, "plateau": 20}),
        ({"maximize": "auc", "seed": "0", "sampler": "random"}, {"seed": 0, "sampler": "random"}),
        ({"maximize": "auc", "failures": "stop"}, {"failures": "stop"}),
        ({"maximize": "auc", "warm_start": ["train-3"]}, {"warm_start": ["train-3"]}),
        ({"maximize": "auc", "warm_start": ("train-3", "train-4")}, {"warm_start": ["train-3", "train-4"]}),
        ({"maximize": "auc", "constraint": iter(["size<=10"])}, {"constraints": ["size<=10"]}),
        ({"maximize": "auc", "reuse": True}, {"reuse": True}),
        ({"maximize": "auc", "reuse": "no"}, {"reuse": False}),
        ({"maximize": "auc", "reuse": "auto"}, {"reuse": "auto"}),
        ({"maximize": "auc", "no_reuse": True}, {"reuse": False}),
        ({"maximize": "auc", "constraint": "size<=10"}, {"constraints": ["size<=10"]}),
        ({"maximize": "auc", "seed": None}, {}),
    ],
)
def test_what_is_sent(given: dict[str, Any], more: dict[str, Any]) -> None:
    assert sweep_spec(given, SPACE) == {**LEAST, **more}


def test_a_function_may_ask_for_its_parameters() -> None:
    assert sweep_spec({"maximize": "auc"}, Space(), conditional=True) == {**LEAST, "space": {}, "conditional": True}


@pytest.mark.parametrize(
    ("given", "message", "hint"),
    [
        ({}, "What is a good trial?", "--maximize NAME or --minimize NAME"),
        ({"maximize": "auc", "minimize": "auc"}, "'auc' is an objective twice.", ""),
        ({"maximize": "auc", "trials": "0"}, "trials: '0' is not a whole number above 0.", "--trials 4"),
        ({"maximize": "auc", "trials": "many"}, "trials: 'many'", ""),
        ({"maximize": "auc", "trials": True}, "trials: True", ""),
        ({"maximize": "auc", "trials": 1.5}, "trials: 1.5", ""),
        ({"maximize": "auc", "workers": "-1"}, "workers: '-1'", ""),
        ({"maximize": "auc", "workers": 0}, "workers: 0", ""),
        ({"maximize": "auc", "target": "nan"}, "target: 'nan' is not a number.", "--target 0.95"),
        ({"maximize": "auc", "sampler": "tep"}, "There is no sampler 'tep'.", "Did you mean 'tpe'?"),
        ({"maximize": 123}, "maximize: 123 is no name of a number.", 'maximize="auc", or a list of names.'),
        (
            {"minimize": [1, "auc"]},
            "minimize: [1, 'auc'] is no name of a number.",
            'minimize="auc", or a list of names.',
        ),
        ({"maximize": "auc", "pruner": "hyperbang"}, "There is no pruner 'hyperbang'.", "Did you mean 'hyperband'?"),
        ({"maximize": "auc", "seed": "one"}, "seed: 'one' is not a whole number.", "--seed 1"),
        ({"maximize": "auc", "target": "good"}, "target: 'good' is not a number.", "--target 0.95"),
        ({"maximize": "auc", "timeout": "soon"}, "timeout: 'soon' is not a duration.", "30m"),
        ({"maximize": "auc", "failures": "ignore"}, "There is no policy for failures 'ignore'.", "count"),
    ],
)
def test_what_is_refused(given: dict[str, Any], message: str, hint: str) -> None:
    with pytest.raises(Invalid) as caught:
        sweep_spec(given, SPACE)
    assert message in caught.value.message
    assert hint in caught.value.hint


def test_an_extension() -> None:
    assert extension({"trials": "+50"}) == {"trials": 50}
    assert extension({"trials": 50, "timeout": "+1h"}) == {"trials": 50, "timeout": 3600.0}
    assert extension({"trials": None}) == {}
    with pytest.raises(Invalid, match="trials: '-5'"):
        extension({"trials": "-5"})


def test_a_sweep_that_has_ended_is_gone_on_with() -> None:
    sweep = {"space": WIRE, "objectives": [AUC], "trials": 10, "timeout": 60, "name": "first", "fixed": [{"lr": 0.1}]}
    spec = {"function": "python://demo/train:f", "inputs": {"a": "k"}, "task": "t", "profile": "small", "sweep": sweep}
    run = {
        "kind": "python+sweep:run",
        "project": "demo",
        "key": "store://…",
        "metadata": {"reference": "run/train-7"},
        "spec": spec,
    }
    assert continued(run, {"trials": 50}) == {
        "kind": "python+sweep:run",
        "project": "demo",
        "spec": {
            "function": "python://demo/train:f",
            "inputs": {"a": "k"},
            "profile": "small",
            "sweep": {"space": WIRE, "objectives": [AUC], "trials": 50, "warm_start": ["run/train-7"]},
        },
    }
    spec["sweep"] = {**sweep, "warm_start": ["run/train-3"]}
    assert continued(run, {"trials": 50})["spec"]["sweep"]["warm_start"] == ["run/train-3", "run/train-7"]
