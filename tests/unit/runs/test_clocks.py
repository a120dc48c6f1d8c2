"""A clock that is set back, a laptop that sleeps: nothing ends before it began, and nobody waits too long or too short."""

from __future__ import annotations

import pytest

from dh_jupyter.clock import as_text
from dh_jupyter.runs import ages, records
from dh_jupyter.runs.ages import Ages
from dh_jupyter.runs.records import ended, moved


class Clocks:
    """The wall's, which anyone may set, and the one that only counts."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.wall, self.steady = 1_000_000.0, 50.0
        for module in (ages, records):
            monkeypatch.setattr(module, "seconds", lambda: self.wall)
        monkeypatch.setattr(ages, "awake", lambda: self.steady)

    def work(self, seconds: float) -> None:
        self.wall += seconds
        self.steady += seconds


@pytest.fixture
def clocks(monkeypatch: pytest.MonkeyPatch) -> Clocks:
    return Clocks(monkeypatch)


def test_waiting_is_counted_on_the_steady_clock(clocks: Clocks) -> None:
    waits, created = Ages(), clocks.wall - 10
    assert waits.age("r", created) == 10
    clocks.work(5)
    assert waits.age("r", created) == 15
    clocks.wall -= 3600  # set back
    assert waits.age("r", created) == 15
    clocks.wall += 8 * 3600  # a night's sleep
    clocks.work(1)
    assert waits.age("r", created) == 16
    waits.forget("r")
    assert waits.age("r", clocks.wall + 99) == 0  # posted in the future, as another broker's clock says


def test_no_step_is_before_the_one_before(clocks: Clocks) -> None:
    status = moved({"state": "READY"}, "PENDING")
    clocks.wall -= 3600
    status = moved(status, "RUNNING")
    status = ended(status, "COMPLETED")
    times = [step["time"] for step in status["transitions"]]
    assert times == [as_text(1_000_000.0)] * 3
    assert status["started"] <= status["ended"]
