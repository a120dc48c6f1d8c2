"""How many trials a worker has one after another, from how long they take. Pure."""

from __future__ import annotations

import itertools
import math
import statistics
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .ledger import Ledger

SHORT = 1.0  # seconds: longer ones have a worker each, unless somebody wants it otherwise
SHARE = 0.5  # seconds that a hand of short ones is to last: so long a sampler learns nothing, and others wait
LONG_SHARE = 5.0  # and of others, where somebody wants them in hands
PATIENCE = 4.0  # times its share a hand may last, before what has not begun of it is given back
KNOWN = 5  # trials that have ended before their length is believed
RECENT = 20  # those that count
MOST = 50  # trials of a hand
MOST_LEARNING = 10  # where the next ones depend on how the last ones ended
LEARNING = frozenset({"tpe", "cmaes", "gp", "nsgaii"})


def lengths(ledger: Ledger) -> list[float]:
    """Seconds of the last trials, as far as they are known."""
    found = (trial.seconds for trial in reversed(ledger.trials) if trial.seconds is not None)
    return list(itertools.islice(found, RECENT))


def most_in_hand(spec: Mapping[str, Any], taken: Sequence[float]) -> int:
    """The most trials that a worker should have now; 1: each has one of its own. `taken`: what `lengths` gives."""
    reuse = spec.get("reuse", "auto")
    if not reuse or spec.get("conditional") or len(taken) < (1 if reuse is True else KNOWN):
        return 1
    usual = max(statistics.median(taken), 0.001)
    if usual >= SHORT and reuse == "auto":
        return 1
    fits = int((LONG_SHARE if reuse is True else SHARE) / usual)
    least = 2 if reuse is True else 1
    return min(max(fits, least), MOST_LEARNING if spec["sampler"] in LEARNING else MOST)


def seconds_of(count: int, taken: Sequence[float]) -> float:
    """How long a hand may last."""
    return PATIENCE * max(SHARE, count * statistics.median(taken) if taken else 0.0)


def dealt(trials: Sequence[int], workers: int) -> list[list[int]]:
    """Numbers of trials in hands for so many workers, as even as can be."""
    size = math.ceil(len(trials) / max(1, workers))
    return [list(trials[start : start + size]) for start in range(0, len(trials), max(1, size))]
