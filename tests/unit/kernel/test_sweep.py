"""`%dh sweep` and `train.sweep`: what is sent, and the handle, against a small broker."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import dh_kernel as dh
from dh_kernel.broker import Address, routes_url
from dh_kernel.errors import Invalid, NotFound
from dh_kernel.finding import find_run
from dh_kernel.functions import FunctionHandle
from dh_kernel.magics.complete import complete
from dh_kernel.magics.dh import line_magic
from dh_kernel.magics.given import registered
from dh_kernel.session import Session, set_session
from dh_kernel.sweeping.handle import Sweep
from tests.fixtures.small_broker import SmallBroker, small_broker

SCHEMA = {
    "type": "object",
    "properties": {
        "flights": {"input": True},
        "lr": {"type": "number"},
        "leaves": {"type": "integer"},
        "opt": {"type": "string", "enum": ["adam", "sgd"]},
        "seed": {"type": "integer"},
    },
}
ROWS = [
    {"number": 0, "run": "a" * 32, "state": "finished", "values": {"auc": 0.8}, "parameters": {"lr": 0.1}},
    {"number": 1, "run": "b" * 32, "state": "pruned", "parameters": {"lr": 0.2}, "message": "worse than the median"},
]
COLUMNS = {
    "revision": 2,
    "number": [0, 1],
    "state": ["finished", "pruned"],
    "values": {"auc": [0.8, None]},
    "parameters": {"lr": [0.1, 0.2]},
    "seconds": [1.5, 0.5],
}


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[SmallBroker]:
    with small_broker(str(tmp_path)) as (broker, url):
        set_session(Session(lambda: Address(routes_url(url), "token-1"), project="demo"))
        yield broker
        set_session(None)


@pytest.fixture
def train(broker: SmallBroker) -> FunctionHandle:
    from dh_kernel.session import session

    spec = {"source": {"handler": "train"}, "parameters": SCHEMA}
    document = {"kind": "python", "name": "train", "id": "f" * 32, "spec": spec}
    return FunctionHandle(session(), session().register("function", document).body)


def _magic(line: str, **variables: Any) -> Any:
    return line_magic(SimpleNamespace(user_ns=variables, user_ns_hidden={}), line)


def _sent(broker: SmallBroker) -> Any:
    return broker.sent("POST", "/runs")[-1]


def test_a_line_is_one_request(train: FunctionHandle, broker: SmallBroker) -> None:
    found = _magic(
        "sweep train lr=1e-5..1e-1:log leaves=8..64 opt={adam,sgd} seed=3 flights=dataset/flights"
        " --trials 100 --workers 4 --maximize auc --prune --timeout 2h --trial-timeout 10m --memory 8Gi"
    )
    assert isinstance(found, Sweep)
    assert _sent(broker)["kind"] == "python+sweep:run"
    assert _sent(broker)["spec"] == {
        "function": train.key,
        "inputs": {"flights": "dataset/flights"},
        "parameters": {"seed": 3},
        "timeout": 600.0,
        "resources": {"mem": "8Gi"},
        "sweep": {
            "space": {
                "lr": {"type": "float", "low": 1e-5, "high": 0.1, "log": True},
                "leaves": {"type": "int", "low": 8, "high": 64},
                "opt": {"type": "choice", "choices": ["adam", "sgd"]},
            },
            "objectives": [{"name": "auc", "direction": "maximize"}],
            "workers": 4,
            "sampler": "tpe",
            "trials": 100,
            "timeout": 7200.0,
            "pruner": {"kind": "median"},
        },
    }


def test_python_sends_the_same(train: FunctionHandle, broker: SmallBroker) -> None:
    _magic("sweep train lr=1e-5..1e-1:log leaves=8..64 opt={adam,sgd} seed=3 --trials 100 --workers 4 --maximize auc")
    line = _sent(broker)["spec"]
    space = {"lr": dh.space.log(1e-5, 1e-1), "leaves": dh.space.int(8, 64), "opt": ["adam", "sgd"]}
    train.sweep(**space, seed=3, trials=100, workers=4, maximize="auc")
    assert _sent(broker)["spec"] == line
    train.sweep(space, seed=3, trials=100, workers=4, maximize="auc")
    assert _sent(broker)["spec"] == line
    dh.sweep("train", **space, seed=3, options={"trials": 100}, workers=4, maximize="auc")
    assert _sent(broker)["spec"] == line


def test_a_name_that_is_both_is_the_parameter(train: FunctionHandle, broker: SmallBroker) -> None:
    train.sweep(lr="0..1", seed=range(1, 4), maximize="auc", options={"seed": 7})
    sent = _sent(broker)["spec"]["sweep"]
    assert sent["space"]["seed"] == {"type": "int", "low": 1, "high": 3}
    assert sent["seed"] == 7
    assert sent["space"]["lr"] == {"type": "float", "low": 0.0, "high": 1.0}


def test_choices_may_be_variables_and_references(train: FunctionHandle, broker: SmallBroker) -> None:
    _magic("sweep train flights={dataset/a,dataset/b@2} lr={$small,0.5} --maximize auc", small=0.25)
    space = _sent(broker)["spec"]["sweep"]["space"]
    assert space["flights"] == {"type": "choice", "choices": ["dataset/a", "dataset/b@2"]}
    assert space["lr"] == {"type": "choice", "choices": [0.25, 0.5]}


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("sweep", "%dh sweep: A word is missing."),
        ("sweep train --maximize auc", "Nothing is varied."),
        ("sweep train lr=0.1 --maximize auc", "Nothing is varied."),
        ("sweep train lr=0..1", "What is a good trial?"),
        ("sweep train lr=1..0 --maximize auc", "lr: 1..0 runs backwards."),
        ("sweep train lr=0..1:log --maximize auc", "lr: A logarithmic range must begin above 0"),
        ("sweep train opt={adam,3} --maximize auc", "opt: The choices are of different kinds"),
        ("sweep train lr={$missing,1} --maximize auc", "There is no variable 'missing'."),
        ("sweep trian lr=0..1 --maximize auc", "There is no function/trian."),
        ("sweep train lr=0..1 --maximise auc", "There is no option '--maximise'."),
        ("sweep train lr=0..1 --maximize auc --memory", "--memory needs a value."),
        ("sweep train-1 --seed 3", "--seed is not changed once a sweep has begun."),
        ("sweep train-9 --pause", "There is no run/train-9."),
    ],
)
def test_what_is_refused_creates_nothing(train: FunctionHandle, broker: SmallBroker, line: str, message: str) -> None:
    with pytest.raises((Invalid, NotFound)) as caught:
        _magic(line)
    assert message in caught.value.message
    assert broker.sent("POST", "/runs") == []


@pytest.mark.parametrize("line", ["run {}", "sweep {} lr=0..1 --maximize auc"])
@pytest.mark.parametrize(
    ("name", "found", "hint"),
    [
        ("score", len, "'score' is defined here, and not registered yet: %dh function score"),
        ("trian", None, "Did you mean 'train'?"),
        ("trian", "text", "Did you mean 'train'?"),
    ],
)
def test_a_function_of_the_notebook_is_to_be_registered_first(
    train: FunctionHandle, broker: SmallBroker, line: str, name: str, found: object, hint: str
) -> None:
    with pytest.raises(NotFound, match=f"There is no function/{name}") as caught:
        _magic(line.format(name), **{name: found})
    assert caught.value.hint == hint


def test_what_else_is_not_found_is_said_of_a_registered_function(train: FunctionHandle) -> None:
    shell = SimpleNamespace(user_ns={"train": len})
    with pytest.raises(NotFound, match="There is no dataset/x") as caught, registered(shell, "train"):
        raise NotFound("There is no dataset/x.")
    assert caught.value.hint == ""


def _swept(train: FunctionHandle, broker: SmallBroker) -> Sweep:
    found = train.sweep(lr="0..1", maximize="auc", trials=4)
    counts = {"total": 4, "finished": 1, "pruned": 1, "running": 1, "queued": 0, "failed": 0}
    broker.move(found.id, "RUNNING", sweep={"counts": counts, "best": [ROWS[0]], "phase": "running", "eta": 90})
    broker.trials[found.id] = (ROWS, COLUMNS)
    return found


def test_the_handle(train: FunctionHandle, broker: SmallBroker) -> None:
    found = _swept(train, broker)
    assert (found.state, found.counts["running"]) == ("running", 1)
    assert (found.best.number, found.best.value, found.best.parameters) == (0, 0.8, {"lr": 0.1})
    assert repr(found.best) == "trial 0: auc = 0.8 · lr=0.1"
    assert found.trial(1).message == "worse than the median"
    with pytest.raises(Invalid, match="has no trial 7"):
        found.trial(7)
    assert list(found.trials.columns) == ["number", "state", "auc", "lr", "seconds"]
    assert found.trials.auc[0] == 0.8
    assert isinstance(find_run(found.session, found.name), Sweep)


def test_a_sweep_is_found_by_its_name_id_key_or_variable(train: FunctionHandle, broker: SmallBroker) -> None:
    found = _swept(train, broker)
    for name in (found.name, f"run/{found.name}", found.id, found.key):
        assert dh.sweep(name).id == found.id
        assert _magic(f"sweep {name}").id == found.id


def test_why_it_failed_is_said_once(train: FunctionHandle, broker: SmallBroker) -> None:
    found = _swept(train, broker)
    why = "The first 5 trials all failed: Invalid: no\nsuch kind"
    diagnosis = {"code": "sweep_failed", "summary": why, "cure": "Its log: %dh logs 1f0c (trial 0)."}
    counts = {"total": 5, "failed": 5}
    broker.move(
        found.id, "ERROR", sweep={"counts": counts, "best": [], "phase": "done", "message": why}, diagnosis=diagnosis
    )
    text = repr(dh.sweep(found.name))
    assert (text.count("all failed"), text.count("such kind"), text.count("Its log")) == (1, 1, 1)


def test_an_objective_may_have_the_name_of_a_column(train: FunctionHandle, broker: SmallBroker) -> None:
    found = _swept(train, broker)
    columns = {**COLUMNS, "values": {"auc": [0.8, None], "seconds": [47.0, None]}}
    broker.trials[found.id] = (ROWS, columns)
    assert list(found.trials.columns) == ["number", "state", "auc", "seconds", "lr", "seconds_"]
    assert (found.trials.seconds[0], found.trials.seconds_[0]) == (47.0, 1.5)


def test_the_card_of_other_viewers(train: FunctionHandle, broker: SmallBroker) -> None:
    found = _swept(train, broker)
    assert found.entity
    bundle = found._repr_mimebundle_()
    assert bundle["application/vnd.dh.run.v1+json"] == {"id": found.id, "project": "demo"}
    head, *rest = bundle["text/plain"].splitlines()
    assert head == "train-1 · running · 2 of 4 trials · 1 running, 1 finished, 1 pruned · about 1:30 left"
    assert rest == ["  function/train@ffffffff · lr=0.0..1.0 · maximize auc", "  trial 0: auc = 0.8 · lr=0.1"]
    assert "<td" in bundle["text/html"]
    assert 'value="0.500"' in bundle["text/html"]


def test_what_a_person_can_do(train: FunctionHandle, broker: SmallBroker) -> None:
    found = _swept(train, broker)
    found.pause().resume().extend(trials=50).enqueue(lr=0.3).stop_trial(np.int64(2))
    _magic(f"sweep {found.name} lr=0.4 --trials +10 --stop-trial 1 --resume")
    done = [
        (path.rpartition("/")[2], body) for verb, path, body in broker.requests if "/sweep/" in path and verb == "POST"
    ]
    assert done == [
        ("pause", {}),
        ("resume", {}),
        ("extend", {"trials": 50}),
        ("enqueue", {"parameters": {"lr": 0.3}}),
        ("stop-trial", {"number": 2}),
        ("enqueue", {"parameters": {"lr": 0.4}}),
        ("extend", {"trials": 10}),
        ("stop-trial", {"number": 1}),
        ("resume", {}),
    ]


def test_the_best_is_trained_again(train: FunctionHandle, broker: SmallBroker) -> None:
    found = train.sweep(lr="0..1", seed=3, flights="dataset/small", maximize="auc")
    with pytest.raises(Invalid, match="No trial of train-1 has finished"):
        found.retrain()
    broker.move(found.id, "COMPLETED", sweep={"best": [ROWS[0]]})
    found.retrain(flights="dataset/all", memory="8Gi")
    spec = _sent(broker)["spec"]
    assert (spec["inputs"], spec["parameters"]) == ({"flights": "dataset/all"}, {"seed": 3, "lr": 0.1})
    assert spec["resources"] == {"mem": "8Gi"}


def test_several_objectives_have_a_front(train: FunctionHandle, broker: SmallBroker) -> None:
    found = train.sweep(lr="0..1", maximize="auc", minimize="seconds")
    assert found.best == []
    broker.move(found.id, "COMPLETED", sweep={"best": [ROWS[0], {**ROWS[0], "number": 3}]})
    assert [one.number for one in found.best] == [0, 3]
    with pytest.raises(Invalid, match=r"has 2 best trials, .*: 0, 3"):
        found.retrain()


def test_a_study_of_optuna(train: FunctionHandle, broker: SmallBroker) -> None:
    study = _swept(train, broker).study
    assert study.best_params == {"lr": 0.1}
    assert [trial.state.name for trial in study.trials] == ["COMPLETE", "PRUNED"]


def test_the_best_of_a_study_keeps_the_constraints(train: FunctionHandle, broker: SmallBroker) -> None:
    found = _swept(train, broker)
    rows, _ = broker.trials[found.id]
    more = {
        "state": ["finished", "finished"],
        "values": {"auc": [0.9, 0.8]},
        "violations": [[1.0], [-1.0]],
        "started": ["2026-11-28T10:00:00Z", None],
        "ended": ["2026-11-28T10:00:05.5Z", None],
    }
    broker.trials[found.id] = rows, {**COLUMNS, **more}
    study = found.study
    assert study.best_trial.number == 1
    assert study.trials[0].duration.total_seconds() == 5.5


def test_a_study_has_what_was_reported_and_what_only_some_asked_for(train: FunctionHandle, broker: SmallBroker) -> None:
    found = _swept(train, broker)
    rows, _ = broker.trials[found.id]
    more = {
        "parameters": {"lr": [0.1, 0.2], "kind": ["net", "tree"], "width": [None, 3]},
        "space": {
            "kind": {"type": "choice", "choices": ["net", "tree"]},
            "width": {"type": "int", "low": 1, "high": 8},
        },
        "points": [[[1, 0.7], [2, 0.8]], []],
        "attributes": [{}, {"note": "x"}],
    }
    broker.trials[found.id] = rows, {**COLUMNS, **more}
    first, second = found.study.trials
    assert (first.intermediate_values, first.params) == ({1: 0.7, 2: 0.8}, {"lr": 0.1, "kind": "net"})
    assert (second.user_attrs, second.params) == ({"note": "x"}, {"lr": 0.2, "kind": "tree", "width": 3})
    assert found.trials["width"].isna().tolist() == [True, False]


def test_the_best_of_a_function_that_asks_is_trained_again(broker: SmallBroker) -> None:
    from dh_kernel.session import session

    schema = {"type": "object", "properties": {"trial": {}, "seed": {"type": "integer"}}, "required": ["trial"]}
    spec = {"source": {"handler": "asks"}, "parameters": schema}
    made = session().register("function", {"kind": "python", "name": "asks", "id": "e" * 32, "spec": spec}).body
    found = FunctionHandle(session(), made).sweep(seed=3, maximize="auc", trials=9)
    assert _sent(broker)["spec"]["sweep"] == {
        "space": {},
        "conditional": True,
        "objectives": [{"name": "auc", "direction": "maximize"}],
        "workers": 2,
        "sampler": "tpe",
        "trials": 9,
    }
    broker.move(found.id, "COMPLETED", sweep={"best": [{**ROWS[0], "parameters": {"kind": "net", "width": 8}}]})
    found.retrain()
    assert _sent(broker)["spec"]["parameters"] == {"seed": 3, "trial": {"kind": "net", "width": 8}}


def test_tab_knows_the_words_of_a_sweep(train: FunctionHandle) -> None:
    assert complete("%dh sweep tr") == ["train"]
    assert complete("%dh sweep train l") == ["lr=", "leaves="]
    assert complete("%dh sweep train --sampler g") == ["grid", "gp"]
    assert "--maximize" in complete("%dh sweep train --m")
