"""The decision's table: stored state and what is seen, to the next action."""

from __future__ import annotations

from typing import Any

import pytest

from dh_jupyter.executors.base import Observation
from dh_jupyter.runs.reconcile import (
    Cancel,
    Commit,
    End,
    Facts,
    Fail,
    Nothing,
    Record,
    Submit,
    cause_of,
    next_action,
    seconds_left,
)  # fmt: skip
from dh_jupyter.runs.states import FINISHED, SHOWN, STEPS, UNFINISHED, may_step


def result(state: str = "COMPLETED", code: int = 0) -> Any:
    return {
        "format": 1, "id": "r", "attempt": 1, "state": state, "exit_code": code,
        "started": 1.0, "ended": 2.0, "results": {}, "outputs": [],
    }  # fmt: skip


def seen(phase: Any, **exit: Any) -> Observation:
    return Observation(phase, exit={"ended": 9.0, **exit} if exit else None)  # type: ignore[arg-type]


BUILDING = Observation("starting", waiting_for="Building.", progress={"done": 1, "total": 2})
QUEUED = Observation("starting", waiting_for="Waiting for a node.", is_queued=True)
WAITS = Observation("running", waiting_for="Done; its results wait.")
OK = result()
FAILED = result("ERROR", 42)
CANCELLED = result("STOPPED", 45)

CASES: list[tuple[str, Facts, Any]] = [
    ("a new run is submitted", Facts("READY"), Submit(1)),
    ("a run of Core's own first state too", Facts("CREATED"), Submit(1)),
    ("a stop before the start ends it", Facts("READY", stop_asked=True), End()),
    ("a stop wins over the queue's timer", Facts("READY", stop_asked=True, queue_timeout=1, now=9), End()),
    ("waiting too long", Facts("READY", created=10, queue_timeout=5, now=15), Fail("queue_timeout")),
    ("not too long yet", Facts("READY", created=10, queue_timeout=5, now=14.9), Submit(1)),
    ("waiting has taken all of its time", Facts("READY", created=10, total_timeout=5, now=15), Fail("total_timeout")),
    ("waiting and running have", Facts("RUNNING", 1, created=10, total_timeout=5, now=15, observation=seen("running")), Cancel()),
    ("not yet", Facts("RUNNING", 1, created=10, total_timeout=5, now=14, observation=seen("running")), Nothing()),
    ("ended by the total", Facts("RUNNING", 1, 2, created=10, total_timeout=5, now=15, observation=seen("exited", reason="stopped", signal=15), result=CANCELLED), Fail("total_timeout")),
    ("ended by the total, as its supervisor saw it", Facts("RUNNING", 1, created=10, total_timeout=5, now=15, observation=seen("exited", reason="timeout")), Fail("total_timeout")),
    ("a result that came before counts", Facts("RUNNING", 1, created=10, total_timeout=5, now=15, observation=seen("exited", reason="exited", code=0), result=OK), Commit(OK)),
    ("no more attempts after the total", Facts("RUNNING", 1, 3, created=10, total_timeout=5, now=15, observation=seen("missing")), Fail("total_timeout")),
    ("memory is memory", Facts("RUNNING", 1, created=10, total_timeout=5, now=15, observation=seen("exited", reason="memory", signal=9)), Fail("memory")),
    ("starting is stored", Facts("READY", 1, observation=seen("starting")), Record("PENDING")),
    ("starting is stored once", Facts("PENDING", 1, observation=seen("starting")), Nothing()),
    ("what it waits for is stored", Facts("PENDING", 1, observation=BUILDING), Record("PENDING", "Building.", {"done": 1, "total": 2})),
    ("what it waits for is stored once", Facts("PENDING", 1, observation=BUILDING, message="Building."), Nothing()),
    ("a run of a second attempt that builds stays running", Facts("RUNNING", 2, observation=BUILDING), Nothing()),
    ("running is stored", Facts("PENDING", 1, observation=seen("running")), Record("RUNNING")),
    ("running is stored once", Facts("RUNNING", 1, observation=seen("running")), Nothing()),
    ("done, and its results wait", Facts("RUNNING", 1, observation=WAITS), Record("RUNNING", "Done; its results wait.")),
    ("which is stored once", Facts("RUNNING", 1, observation=WAITS, message="Done; its results wait."), Nothing()),
    ("and can be stopped", Facts("RUNNING", 1, observation=WAITS, stop_asked=True), Cancel()),
    ("the queue's timer is off once it runs", Facts("RUNNING", 1, queue_timeout=1, now=99, observation=seen("running")), Nothing()),
    ("what was given back before it began begins again", Facts("PENDING", 1, observation=seen("exited", reason="returned")), Submit(2)),
    ("however often", Facts("PENDING", 7, observation=seen("exited", reason="returned")), Submit(8)),
    ("unless it was stopped", Facts("PENDING", 1, stop_asked=True, observation=seen("exited", reason="returned")), End()),
    ("or has waited too long", Facts("PENDING", 1, created=10, queue_timeout=5, now=15, observation=seen("exited", reason="returned")), Fail("queue_timeout")),
    ("a queue of the executor's is waiting, too", Facts("PENDING", 1, created=10, queue_timeout=5, now=15, observation=QUEUED), Cancel()),
    ("not too long there", Facts("PENDING", 1, created=10, queue_timeout=5, now=14, observation=QUEUED, message="Waiting for a node."), Nothing()),
    ("a place was found in time", Facts("PENDING", 1, queue_timeout=1, now=9, observation=BUILDING, message="Building."), Nothing()),
    ("a second attempt has no queue's timer", Facts("PENDING", 2, queue_timeout=1, now=9, observation=QUEUED, message="Waiting for a node."), Nothing()),
    ("what was ended in the queue has waited too long", Facts("PENDING", 1, 3, created=10, queue_timeout=5, now=16, observation=seen("exited", reason="stopped")), Fail("queue_timeout")),
    ("what ran before has not", Facts("PENDING", 1, created=10, queue_timeout=5, now=16, observation=seen("exited", reason="killed", started=12.0)), Fail("killed")),
    ("a stop cancels", Facts("RUNNING", 1, stop_asked=True, observation=seen("running")), Cancel()),
    ("a stop cancels a starting one", Facts("PENDING", 1, stop_asked=True, observation=seen("starting")), Cancel()),
    ("a result while it still runs waits for its end", Facts("RUNNING", 1, observation=seen("running"), result=OK), Nothing()),
    ("a result is committed", Facts("RUNNING", 1, observation=seen("exited", reason="exited", code=0), result=OK), Commit(OK)),
    ("though it never looked running", Facts("PENDING", 1, observation=seen("exited", reason="exited", code=0), result=OK), Commit(OK)),
    ("though its supervisor was lost", Facts("RUNNING", 1, observation=seen("missing"), result=OK), Commit(OK)),
    ("an exception is a result", Facts("RUNNING", 1, observation=seen("exited", reason="exited", code=42), result=FAILED), Commit(FAILED)),
    ("an exception is not retried", Facts("RUNNING", 1, 3, observation=seen("exited", reason="exited", code=42), result=FAILED), Commit(FAILED)),
    ("a result that came before the stop counts", Facts("RUNNING", 1, stop_asked=True, observation=seen("exited", reason="exited", code=0), result=OK), Commit(OK)),
    ("a stop that was asked for", Facts("RUNNING", 1, stop_asked=True, observation=seen("exited", reason="stopped", signal=15), result=CANCELLED), End()),
    ("a stop that needed force", Facts("RUNNING", 1, stop_asked=True, observation=seen("exited", reason="stopped", signal=9)), End()),
    ("a stopped run that vanished", Facts("RUNNING", 1, stop_asked=True, observation=seen("missing")), End()),
    ("its time is over", Facts("RUNNING", 1, observation=seen("exited", reason="timeout", signal=15), result=CANCELLED), Fail("timeout")),
    ("its time is over, a retry would not help", Facts("RUNNING", 1, 3, observation=seen("exited", reason="timeout")), Fail("timeout")),
    ("memory", Facts("RUNNING", 1, 3, observation=seen("exited", reason="memory", signal=9)), Fail("memory")),
    ("killed from outside", Facts("RUNNING", 1, observation=seen("exited", reason="exited", signal=9)), Fail("killed")),
    ("killed from outside is retried", Facts("RUNNING", 1, 2, observation=seen("exited", reason="exited", signal=9)), Submit(2)),
    ("ended by SIGTERM from outside, politely", Facts("RUNNING", 1, 1, observation=seen("exited", reason="exited", code=45), result=CANCELLED), Submit(2)),
    ("retries come to an end", Facts("RUNNING", 3, 2, observation=seen("exited", reason="exited", signal=9)), Fail("killed")),
    ("lost is retried", Facts("RUNNING", 1, 1, observation=seen("missing")), Submit(2)),
    ("lost", Facts("RUNNING", 1, observation=seen("missing")), Fail("lost")),
    ("a crash is the code's", Facts("RUNNING", 1, 3, observation=seen("exited", reason="exited", signal=11)), Fail("crashed")),
    ("os._exit(0) is a failure", Facts("RUNNING", 1, observation=seen("exited", reason="exited", code=0)), Fail("exited")),
    ("packages", Facts("RUNNING", 1, observation=seen("exited", reason="exited", code=43)), Fail("dependencies")),
    ("integrity", Facts("RUNNING", 1, observation=seen("exited", reason="exited", code=44)), Fail("integrity")),
]  # fmt: skip


@pytest.mark.parametrize(("facts", "action"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_next_action(facts: Facts, action: Any) -> None:
    assert next_action(facts) == action


@pytest.mark.parametrize(
    ("facts", "left"),
    [
        (Facts("READY", created=10, now=11), None),
        (Facts("READY", created=10, now=11, queue_timeout=5, total_timeout=9), 4),
        (Facts("RUNNING", 1, created=10, now=11, queue_timeout=5, total_timeout=9), 8),
        (Facts("RUNNING", 1, created=10, now=30, total_timeout=9), None),
        (Facts("PENDING", 1, created=10, now=11, queue_timeout=5, observation=QUEUED), 4),
    ],
)
def test_seconds_left(facts: Facts, left: float | None) -> None:
    assert seconds_left(facts) == left


@pytest.mark.parametrize("state", sorted(FINISHED))
def test_the_end_is_the_end(state: str) -> None:
    for observation in (None, seen("running"), seen("missing")):
        assert next_action(Facts(state, 1, stop_asked=True, observation=observation, result=OK)) == Nothing()


def test_the_same_facts_give_the_same_action() -> None:
    for _name, facts, action in CASES:
        assert next_action(facts) == next_action(facts) == action


def test_states_are_one_table() -> None:
    assert set(SHOWN) == FINISHED | UNFINISHED == set(STEPS)
    assert not any(may_step(state, other) for state in FINISHED for other in SHOWN if other != state)
    assert all(may_step(state, state) for state in SHOWN)
    for state in UNFINISHED - {"STOP"}:
        assert may_step(state, "ERROR"), state


def test_every_cause_has_a_diagnosis() -> None:
    from dh_jupyter.runs.diagnosis import Case, explain

    reasons: list[Any] = [None, {"reason": "lost", "ended": 1.0}]
    reasons += [{"reason": reason, "ended": 1.0} for reason in ("timeout", "memory", "stopped", "killed")]
    reasons += [{"reason": "exited", "ended": 1.0, "code": code} for code in (0, 1, 42, 43, 44, 45, 46)]
    reasons += [{"reason": "exited", "ended": 1.0, "signal": signal} for signal in (6, 9, 11, 15)]
    for exit in reasons:
        found = explain(Case(cause=cause_of(exit), exit=exit))
        assert found["summary"], exit
        assert found["cure"], exit
