"""What the verbs take for a name: references, handles, and nothing else."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import dh_kernel as dh
from dh_kernel.broker import Address, routes_url
from dh_kernel.errors import DHError, Invalid, NotFound
from dh_kernel.functions import FunctionHandle
from dh_kernel.loading import load_entity
from dh_kernel.session import Session, set_session
from tests.fixtures.small_broker import small_broker

NOTHING = [None, 3, b"x", ["a"], {"a": 1}, object(), int, pd.DataFrame({"a": [1]}), math.nan]
TAKEN: dict[str, Callable[[Any], Any]] = {
    "load": dh.load, "show": dh.show, "logs": dh.logs, "stop": dh.stop, "retry": dh.retry, "publish": dh.publish,
    "diff": dh.diff, "diff to": lambda one: dh.diff("function/train", one), "export": dh.export, "form": dh.form,
    "job": dh.job, "apply": dh.apply, "import": dh.import_, "wait_all": lambda one: dh.wait_all([one]),
    "dataset": lambda one: dh.dataset(one, pd.DataFrame({"a": [1]})),
    "export to": lambda one: dh.export("function/train", one),
}  # fmt: skip


@pytest.fixture
def train(tmp_path: Path) -> Iterator[FunctionHandle]:
    with small_broker(str(tmp_path)) as (_, url):
        made = Session(lambda: Address(routes_url(url), "token-1"), project="demo")
        set_session(made)
        spec = {"source": {"handler": "train", "code": "def train(): pass"}, "parameters": {}}
        document = {"kind": "python", "name": "train", "id": "f" * 32, "spec": spec}
        yield FunctionHandle(made, made.register("function", document).body)
        set_session(None)


@pytest.mark.parametrize("verb", TAKEN)
def test_what_names_nothing_is_said(train: FunctionHandle, verb: str) -> None:
    for nothing in NOTHING:
        with pytest.raises(Invalid):
            TAKEN[verb](nothing)


@pytest.mark.parametrize("option", ["sampler", "prune", "maximize", "trials", "workers"])
def test_what_a_sweep_can_not_take_is_said(train: FunctionHandle, option: str) -> None:
    for nothing in [3.5, object(), pd.DataFrame({"a": [1]}), [object()]]:
        with pytest.raises(DHError):
            train.sweep(**{"x": "0..1", "maximize": "y", option: nothing})


@pytest.mark.parametrize("use", [dh.wait_all, dh.gather, FunctionHandle.map])
def test_one_thing_is_not_several(train: FunctionHandle, use: Any) -> None:
    with pytest.raises(Invalid, match="is one thing, not a list"):
        use(train, 3) if use is FunctionHandle.map else use(3)


@pytest.mark.parametrize("options", [{"cpu": math.nan}, {"cpu": math.inf}, {"memory": math.nan}, {"retries": math.inf}])
def test_what_is_no_number_is_no_amount(train: FunctionHandle, options: dict[str, float]) -> None:
    with pytest.raises(Invalid):
        train.run(**options)


def test_a_handle_names_its_thing(train: FunctionHandle, tmp_path: Path) -> None:
    assert dh.show(train).key == train.key
    assert dh.load(train).key == train.key
    run = train.run()
    assert dh.stop(run).id == run.id
    assert dh.logs(run) == run.logs()
    assert dh.export(run, tmp_path / "again.sh") == tmp_path / "again.sh"


def test_a_function_is_nothing_to_load(train: FunctionHandle) -> None:
    with pytest.raises(Invalid, match="A function is nothing to load"):
        train.load()


def test_what_lies_nowhere_is_said() -> None:
    entity = {"key": f"store://demo/dataitem/table/flights:{'f' * 32}", "name": "flights", "spec": {}}
    with pytest.raises(NotFound, match="'flights' has no files"):
        load_entity(entity)
