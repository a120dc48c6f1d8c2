"""Sweeps as studies of an Optuna storage in memory: a copy, which is read on from the journals and never tells them anything.

In memory, because that is the only storage that takes ten thousand trials in a second; SQLite takes minutes.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..sweeps import journal
from ..sweeps.ledger import ENDED, Trial
from ..sweeps.study import ledger_of

if TYPE_CHECKING:
    from optuna.distributions import BaseDistribution
    from optuna.storages import BaseStorage
    from optuna.trial import FrozenTrial

STATES = {"finished": "COMPLETE", "pruned": "PRUNED", "failed": "FAIL"}


def note(folder: Path, sweep: Mapping[str, Any], journal_folder: Path) -> None:
    """Name a sweep, a run's document, in the folder: what shows studies finds it there."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    name = str(sweep["metadata"].get("reference") or sweep["id"]).partition("/")[2] or sweep["id"]
    said = {
        "key": sweep["key"], "name": f"{sweep['project']}: {name}", "journal": str(journal_folder),
        "spec": sweep["spec"]["sweep"],
    }  # fmt: skip
    made = folder / f".{sweep['id']}-{os.getpid()}"
    made.write_text(json.dumps(said), encoding="utf-8")
    os.replace(made, folder / f"{sweep['id']}.json")


class Studies:
    """All sweeps that are named in a folder. One thread at a time."""

    def __init__(self, storage: BaseStorage, folder: Path) -> None:
        self._storage = storage
        self._folder = folder
        self._known: dict[str, _Study] = {}  # by the name of the file

    def refresh(self) -> None:
        """Take what is new: sweeps, and trials that have ended."""
        for path in sorted(self._folder.glob("*.json")):
            if path.name not in self._known:
                self._known[path.name] = _Study(self._storage, json.loads(path.read_text(encoding="utf-8")))
        for study in self._known.values():
            study.read_on()

    def number_of(self, key: str) -> int | None:
        """The study of a sweep, by the key of its run."""
        return next((study.number for study in self._known.values() if study.key == key), None)


class _Study:
    """Trials are added when they have ended, so that each is told once; their own numbers are attributes of them."""

    def __init__(self, storage: BaseStorage, said: Mapping[str, Any]) -> None:
        from optuna.study import StudyDirection

        self.key = str(said["key"])
        self._storage = storage
        self._journal = Path(said["journal"])
        self._spec: Mapping[str, Any] = said["spec"]
        self._objectives = [one["name"] for one in self._spec["objectives"]]
        self._distributions = {name: _distribution(one) for name, one in self._spec["space"].items()}
        self._ledger = ledger_of(self._spec, ())
        self._place = 0
        self._told: set[int] = set()
        directions = [StudyDirection[one["direction"].upper()] for one in self._spec["objectives"]]
        self.number = storage.create_new_study(directions, said["name"])
        storage.set_study_user_attr(self.number, "run", self.key)
        storage.set_study_system_attr(self.number, "study:metric_names", self._objectives)

    def read_on(self) -> None:
        """What the journal has since. One that is not there has nothing."""
        if not (self._journal / journal.NAME).exists():
            return
        entries, self._place = journal.read_from(self._journal, self._place)
        self._ledger.apply_all(entries)
        for trial in self._ledger.trials if entries else ():
            if trial.state in ENDED and trial.number not in self._told:
                self._told.add(trial.number)
                self._storage.create_new_trial(self.number, self._frozen(trial))

    def _frozen(self, trial: Trial) -> FrozenTrial:
        from optuna.trial import TrialState, create_trial

        # what it asked for itself, if its function does so, is known of this trial alone
        kinds = {**self._distributions, **{name: _distribution(one) for name, one in trial.space.items()}}
        known = {name: value for name, value in trial.parameters.items() if name in kinds}
        is_finished = trial.state == "finished"
        told: dict[str, Any] = {"trial": trial.number, "message": trial.message, "seconds": trial.seconds}
        others = {name: value for name, value in trial.parameters.items() if name not in known}
        return create_trial(
            state=TrialState[STATES[trial.state]],
            values=[(trial.values or {})[name] for name in self._objectives] if is_finished else None,
            params={name: _plain(value) for name, value in known.items()},
            distributions={name: kinds[name] for name in known},
            intermediate_values=dict(trial.points) if len(self._objectives) == 1 else {},
            user_attrs={name: value for name, value in {**others, **told}.items() if value not in (None, "")},
        )


def _distribution(one: Mapping[str, Any]) -> BaseDistribution:
    from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

    if one["type"] == "choice":
        return CategoricalDistribution([_plain(value) for value in one["choices"]])
    log = bool(one.get("log"))
    if one["type"] == "int":
        return IntDistribution(int(one["low"]), int(one["high"]), log=log, step=int(one.get("step") or 1))
    return FloatDistribution(one["low"], one["high"], log=log, step=one.get("step"))


def _plain(value: Any) -> Any:
    """Optuna's choices are plain: lists and objects as their text."""
    return json.dumps(value) if isinstance(value, (list, dict)) else value
