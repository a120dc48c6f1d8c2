"""What the runs of a sweep's trials have come to, by the catalogue."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Any

from ..runs.states import FINISHED
from . import trials
from .ledger import Entry, Trial
from .pruning import thinned

if TYPE_CHECKING:
    from dh_kernel._contract import Entity

    from ..catalogue import Catalogue
    from .answering import Answering
    from .study import Study


class Looking:
    """Used under the sweep's lock. Of a sweep whose trials ask while they run, to look at one is to answer it."""

    def __init__(self, catalogue: Catalogue, answering: Answering) -> None:
        self._catalogue = catalogue
        self._answering = answering

    def look(self, sweep: Entity, study: Study, changed: Collection[str] | None = None) -> list[Entry]:
        """What has ended, as entries; what goes on is noted in the ledger. `changed`: run ids that are looked at, None: all."""
        named = {
            trials.run_id(sweep["id"], number, study.ledger.trials[number].tries): study.ledger.trials[number]
            for number in sorted(study.ledger.open)
        }
        wanted = [ident for ident in named if changed is None or ident in changed]
        if not wanted:
            return []
        is_measured = (lambda run: True) if study.prunes else _is_over
        runs, points = self._catalogue.many_runs.read_measured(sweep["project"], wanted, is_measured)
        seen = [self._look_at(study, named[ident], ident, runs.get(ident), points.get(ident, {})) for ident in wanted]
        return [entry for entry in seen if entry is not None]

    def _look_at(
        self, study: Study, trial: Trial, ident: str, run: Entity | None, metrics: dict[str, Any]
    ) -> Entry | None:
        if run is None:  # not made yet, or deleted
            return trials.gone(trial) if trial.state == "running" or ident in study.made else None
        if study.answers:
            self._answering.answer(study, trial, run)
            if _is_over(run):
                self._answering.forget(ident)
        points = _points(metrics, study.spec["objectives"][0]["name"])
        if points:
            study.ledger.see(trial.number, points=points)
        last: dict[str, Any] = {name: series[-1][2] for name, series in metrics.items() if series}
        seen = trials.seen(study.spec, trial, run, last)
        if seen.entry is None:
            started = str(run["status"].get("started", ""))
            study.ledger.see(trial.number, state=seen.state, started=started)
        return seen.entry

    def hopeless(self, study: Study) -> list[Trial]:
        """Trials that run, and are not worth it."""
        if not study.prunes:
            return []
        running = [study.ledger.trials[number] for number in sorted(study.ledger.open)]
        return [
            trial
            for trial in running
            if trial.state == "running"
            and trial.points
            and trial.pruned_at is None
            and study.is_hopeless(trial.number, trial.points)
        ]


def _is_over(run: Entity) -> bool:
    return run["status"].get("state") in FINISHED


def _points(metrics: dict[str, Any], name: str) -> list[tuple[int, float]]:
    """(step, value) of a series; a point without step has its place."""
    series = metrics.get(name) or []
    found = [(place if step is None else int(step), float(value)) for place, (step, _, value) in enumerate(series)]
    return thinned(found)
