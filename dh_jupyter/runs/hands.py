"""Runs that are handed over together: one after another to one worker, or beside one another. Which they are, as long as
this broker lives.

Nothing depends on it: after a restart those that were not handed over are runs like any other, and those that were are seen
by their folders.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass
class Hand:
    """`runs`: those that have not ended, in their order. The first waits in the line for all of them, once `after` is over:
    the hand that the same worker has before this one. `are_beside`: each has a place of its own."""

    project: str
    runs: list[str]
    share: float = 0.0  # seconds that the worker may have for it
    are_beside: bool = False
    after: Hand | None = None
    is_handed: bool = False
    news: set[str] = field(default_factory=set)

    @property
    def waits(self) -> bool:
        """Whether another one is to be over first."""
        return self.after is not None and bool(self.after.runs)


class Hands:
    """Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._of: dict[str, Hand] = {}  # by run id

    def keep(
        self,
        project: str,
        runs: Sequence[str],
        share: float = 0.0,
        after: Sequence[str] = (),
        *,
        are_beside: bool = False,
    ) -> Hand:
        """These are one; `after` are those that are to be over first, as far as they are one as well."""
        with self._lock:
            before = next((self._of[run_id] for run_id in after if run_id in self._of), None)
            hand = Hand(project, list(runs), share, are_beside, before)
            self._of.update(dict.fromkeys(runs, hand))
            return hand

    def behind(self, run_id: str) -> Hand | None:
        """The hand that a run waits for in the line."""
        with self._lock:
            hand = self._of.get(run_id)
            return hand if hand and not hand.is_handed and hand.runs[0] == run_id else None

    def waits_behind(self, run_id: str) -> bool:
        """Whether another run waits in the line for this one, or is to be over first."""
        with self._lock:
            hand = self._of.get(run_id)
            return hand is not None and not hand.is_handed and (hand.waits or hand.runs[0] != run_id)

    def hand_over(self, hand: Hand, runs: Sequence[str]) -> list[str]:
        """These of a hand are with its worker. Returns the others, which are alone from now on."""
        with self._lock:
            left = [run_id for run_id in hand.runs if run_id not in runs]
            for run_id in left:
                self._of.pop(run_id, None)
            hand.runs, hand.is_handed = [run_id for run_id in hand.runs if run_id in runs], True
            return left

    def leave(self, run_id: str) -> list[str]:
        """A run has ended. Who waits in the line from now on because of that."""
        with self._lock:
            hand = self._of.pop(run_id, None)
            if hand is None:
                return []
            was_first = hand.runs[0] == run_id
            hand.runs.remove(run_id)
            hand.news.discard(run_id)
            if not hand.runs:
                return [other.runs[0] for other in self._followers(hand)]
            return [hand.runs[0]] if was_first and not hand.is_handed and not hand.waits else []

    def _followers(self, hand: Hand) -> list[Hand]:
        found = {id(other): other for other in self._of.values() if other.after is hand}
        for other in found.values():
            other.after = None
        return list(found.values())

    def heard(self, run_id: str) -> tuple[Hand | None, bool]:
        """There is news of a run: the hand that it is in, if a worker has it, and whether nobody is about to look at it."""
        with self._lock:
            hand = self._of.get(run_id)
            if hand is None or not hand.is_handed:
                return None, False
            hand.news.add(run_id)
            return hand, len(hand.news) == 1

    def take(self, hand: Hand) -> list[str]:
        """Runs with news since the last time."""
        with self._lock:
            taken, hand.news = sorted(hand.news), set()
            return taken
