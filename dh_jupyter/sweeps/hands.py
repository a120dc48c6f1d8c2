"""How many trials a worker has one after another, from how long they take, and which of them are whose. Pure."""

from __future__ import annotations

import itertools
import math
import statistics
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from .ledger import Ledger, Trial

STARTING = 0.25  # seconds that a worker takes to start, where nothing else is said
SHORT = 4.0  # times that: longer ones have a worker each, unless somebody wants it otherwise
SHARE = 2.0  # times that is a hand of short ones to last: so long a sampler learns nothing, and others wait
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


def most_in_hand(spec: Mapping[str, Any], taken: Sequence[float], starting: float = STARTING) -> int:
    """The most trials that a worker should have now; 1: each has one of its own. `taken`: what `lengths` gives; `starting`:
    seconds that a worker takes to start."""
    reuse = spec.get("reuse", "auto")
    if not reuse or spec.get("conditional") or len(taken) < (1 if reuse is True else KNOWN):
        return 1
    usual = max(statistics.median(taken), 0.001)
    if usual >= SHORT * starting and reuse == "auto":
        return 1
    share = SHARE * starting
    fits = int((max(LONG_SHARE, share) if reuse is True else share) / usual)
    least = 2 if reuse is True else 1
    return min(max(fits, least), MOST_LEARNING if spec["sampler"] in LEARNING else MOST)


def deals_ahead(spec: Mapping[str, Any], taken: Sequence[float], most: int, starting: float = STARTING) -> bool:
    """Whether a worker gets its next hand of so many before its last one is over: where hands are short beside what it takes
    to make one. Else too many would be under way when a sweep is to pause or has reached its target."""
    return most > 1 and spec["sampler"] not in LEARNING and most * statistics.median(taken) <= SHARE * starting


def seconds_of(count: int, taken: Sequence[float], starting: float = STARTING) -> float:
    """How long a hand may last."""
    return PATIENCE * max(SHARE * starting, count * statistics.median(taken) if taken else 0.0)


def dealt(trials: Sequence[int], workers: int) -> list[list[int]]:
    """Numbers of trials in hands for so many workers, as even as can be."""
    size = math.ceil(len(trials) / max(1, workers))
    return [list(trials[start : start + size]) for start in range(0, len(trials), max(1, size))]


class InHand(NamedTuple):
    """Trials that one worker is to have; `after`: those that it has before them, if it has some."""

    trials: list[Trial]
    after: list[int]


class Workers:
    """Which trials each worker has, since the sweep was opened: one that nothing is known of is alone.

    A worker may get its next hand while it has its last one, once half of that is over: so it does not wait while runs are
    made. Trials are given by their numbers, a hand has that of its first one.
    """

    def __init__(self) -> None:
        self.deals_ahead = False  # see there
        self._hand_of: dict[int, int] = {}
        self._hands: dict[int, list[int]] = {}
        self._after: dict[int, int] = {}  # the hand that the same worker has before this one

    def busy(self, open: Collection[int]) -> int:
        """How many have trials; `open` are those that have not ended."""
        waiting = self._open_hands(open)
        return len([hand for hand in waiting if self._after.get(hand) not in waiting])

    def ripe(self, open: Collection[int]) -> list[int]:
        """Hands whose worker may have its next one already."""
        if not self.deals_ahead:
            return []
        left = self._open_hands(open)
        followed = {self._after[hand] for hand in left if hand in self._after}
        return [
            hand
            for hand, count in left.items()
            if hand in self._hands
            and 2 * count <= len(self._hands[hand])
            and hand not in followed
            and self._after.get(hand) not in left
        ]

    def deal(self, new: Sequence[int], open: Collection[int], workers: int) -> None:
        """New trials to so many workers, where `open` were there before: to the free ones first, each as many as another."""
        free = max(0, workers - self.busy(open))
        places = [None] * free + self.ripe(open)
        for hand, after in zip(dealt(new, len(places)), places or [None], strict=False):
            self._hands[hand[0]] = hand
            self._hand_of.update(dict.fromkeys(hand, hand[0]))
            if after is not None:
                self._after[hand[0]] = after

    def parted(self, trials: Iterable[Trial]) -> list[InHand]:
        """By the worker that is to have them."""
        found: dict[int, list[Trial]] = {}
        for trial in trials:
            found.setdefault(self._hand_of.get(trial.number, trial.number), []).append(trial)
        return [InHand(those, self._hands.get(self._after.get(hand, -1), [])) for hand, those in found.items()]

    def _open_hands(self, open: Collection[int]) -> dict[int, int]:
        """How many trials of each have not ended."""
        left: dict[int, int] = {}
        for number in open:
            hand = self._hand_of.get(number, number)
            left[hand] = left.get(hand, 0) + 1
        return left
