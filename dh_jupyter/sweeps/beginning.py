"""Runs for trials that have none yet: those of one worker at once."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from dh_kernel.errors import Conflict, DHError, Unavailable

from ..runs.manager import RunManager
from . import hands, trials
from .ledger import Entry, Trial
from .news import News

if TYPE_CHECKING:
    from dh_kernel._contract import Entity

    from .study import Study

log = logging.getLogger("dh_jupyter.sweeps")


class Beginning:
    """Used under the sweep's lock."""

    def __init__(self, runs: RunManager, news: News) -> None:
        self._runs = runs
        self._news = news

    def begin(self, sweep: Entity, study: Study) -> list[Entry]:
        """Make the runs that are missing. Returns the ends of those trials that can't have one."""
        waiting = [study.ledger.trials[number] for number in sorted(study.ledger.open)]
        new = [one for one in waiting if trials.run_id(sweep["id"], one.number, one.tries) not in study.made]
        return [entry for hand in study.workers.parted(new) for entry in self._begin_hand(sweep, study, hand)]

    def _begin_hand(self, sweep: Entity, study: Study, hand: hands.InHand) -> list[Entry]:
        avoid = {node for node in study.ledger.aside if node}
        documents = [trials.document(sweep, trial, avoid) for trial in hand.trials]
        idents = [document["id"] for document in documents]
        self._news.expect((sweep["project"], sweep["id"]), idents)
        faults: list[Entry] = []
        if not self._at_once(sweep, study, documents, hand.after):
            found = [self._one(sweep, trial, document) for trial, document in zip(hand.trials, documents, strict=True)]
            faults = [fault for fault in found if fault is not None]
        study.made.update(idents)
        return faults

    def _at_once(self, sweep: Entity, study: Study, documents: list[dict[str, Any]], after: list[int]) -> bool:
        """False if they can't be made so: one is there already, or is none."""
        if len(documents) == 1 and not after:
            return False
        share = study.share(len(documents))
        before = [trials.run_id(sweep["id"], number, study.ledger.trials[number].tries) for number in after]
        try:
            self._runs.several.create_hand(sweep["project"], documents, sweep["user"], share, before)
        except Unavailable:
            raise
        except DHError as error:
            log.debug("trials of %s are begun one by one: %s", sweep["id"], error)
            return False
        return True

    def _one(self, sweep: Entity, trial: Trial, document: dict[str, Any]) -> Entry | None:
        try:
            self._runs.create(sweep["project"], document, sweep["user"])
        except Conflict:
            log.debug("the run of trial %d was there", trial.number)
        except Unavailable:
            raise
        except DHError as error:  # what was fine when the sweep was posted is not any more
            return {"op": "end", "n": trial.number, "state": "failed", "message": error.message}
        return None
