"""Whose turn it is, when a look at a run fails."""

from __future__ import annotations

import threading

import pytest

from dh_jupyter.runs.turns import Turns


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_run_that_is_woken_during_a_look_that_fails_is_looked_at_again_and_later() -> None:
    begun, woken = threading.Event(), threading.Event()
    looks: list[int] = []
    seen = threading.Condition()

    def look(project: str, run_id: str) -> None:
        with seen:
            looks.append(len(looks))
            seen.notify_all()
        if len(looks) == 1:
            begun.set()
            assert woken.wait(60)
            raise RuntimeError("the database is away")

    turns = Turns(look, lambda: None)
    turns.wake("demo", "r")
    assert begun.wait(60)
    turns.wake("demo", "r")
    woken.set()
    with seen:
        assert seen.wait_for(lambda: len(looks) >= 2, 60)
    turns.close()
    assert turns._working == {}
