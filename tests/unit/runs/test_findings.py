"""What an executor found out is what is said of a run, by its names."""

from __future__ import annotations

from typing import Any

import pytest

from dh_jupyter.runs.diagnosis import Case, explain

EVICTED = {
    "code": "evicted",
    "summary": "Its machine was shut down.",
    "cure": "Run it again: %dh retry RUN; or RUNNERS of FUNCTION",
    "retry": {"retries": 2},
}
MEMORY = {
    "code": "memory",
    "summary": "A process of it was killed at its memory limit.",
    "cure": "%dh retry RUN --memory 2Gi",
}


def case(finding: Any, error: str = "", cause: str = "killed", **facts: Any) -> Case:
    raised: Any = {"type": error, "message": "", "traceback": ""} if error else None
    exit: Any = {"reason": "killed", "ended": 2.0, "finding": finding}
    return Case(name="train-42", function="train", cause=cause, exit=exit, error=raised, **facts)


def test_it_comes_before_what_the_exit_would_be_explained_by() -> None:
    found = explain(case(EVICTED))
    assert found == {**EVICTED, "cure": "Run it again: %dh retry train-42; or RUNNERS of train"}


@pytest.mark.parametrize(
    ("finding", "error", "code"),
    [
        (EVICTED, "ValueError", "user_exception"),
        (EVICTED, "concurrent.futures.process.BrokenProcessPool", "child_killed"),
        (MEMORY, "concurrent.futures.process.BrokenProcessPool", "memory"),
        (MEMORY, "ValueError", "user_exception"),
    ],
)
def test_what_user_code_raised_is_told_but_for_a_child_that_memory_killed(finding: Any, error: str, code: str) -> None:
    assert explain(case(finding, error))["code"] == code


def test_a_timer_of_ours_says_what_was_waited_for() -> None:
    found = explain(
        case(EVICTED, cause="queue_timeout", waited=60, waited_for="No node fits.", spec={"queue_timeout": 60})
    )
    assert found["code"] == "queue_timeout"
    assert found["detail"] == "What it waited for last: No node fits."
