"""Handles of runs, against a small broker that moves them when told."""

from __future__ import annotations

import math
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dh_kernel.arguments import Ref, Text, sort_arguments
from dh_kernel.broker import Address, routes_url
from dh_kernel.entities import EntityHandle
from dh_kernel.errors import Invalid, RunFailed
from dh_kernel.finding import find_run
from dh_kernel.functions import FunctionHandle
from dh_kernel.handles import RunHandle
from dh_kernel.options import run_options
from dh_kernel.session import Session
from dh_kernel.starting import start_run
from dh_kernel.values import rebuild
from tests.fixtures.small_broker import SmallBroker, small_broker

SCHEMA = {
    "type": "object",
    "properties": {"flights": {"input": True}, "lr": {"type": "number"}, "note": {"type": "string"}},
}


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[SmallBroker]:
    with small_broker(str(tmp_path)) as (broker, url):
        broker.url = url  # type: ignore[attr-defined]
        yield broker


@pytest.fixture
def session(broker: SmallBroker) -> Session:
    return Session(lambda: Address(routes_url(broker.url), "token-1"), project="demo")  # type: ignore[attr-defined]


@pytest.fixture
def train(session: Session) -> FunctionHandle:
    spec = {"source": {"handler": "train"}, "parameters": SCHEMA}
    document = {"kind": "python", "name": "train", "id": "f" * 32, "spec": spec}
    return FunctionHandle(session, session.register("function", document).body, lambda lr: lr * 2)


def test_a_handle_is_callable_and_runs(train: FunctionHandle, broker: SmallBroker) -> None:
    assert train(3) == 6
    run = train.run("dataset/flights@2", lr=0.05, note="dataset/flights", memory="8Gi", timeout="2h", cpu=0.5)
    assert (run.name, run.state) == ("train-1", "queued")
    assert broker.sent("POST", "/runs")[0]["spec"] == {
        "function": train.key,
        "inputs": {"flights": "dataset/flights@2"},
        "parameters": {"lr": 0.05, "note": "dataset/flights"},
        "resources": {"mem": "8Gi", "cpu": "500m"},
        "timeout": 7200.0,
    }


def test_an_unknown_parameter_is_refused_by_the_server(train: FunctionHandle) -> None:
    with pytest.raises(Invalid, match="no parameter 'lrr'"):
        train.run(lrr=1)


def test_wait_ends_with_the_run(train: FunctionHandle, broker: SmallBroker) -> None:
    run = train.run()
    waiter: list[Any] = []
    thread = threading.Thread(target=lambda: waiter.append(run.wait()))
    thread.start()
    broker.move(run.id, "RUNNING")
    value = {"tuple_of": [{"json": 1}, {"number": "NaN"}]}
    broker.move(run.id, "COMPLETED", value=value, results={"auc": 0.9})
    thread.join(10)
    assert waiter == [run]
    assert run.state == "succeeded"
    assert run.result[0] == 1
    assert (str(run.metrics["loss"]), run.metrics["best"]) == ("[2.0, nan]", -math.inf)


def test_waiting_survives_broken_streams(train: FunctionHandle, broker: SmallBroker) -> None:
    run = train.run()
    broker.cut_streams = 2
    broker.when_followed = {"state": "RUNNING"}
    lines = run.logs(follow=True)
    thread = threading.Thread(target=lambda: broker.move(run.id, "COMPLETED", log="a\nb\n"))
    thread.start()
    assert list(lines) == ["a", "b"]
    thread.join()


def test_wait_has_a_timeout(train: FunctionHandle) -> None:
    with pytest.raises(TimeoutError, match="train-1 has not ended"):
        train.run().wait(timeout=0.05)


def test_a_failure_says_what_why_and_what_next(train: FunctionHandle, broker: SmallBroker) -> None:
    run = train.run()
    diagnosis = {
        "code": "memory",
        "summary": "Killed at its memory limit 8Gi.",
        "retry": {"resources": {"mem": "16Gi"}},
    }
    error = {
        "type": "ValueError",
        "message": "no",
        "traceback": 'Traceback:\n  File "cell [7]", line 4\nValueError: no',
    }
    broker.move(run.id, "ERROR", diagnosis=diagnosis, error=error)
    assert run.wait() is run
    with pytest.raises(RunFailed) as caught:
        _ = run.result
    assert caught.value.message == "train-1 failed: Killed at its memory limit 8Gi."
    assert '  File "cell [7]", line 4' in caught.value.details
    assert caught.value.hint == "%dh logs train-1\n%dh retry train-1 --memory 16Gi"
    assert run.diagnosis == diagnosis


def test_logs_follow_until_the_end(train: FunctionHandle, broker: SmallBroker) -> None:
    run = train.run()
    broker.move(run.id, "RUNNING", log="one\ntw")
    lines = run.logs(follow=True)
    assert next(lines) == "one"
    broker.move(run.id, "COMPLETED", log="o\nthree")
    assert list(lines) == ["two", "three"]
    assert run.logs() == "one\ntwo\nthree"
    assert run.logs(tail=2) == "two\nthree"
    for wrong in (0, -1, "all", True, 1.5):
        with pytest.raises(Invalid, match="is no number of lines"):
            run.logs(tail=wrong)  # type: ignore[arg-type]


def test_stop_and_retry(train: FunctionHandle, broker: SmallBroker) -> None:
    run = train.run(lr=0.1)
    assert run.stop().state == "stopped"
    again = run.retry(memory="16Gi", lr=0.2)
    assert broker.sent("POST", "/retry") == [{"changes": {"resources": {"mem": "16Gi"}, "parameters": {"lr": 0.2}}}]
    assert again.name == "train-2"
    with pytest.raises(RunFailed, match="was stopped"):
        _ = run.result


def test_a_run_is_found_again(train: FunctionHandle, session: Session) -> None:
    run = train.run()
    assert (
        find_run(session, "run/train-1").id == find_run(session, "train-1").id == find_run(session, run.id).id == run.id
    )


def test_a_project_is_made_once(session: Session, broker: SmallBroker) -> None:
    session.list("run")
    session.list("run")
    assert len(broker.sent("POST", "/projects")) == 1
    assert len(broker.sent("GET", "/projects/demo")) == 1


def test_another_version_of_the_server_is_said_once(session: Session, broker: SmallBroker) -> None:
    broker.version = "99.1.0"
    with pytest.warns(UserWarning, match="pip install dh-kernel==99.1.0"):
        session.list("run")
    session.use("other")


def test_a_function_from_the_catalogue_says_why_it_is_not_callable(session: Session, train: FunctionHandle) -> None:
    with pytest.raises(Invalid, match="its code is not in this kernel"):
        FunctionHandle(session, train.entity)()


def test_start_run_with_typed_arguments(session: Session, train: FunctionHandle, broker: SmallBroker) -> None:
    start_run(session, "function/train", {"flights": Ref("dataset/f"), "note": Text("model/x")}, {})
    spec = broker.sent("POST", "/runs")[0]["spec"]
    assert (spec["inputs"], spec["parameters"]) == ({"flights": "dataset/f"}, {"note": "model/x"})


class _Frame:
    """Looks like pandas to `is_table`."""


_Frame.__module__, _Frame.__name__ = "pandas.core.frame", "DataFrame"


def test_arguments_are_sorted_and_tables_saved_last(train: FunctionHandle) -> None:
    saved: list[str] = []

    def save(name: str, _table: Any) -> tuple[str, str]:
        saved.append(name)
        return f"store://demo/dataitem/table/{name}:1", f"{name} was saved"

    given = {"flights": _Frame(), "model": EntityHandle(train._session, train.entity), "n": (1, 2), "p": Path("a")}
    found = sort_arguments(given, save)
    assert found.inputs == {"flights": "store://demo/dataitem/table/flights:1", "model": train.key}
    assert found.parameters == {"n": [1, 2], "p": "a"}
    with pytest.raises(Invalid, match="got a object"):
        sort_arguments({"a": _Frame(), "b": object()}, save)
    assert saved == ["flights"]


def test_nothing_is_saved_for_a_run_that_would_be_refused(train: FunctionHandle, broker: SmallBroker) -> None:
    with pytest.raises(Invalid, match=r"no parameter 'flight'\. Did you mean 'flights'"):
        train.run(flight=_Frame())
    assert broker.sent("POST", "/dataitems") == broker.sent("POST", "/runs") == []


def test_nan_is_refused_as_a_parameter() -> None:
    with pytest.raises(Invalid, match="nan or infinity"):
        sort_arguments({"lr": float("nan")}, lambda *_: ("", ""))


@pytest.mark.parametrize(
    ("given", "wire"),
    [
        ({"memory": "8Gi", "gpu": 1}, {"resources": {"mem": "8Gi", "gpu": "1"}}),
        ({"gpu": "a100:2"}, {"resources": {"gpu": "2"}, "profile": "gpu:a100"}),
        ({"cpu": 2.0}, {"resources": {"cpu": "2"}}),
        ({"cpu": ".5"}, {"resources": {"cpu": "500m"}}),
        ({"timeout": "1h30m", "queue_timeout": 90}, {"timeout": 5400.0, "queue_timeout": 90.0}),
        ({"env": {"A": 1}}, {"envs": [{"name": "A", "value": "1"}]}),
        ({"env": ["A=b=c"]}, {"envs": [{"name": "A", "value": "b=c"}]}),
        ({"env": '{"A": "b, c", "D": 1}'}, {"envs": [{"name": "A", "value": "b, c"}, {"name": "D", "value": "1"}]}),
        ({"secret": "X,Y", "on": "local"}, {"secrets": ["X", "Y"], "executor": "local"}),
        ({"retries": "2", "profile": None}, {"retries": 2}),
    ],
)
def test_options(given: dict[str, Any], wire: dict[str, Any]) -> None:
    assert run_options(given) == wire


@pytest.mark.parametrize(
    "given",
    [
        {"gpu": "a100:"},
        {"gpu": ":1"},
        {"gpu": "a100:1", "profile": "small"},
        {"memry": 1},
        {"timeout": "soon"},
        {"timeout": 0},
        {"env": ["A"]},
        {"env": '{"A": '},
        {"env": '{"": "b"}'},
        {"retries": "x"},
        {"memory": 1.5},
    ],
)
def test_options_that_can_not_be_read(given: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        run_options(given)


def test_values_are_built_again() -> None:
    tree: Any = {"pairs": [[{"json": 1}, {"list_of": [{"output": "model"}, {"number": "-Infinity"}]}]]}
    assert rebuild(tree, str.upper) == {1: ["MODEL", float("-inf")]}


def test_a_run_without_ipython_has_a_text(train: FunctionHandle) -> None:
    run: RunHandle = train.run(lr=0.1)
    assert repr(run).splitlines()[0] == "train-1 · queued"
