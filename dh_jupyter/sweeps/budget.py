"""Whether another trial may begin, and whether a sweep is over: pure, from what is known of it and the time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from ..clock import as_seconds
from .ledger import Ledger


class Decision(NamedTuple):
    """`asks`: so many trials may begin now. `over`: why none begins any more; `failed`: and that is no good end; `counted`:
    and the counts say it already."""

    asks: int
    over: str = ""
    failed: bool = False
    exhausted: bool = False
    counted: bool = False


def decide(
    ledger: Ledger,
    spec: Mapping[str, Any],
    now: float,
    combinations: int | None,
    busy: int | None = None,
    for_each: int = 1,
) -> Decision:
    """`spec` is a SweepSpec, `now` in seconds since 1970; `combinations`: how many there are, of a grid. `busy`: workers that
    get no trials now, if some have several; `for_each`: so many may each of the others get."""
    over = _over(ledger, spec, now, combinations)
    if over is not None:
        return over
    if ledger.paused:
        return Decision(0)
    left = limit_of(ledger, spec, combinations)
    free = (workers_left(ledger, spec) - (len(ledger.open) if busy is None else busy)) * for_each
    asked = len(ledger.trials)
    return Decision(max(0, free if left is None else min(free, left - asked)))


def limit_of(ledger: Ledger, spec: Mapping[str, Any], combinations: int | None) -> int | None:
    """The most trials that there will be; None if nothing says."""
    asked = spec.get("trials")
    limits = [asked + ledger.more_trials] if asked is not None else []
    limits += [] if combinations is None else [combinations]
    return min(limits, default=None)


def workers_left(ledger: Ledger, spec: Mapping[str, Any]) -> int:
    """Trials at once: without those workers that were put aside."""
    return int(spec.get("workers") or 1) - ledger.aside.count("")


def cost_of(ledger: Ledger, spec: Mapping[str, Any], now: float) -> float | None:
    """Of all runs so far, also of those that go on; None where they have no price."""
    if spec.get("price") is None:
        return None
    began = [as_seconds(ledger.trials[number].started) for number in ledger.open if ledger.trials[number].started]
    return float((ledger.spent + sum(max(0.0, now - moment) for moment in began)) / 3600 * spec["price"])


def deadline(ledger: Ledger, spec: Mapping[str, Any]) -> float | None:
    """After which no trial begins, in seconds since 1970."""
    timeout = spec.get("timeout")
    return None if timeout is None else ledger.began + timeout + ledger.more_seconds


def _over(ledger: Ledger, spec: Mapping[str, Any], now: float, combinations: int | None) -> Decision | None:
    if ledger.done:
        return Decision(0, ledger.done, failed=True)
    count, message = ledger.fails_from_the_start
    if count:
        return Decision(0, f"The first {count} trials all failed: {message}", failed=True)
    if spec.get("failures") == "stop" and ledger.counts["failed"]:
        failed = next(trial for trial in ledger.trials if trial.state == "failed")
        return Decision(0, f"Trial {failed.number} failed: {failed.message}", failed=True)
    if _reaches(ledger, spec):
        return Decision(0, f"The target {spec['target']} is reached.")
    if spec.get("plateau") is not None and ledger.best and ledger.since_better >= spec["plateau"]:
        return Decision(0, f"No better one in {ledger.since_better} trials.")
    if workers_left(ledger, spec) < 1:
        return Decision(0, "Every worker was put aside: its runs failed three times running.", failed=True)
    cost = cost_of(ledger, spec, now) if spec.get("cost") is not None else None
    if cost is not None and cost >= spec["cost"]:
        return Decision(0, f"It has cost {spec['cost']:g}.")
    until = deadline(ledger, spec)
    if until is not None and now >= until:
        return Decision(0, "Its time is over.")
    limit = limit_of(ledger, spec, combinations)
    if limit is None or len(ledger.trials) < limit:
        return None
    exhausted = limit == combinations
    if exhausted:
        return Decision(0, "Every combination was tried.", exhausted=True)
    return Decision(0, f"{limit} trials.", counted=True)


def _reaches(ledger: Ledger, spec: Mapping[str, Any]) -> bool:
    if spec.get("target") is None or not ledger.best:
        return False
    objective = spec["objectives"][0]
    values = [(ledger.trials[number].values or {})[objective["name"]] for number in ledger.best]
    more = objective["direction"] == "maximize"
    return any(value >= spec["target"] if more else value <= spec["target"] for value in values)


def seconds_to_go(ledger: Ledger, spec: Mapping[str, Any], combinations: int | None) -> float | None:
    """Until it will be over if it goes on like this; None if that can't be said."""
    limit = limit_of(ledger, spec, combinations)
    took = [trial.seconds for trial in ledger.trials[-200:] if trial.seconds is not None]
    if limit is None or not took:
        return None
    left = limit - len(ledger.trials) + len(ledger.open)
    return max(0.0, left * (sum(took) / len(took)) / max(1, workers_left(ledger, spec)))
