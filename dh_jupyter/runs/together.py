"""Runs that one worker has one after another: handed over together, and their ends stored together.

What is seldom (a run that ended without a result, one that is stopped or must begin again) goes the way of single runs.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from dh_kernel.errors import DHError

from ..catalogue.committing import Step
from ..executors.base import Executor
from .cancelling import TRIES
from .finish import Ending, Finisher, StoreWaits
from .hands import Hand, Hands
from .observe import Observer
from .ownership import Ownership
from .reconcile import Commit, next_action
from .records import moved
from .submitting import Others, Submitter
from .turns import Turns

if TYPE_CHECKING:
    from dh_kernel._contract import Entity

    from ..catalogue.catalogue import Catalogue

log = logging.getLogger("dh_jupyter.runs")


def takes_hands(executor: Executor, spec: Mapping[str, Any]) -> bool:
    """Whether one worker can have runs like this one after another."""
    return bool(getattr(executor, "takes_hands", False)) and spec.get("nodes", 1) == 1


class Together:
    """Used by the run manager. `ended(run id)` is called for each run whose end was stored."""

    def __init__(
        self,
        catalogue: Catalogue,
        ownership: Ownership,
        observe: Observer,
        submitter: Submitter,
        finish: Finisher,
        turns: Turns,
        ended: Callable[[str], None],
    ) -> None:
        self.hands = Hands()
        self._catalogue = catalogue
        self._ownership = ownership
        self._observe = observe
        self._submitter = submitter
        self._finish = finish
        self._turns = turns
        self._ended = ended

    # -- to the worker -------------------------------------------------------------------------------------------------

    def keep(
        self, executor: Callable[[str], Executor], project: str, runs: Sequence[str], share: float, after: Sequence[str]
    ) -> bool:
        """These are one hand, for a worker that begins them within `share` seconds. Whether it may join the line; else it is
        made ready, and joins when those `after` have ended."""
        hand = self.hands.keep(project, runs, share, after)
        if hand.waits:
            self._turns.do(self._prepare, executor, hand)
            return False
        return True

    def _prepare(self, executor: Callable[[str], Executor], hand: Hand) -> None:
        """Write folders while it waits for another one, where nobody else has to be asked for that."""
        with self._locked(hand.runs) as wanted:
            runs = [run for run, _ in self._catalogue.many_runs.read(hand.project, wanted)]
            self._submitter.write_ahead(executor, [run for run in runs if _is_new(run)])

    def submit(self, executor: Callable[[str], Executor], run: Entity, attempt: int) -> None:
        """A run, and all that wait behind it. Raises as Submitter does, with none of them handed over."""
        hand = self.hands.behind(run["id"])
        if hand is None:
            self._submitter.submit(executor, run, attempt)
            return
        with self._locked(hand.runs[1:]) as behind:
            runs = [other for other, _ in self._catalogue.many_runs.read(hand.project, behind)]
            then = [other for other in runs if _is_new(other)]
            handed = [one["id"] for one in self._submitter.submit(executor, run, attempt, Others(then, hand))]
            self._note_handed(hand.project, handed)
            left = self.hands.hand_over(hand, [run["id"], *handed])
        for run_id in left:  # each is alone from now on
            self._turns.wake(hand.project, run_id)

    def _note_handed(self, project: str, runs: Sequence[str]) -> None:
        """They are with a worker, whatever is asked of them meanwhile."""
        left = list(runs)
        for _ in range(TRIES):
            found = self._catalogue.many_runs.read(project, left) if left else []
            handed = [(run["id"], known, {**moved(run["status"], "PENDING"), "attempt": 1}) for run, known in found]
            steps = [(run_id, revision, Step(status)) for run_id, revision, status in handed]
            stored = self._catalogue.many_runs.take_steps(project, steps) if steps else []
            left = [step[0] for step, after in zip(steps, stored, strict=True) if after is None]

    # -- from the worker -----------------------------------------------------------------------------------------------

    def hear(self, project: str, run_id: str) -> None:
        """There is news of a run. Of those that one worker has, all that is new is looked at together."""
        hand, is_first = self.hands.heard(run_id)
        if hand is None:
            self._turns.wake(project, run_id)
        elif is_first:
            self._turns.do(self._look, hand)

    def _look(self, hand: Hand) -> None:
        news = self.hands.take(hand)
        ended: set[str] = set()
        try:
            ended = self._commit(hand.project, news)
        finally:
            for run_id in news:
                if run_id in ended:
                    self._ended(run_id)
                else:
                    self._turns.wake(hand.project, run_id)

    def _commit(self, project: str, runs: Sequence[str]) -> set[str]:
        """End those that have a result, in one transaction. Returns which have ended."""
        with self._locked(runs):
            found = self._catalogue.many_runs.read(project, runs)
            endings = [ending for run, revision in found if (ending := self._ending(run, revision))]
            return {done["id"] for done in self._finish.store_all(endings) if done is not None}

    def _ending(self, run: Entity, revision: int) -> Ending | None:
        if not self._ownership.is_ours(run):
            return None
        try:
            facts = self._observe.facts(run)
            action = next_action(facts)
            if isinstance(action, Commit):
                exit = facts.observation.exit if facts.observation else None
                return self._finish.committed(run, revision, action.result, exit)
        except (DHError, OSError, StoreWaits) as error:
            log.debug("%s is looked at alone: %s", run["id"], error)
        return None

    @contextlib.contextmanager
    def _locked(self, runs: Sequence[str]) -> Iterator[list[str]]:
        """While several are looked at and moved."""
        with contextlib.ExitStack() as locks:
            for run_id in sorted(runs):
                locks.enter_context(self._turns.lock_of(run_id))
            yield list(runs)


def _is_new(run: Entity) -> bool:
    return run["status"].keys().isdisjoint({"attempt", "stop_asked", "ended"})
