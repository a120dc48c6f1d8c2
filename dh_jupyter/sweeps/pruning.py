"""Whether a trial that goes on is worth it, from what it and the others have reported. Pure.

median: worse than the median of the others at the same step. hyperband: successive halving as it comes (ASHA): at each rung
one of `reduction_factor` goes on. patient: no better for `patience` reports.
"""

from __future__ import annotations

import statistics
from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

Points = Sequence[tuple[int, float]]
STARTUP, WARMUP, PATIENCE, FACTOR = 5, 0, 10, 3


def is_hopeless(own: Points, others: Iterable[Points], pruner: Mapping[str, Any], *, more: bool) -> bool:
    """`own` and `others` are (step, value) in the order of steps; `more`: whether more is better."""
    own = [(step, value) for step, value in own if value == value]
    if len(own) <= pruner.get("warmup_steps", WARMUP):
        return False
    rule = _RULES[pruner["kind"]]
    sign = 1.0 if more else -1.0
    mine = [(step, sign * value) for step, value in own]
    theirs = [[(step, sign * value) for step, value in points if value == value] for points in others]
    return rule(mine, theirs, pruner)


def _median(own: Points, others: Sequence[Points], pruner: Mapping[str, Any]) -> bool:
    step = own[-1][0]
    known = [value for points in others if (value := _at(points, step)) is not None]
    if len(known) < max(1, pruner.get("startup_trials", STARTUP)):
        return False
    return bool(max(value for _, value in own) < statistics.median(known))


def _hyperband(own: Points, others: Sequence[Points], pruner: Mapping[str, Any]) -> bool:
    factor = pruner.get("reduction_factor", FACTOR)
    rung = 1
    while rung * factor <= len(own):
        rung *= factor
    if rung == 1:
        return False
    reached = [max(value for _, value in points[:rung]) for points in others if len(points) >= rung]
    if len(reached) + 1 < factor:
        return False
    mine = max(value for _, value in own[:rung])
    places = (len(reached) + 1) // factor
    return bool(sum(value > mine for value in reached) >= places)


def _patient(own: Points, others: Sequence[Points], pruner: Mapping[str, Any]) -> bool:
    patience = pruner.get("patience", PATIENCE)
    if len(own) <= patience:
        return False
    before = max(value for _, value in own[:-patience])
    return all(value <= before for _, value in own[-patience:])


def _never(own: Points, others: Sequence[Points], pruner: Mapping[str, Any]) -> bool:
    return False


def _at(points: Points, step: int) -> float | None:
    """The best value up to a step; None for a trial that has not come so far."""
    place = bisect_right([one for one, _ in points], step)
    if not place or points[-1][0] < step:
        return None
    return max(value for _, value in points[:place])


Rule = Callable[[Points, Sequence[Points], Mapping[str, Any]], bool]
_RULES: dict[str, Rule] = {"median": _median, "hyperband": _hyperband, "patient": _patient, "none": _never}
MOST_POINTS = 200


def thinned(points: Points) -> list[tuple[int, float]]:
    """At most so many, the last among them."""
    if len(points) <= MOST_POINTS:
        return list(points)
    stride = -(-len(points) // MOST_POINTS)
    return [*points[:-1:stride], points[-1]]
