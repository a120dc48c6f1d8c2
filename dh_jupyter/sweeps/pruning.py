"""Whether a trial that goes on is worth it, from what it and the others have reported. Pure.

median: worse than the median of the others at the same step. hyperband: successive halving as it comes (ASHA): at each rung
one of `reduction_factor` goes on. patient: no better for `patience` reports.
"""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import accumulate
from typing import Any

Points = Sequence[tuple[int, float]]
STARTUP, WARMUP, PATIENCE, FACTOR = 5, 0, 10, 3
MOST_RANKED = 64  # steps and rungs whose ranks are kept


class Curve:
    """What one trial has reported, turned so that more is better: the best by each step, and by each report."""

    def __init__(self, points: Points, more: bool) -> None:
        """`points` are (step, value) in the order of steps; `more`: whether more is better."""
        known = [(step, value if more else -value) for step, value in points if value == value]
        self.values = [value for _, value in known]
        self._steps = [step for step, _ in known]
        self._best = list(accumulate(self.values, max))

    @property
    def last(self) -> int:
        """The step of the last report."""
        return self._steps[-1]

    def __len__(self) -> int:
        return len(self.values)

    def by_step(self, step: int) -> float | None:
        """None if it has not come so far."""
        place = bisect_right(self._steps, step)
        return self._best[place - 1] if place and self._steps[-1] >= step else None

    def by_report(self, count: int) -> float | None:
        """None if it has reported less often."""
        return self._best[count - 1] if len(self) >= count else None


Key = tuple[str, int]  # step or report, which one


class Reported:
    """What trials that have ended have reported. To ask again costs nothing, however many there are."""

    def __init__(self, *, more: bool) -> None:
        """`more`: whether more is better."""
        self.more = more
        self._curves: dict[int, Curve] = {}  # by the trial's number
        self._ranked: dict[Key, list[float]] = {}  # what was asked for, the worst first

    def add(self, number: int, points: Points) -> None:
        """Of a trial that has ended; once."""
        if number in self._curves:
            return
        curve = self._curves[number] = Curve(points, self.more)
        for key, ranked in self._ranked.items():
            value = _value(curve, key)
            if value is not None:
                insort(ranked, value)

    def by_step(self, step: int) -> Sequence[float]:
        """The best values up to a step of those that came so far, the worst first."""
        return self._rank(("step", step))

    def by_report(self, count: int) -> Sequence[float]:
        """The best values of the first so many reports, likewise."""
        return self._rank(("report", count))

    def _rank(self, key: Key) -> list[float]:
        if key not in self._ranked:
            if len(self._ranked) >= MOST_RANKED:
                del self._ranked[next(iter(self._ranked))]
            found = (_value(curve, key) for curve in self._curves.values())
            self._ranked[key] = sorted(value for value in found if value is not None)
        return self._ranked[key]


def _value(curve: Curve, key: Key) -> float | None:
    return curve.by_step(key[1]) if key[0] == "step" else curve.by_report(key[1])


def is_hopeless(own: Points, ended: Reported, pruner: Mapping[str, Any], running: Iterable[Points] = ()) -> bool:
    """`own` are (step, value) in the order of steps, `running` the same of other trials that go on."""
    mine = Curve(own, ended.more)
    if len(mine) <= pruner.get("warmup_steps", WARMUP):
        return False
    return _RULES[pruner["kind"]](mine, ended, pruner, running)


def _median(own: Curve, ended: Reported, pruner: Mapping[str, Any], running: Iterable[Points]) -> bool:
    known = ended.by_step(own.last)
    if len(known) < max(1, pruner.get("startup_trials", STARTUP)):
        return False
    median = (known[(len(known) - 1) // 2] + known[len(known) // 2]) / 2
    return max(own.values) < median


def _hyperband(own: Curve, ended: Reported, pruner: Mapping[str, Any], running: Iterable[Points]) -> bool:
    """Also those that run have come to a rung."""
    factor = pruner.get("reduction_factor", FACTOR)
    rung = 1
    while rung * factor <= len(own):
        rung *= factor
    if rung == 1:
        return False
    mine = own.by_report(rung)
    assert mine is not None
    reached = ended.by_report(rung)
    others = [value for points in running if (value := Curve(points, ended.more).by_report(rung)) is not None]
    count = len(reached) + len(others) + 1
    if count < factor:
        return False
    better = len(reached) - bisect_right(reached, mine) + sum(value > mine for value in others)
    return bool(better >= count // factor)


def _patient(own: Curve, ended: Reported, pruner: Mapping[str, Any], running: Iterable[Points]) -> bool:
    patience = pruner.get("patience", PATIENCE)
    if len(own) <= patience:
        return False
    before = max(own.values[:-patience])
    return all(value <= before for value in own.values[-patience:])


def _never(own: Curve, ended: Reported, pruner: Mapping[str, Any], running: Iterable[Points]) -> bool:
    return False


Rule = Callable[[Curve, Reported, Mapping[str, Any], Iterable[Points]], bool]
_RULES: dict[str, Rule] = {"median": _median, "hyperband": _hyperband, "patient": _patient, "none": _never}
MOST_POINTS = 200


def thinned(points: Points) -> list[tuple[int, float]]:
    """At most so many, the last among them."""
    if len(points) <= MOST_POINTS:
        return list(points)
    stride = -(-len(points) // MOST_POINTS)
    return [*points[:-1:stride], points[-1]]
