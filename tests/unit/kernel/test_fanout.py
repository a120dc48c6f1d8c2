"""Many runs: order, bounds, failures kept in place, and one connection for all."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import dh_kernel as dh
from dh_kernel.broker import Address, routes_url
from dh_kernel.display.fanout import fanout_text
from dh_kernel.errors import Invalid, RunFailed, StoppedWaiting
from dh_kernel.session import Session, set_session
from tests.fixtures.small_broker import SmallBroker, small_broker

FAILED = {"state": "ERROR", "diagnosis": {"code": "user_exception", "summary": "ValueError: no luck"}}


@pytest.fixture(autouse=True)
def broker(tmp_path: Path) -> Iterator[SmallBroker]:
    with small_broker(str(tmp_path)) as (broker, url):
        broker.register("double", {"x": {"type": "number"}, "by": {"type": "number"}})
        set_session(Session(lambda: Address(routes_url(url), "token-1"), project="default"))
        yield broker
        set_session(None)


def doubling(broker: SmallBroker) -> None:
    """Runs end as soon as somebody waits for them, the odd ones failing."""

    def end(run: Any) -> dict[str, Any]:
        x = run["spec"]["parameters"]["x"]
        return FAILED if x % 2 else {"state": "COMPLETED", "value": {"json": 2 * x}}

    broker.when_waited_for = end


def test_results_come_in_order_and_failures_stay_in_place(broker: SmallBroker) -> None:
    doubling(broker)
    results = dh.function("function/double").map([0, 1, 2, {"x": 4, "by": 3}], by=2)
    assert [one for one in results if not isinstance(one, RunFailed)] == [0, 4, 8]
    assert list(results.failed) == [1]
    assert "ValueError: no luck" in str(results[1])
    assert [run.name for run in results.runs] == ["double-1", "double-2", "double-3", "double-4"]
    assert [run["spec"]["parameters"] for run in broker.entities["run"].values()][2:] == [
        {"x": 2, "by": 2},
        {"x": 4, "by": 3},
    ]
    with pytest.raises(RunFailed, match="double-2 failed"):
        results.raise_first()


def test_only_so_many_are_unfinished_at_a_time(broker: SmallBroker) -> None:
    unfinished = []

    def end(run: Any) -> dict[str, Any]:
        unfinished.append(sum(one["status"]["state"] == "READY" for one in broker.entities["run"].values()))
        return {"state": "COMPLETED", "value": {"json": 0}}

    broker.when_waited_for = end
    assert dh.function("function/double").map(range(20), at_once=3) == [0] * 20
    assert max(unfinished) <= 3


@pytest.mark.parametrize(
    ("options", "most"), [({}, 4), ({"on": "kubernetes"}, 100), ({"on": "kubernetes", "at_once": 7}, 7)]
)
def test_how_many_are_unfinished_depends_on_where_they_run(
    broker: SmallBroker, monkeypatch: pytest.MonkeyPatch, options: dict[str, Any], most: int
) -> None:
    monkeypatch.setattr("os.cpu_count", lambda: 2)
    unfinished = []

    def end(run: Any) -> dict[str, Any]:
        unfinished.append(sum(one["status"]["state"] == "READY" for one in broker.entities["run"].values()))
        return {"state": "COMPLETED", "value": {"json": 0}}

    broker.when_waited_for = end
    assert dh.function("function/double").map(range(120), **options) == [0] * 120
    assert max(unfinished) == most


def test_where_runs_begin_together_one_request_starts_them(broker: SmallBroker) -> None:
    broker.when_waited_for = lambda run: {"state": "COMPLETED", "value": {"json": run["spec"]["parameters"]["x"]}}
    double = dh.function("function/double")
    assert double.map(range(30), on="kubernetes") == list(range(30))
    (asked,) = [body["runs"] for _, path, body in broker.requests if path.endswith("/runs/together")]
    assert len(asked) == 30
    assert {run["spec"]["executor"] for run in asked} == {"kubernetes"}
    assert not broker.sent("POST", "/runs")


def test_who_differs_in_more_or_can_not_be_passed_begins_alone(broker: SmallBroker) -> None:
    broker.when_waited_for = lambda run: {"state": "COMPLETED", "value": {"json": run["spec"]["parameters"]["x"]}}
    items = [0, 1, {"x": 2, "memory": "2Gi"}, 3, object(), 5]
    results = dh.function("function/double").map(items, on="kubernetes")
    assert [one for one in results if not isinstance(one, Invalid)] == [0, 1, 2, 3, 5]
    assert list(results.failed) == [4]
    sizes = [len(body["runs"]) for _, path, body in broker.requests if path.endswith("/runs/together")]
    assert sizes[0] == 2


def test_bad_items_are_refused_before_the_first_run(broker: SmallBroker) -> None:
    double = dh.function("function/double")
    for items, fault in [([{"x": 1}, {"y": 1}], "Item 1: double: no parameter 'y'."), ([{"x": 1, "xx": 2}], "Item 0")]:
        with pytest.raises(Invalid, match=fault):
            double.map(items)
    with pytest.raises(Invalid, match="at_once is 0"):
        double.map([1], at_once=0)
    with pytest.raises(Invalid, match="not a duration"):
        double.map([1, 2], timeout="soon")
    assert not broker.entities["run"]
    assert double.map([]) == []


def test_a_later_item_that_is_refused_is_kept(broker: SmallBroker) -> None:
    doubling(broker)
    results = dh.function("function/double").map([2, object(), 4])
    assert (results[0], results[2]) == (4, 8)
    assert isinstance(results[1], Invalid)
    assert results.runs[1] is None


def test_what_is_endless_is_read_as_runs_end(broker: SmallBroker) -> None:
    read, ahead = [], []

    def endless() -> Iterator[int]:
        for x in itertools.count(0, 2):
            read.append(x)
            ahead.append(len(read) - len(broker.entities["run"]))
            if x == 20:
                raise RuntimeError("no more of them")
            yield x

    doubling(broker)
    with pytest.raises(RuntimeError, match="no more of them") as ended:
        dh.function("function/double").map(endless(), at_once=3)
    assert len(broker.entities["run"]) == 10
    assert set(ahead) == {1}, "what is read is started before more is read"
    notes = getattr(ended.value, "__notes__", None)
    assert notes is None or re.search(r"runs? goe?s? on: .*double-10\. Nothing more was started\.", notes[0])


def test_what_has_no_length_gives_results_in_order_and_keeps_what_is_refused(broker: SmallBroker) -> None:
    doubling(broker)
    double = dh.function("function/double")
    items = [0, 1, {"y": 3}, object(), 4]
    results = double.map((item for item in items), at_once=2)
    assert (results[0], results[4], len(results)) == (0, 8, 5)
    assert [type(one) for one in results[1:4]] == [RunFailed, Invalid, Invalid]
    assert "Item 2: double: no parameter 'y'." in str(results[2])
    assert double.map(iter(())) == []
    before = len(broker.entities["run"])
    with pytest.raises(Invalid, match="Item 0: double: no parameter 'y'"):
        double.map({"y": x} for x in itertools.count())
    assert len(broker.entities["run"]) == before


def test_ctrl_c_ends_what_is_endless(broker: SmallBroker, monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(*_: Any, **__: Any) -> Any:
        raise KeyboardInterrupt

    monkeypatch.setattr("dh_kernel.fanout.ended", stop)
    with pytest.raises(StoppedWaiting, match=r"2 runs go on: double-1, double-2\. Nothing more was started\."):
        dh.function("function/double").map(itertools.count(), at_once=2)


def test_gather_and_wait_all(broker: SmallBroker) -> None:
    doubling(broker)
    runs = [dh.run("double", x=x) for x in (0, 1, 2)]
    before = len(broker.sent("POST", "/runs/stream"))
    assert [run.state for run in dh.wait_all(runs)] == ["succeeded", "failed", "succeeded"]
    assert len(broker.sent("POST", "/runs/stream")) == before + 1, "one connection for all"
    with pytest.raises(RunFailed, match="double-2"):
        dh.gather(*runs)
    assert dh.gather(*runs, return_exceptions=True)[2] == 4
    assert dh.gather("run/double-1", "double-3") == [0, 4]
    assert dh.gather(runs[:1]) == [0]


def test_a_limit_of_time(broker: SmallBroker) -> None:
    runs = [dh.run("double", x=x) for x in (0, 1)]
    with pytest.raises(TimeoutError, match=r"2 of 2 runs have not ended after 0.05 s. They go on."):
        dh.wait_all(runs, timeout=0.05)


def test_a_broken_connection_is_mended(broker: SmallBroker) -> None:
    doubling(broker)
    broker.cut_streams = 2
    assert dh.gather(*[dh.run("double", x=x) for x in (0, 2, 4)]) == [0, 4, 8]
    assert len(broker.sent("POST", "/runs/stream")) == 3


def test_ctrl_c_leaves_the_runs(broker: SmallBroker, monkeypatch: pytest.MonkeyPatch) -> None:
    double = dh.function("function/double")

    def stop(*_: Any, **__: Any) -> Any:
        raise KeyboardInterrupt

    monkeypatch.setattr("dh_kernel.fanout.ended", stop)
    with pytest.raises(StoppedWaiting, match=r"2 runs go on: double-1, double-2\. 3 were not started\."):
        double.map(range(5), at_once=2)
    assert len(broker.entities["run"]) == 2


@pytest.mark.parametrize(
    ("total", "states", "text"),
    [
        (3, [], "f · 0 of 3 ended · 3 to start"),
        (3, ["COMPLETED", "RUNNING", "ERROR"], "f · 2 of 3 ended · 1 running, 1 failed"),
        (2000, ["COMPLETED"] * 2000, "f · 2,000 of 2,000 ended"),
        (None, ["COMPLETED"] * 2 + ["RUNNING"], "f · 2 ended · 1 running"),
    ],
)
def test_the_line(total: int | None, states: list[str], text: str) -> None:
    assert fanout_text("f", total, states) == text
