"""The cluster's time by what its answers say."""

from __future__ import annotations

import pytest

from dh_jupyter.executors.kubernetes.clock import Clock

NOON = 1795953600.0  # Sun, 29 Nov 2026 12:00:00 GMT


@pytest.mark.parametrize(
    ("local", "date", "now"),
    [
        (NOON + 3600, "Sun, 29 Nov 2026 12:00:00 GMT", NOON),
        (NOON - 600, "Sun, 29 Nov 2026 12:00:00 GMT", NOON),
        (NOON + 1.5, "Sun, 29 Nov 2026 12:00:00 GMT", NOON + 1.5),
        (NOON + 3600, None, NOON + 3600),
        (NOON + 3600, "yesterday", NOON + 3600),
    ],
)
def test_what_is_heard_counts_where_it_is_more_than_a_rounding(local: float, date: str | None, now: float) -> None:
    clock = Clock(lambda: local)
    clock.hear(date)
    assert clock.now() == now


def test_a_clock_that_was_set_right_is_right_again() -> None:
    clock = Clock(lambda: NOON)
    clock.hear("Sun, 29 Nov 2026 13:00:00 GMT")
    clock.hear("Sun, 29 Nov 2026 12:00:00 GMT")
    assert clock.now() == NOON
