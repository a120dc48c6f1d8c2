"""Sweeps that are over, or somebody else's: which there are, and their trials from the disk."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dh_kernel.errors import NotFound, Unavailable

from .creating import SWEEP
from .journal import journal_folder
from .study import Reader, ledger_of

if TYPE_CHECKING:
    from dh_kernel._contract import Entity

    from ..catalogue import Catalogue
    from ..runs.ownership import Ownership
    from .ledger import Trial

log = logging.getLogger("dh_jupyter.sweeps")


class Reading:
    """Thread-safe. Writes nothing."""

    def __init__(self, catalogue: Catalogue, ownership: Ownership, home: Path) -> None:
        self._catalogue = catalogue
        self._ownership = ownership
        self._home = home
        self._reader = Reader()

    def folder(self, run: Entity) -> Path:
        """Of a sweep's journal."""
        return journal_folder(self._home, run["project"], run["id"])

    def sweep(self, project: str, run_id: str) -> Entity:
        """Its run. Raises NotFound for a run that is no sweep."""
        run = self._catalogue.get(project, "run", run_id)
        if run["kind"] != SWEEP:
            raise NotFound(f"{run['metadata'].get('reference', run_id)} is no sweep.", "Its kind is " + run["kind"])
        return run

    def earlier(self, project: str, ref: str) -> Entity:
        """A sweep that another one is to begin with. Raises NotFound, or Unavailable if its trials are not to be read here."""
        found = self._catalogue.resolve(ref, project=project, expect="run")
        run = self.sweep(found["project"], found["id"])
        self._check_readable(run)
        return run

    def known(self, run: Entity, trials_of: Callable[[Entity], list[Trial]]) -> list[Trial]:
        """Trials of the sweeps that it was to begin with; of one that was deleted since there are none."""
        found: list[Trial] = []
        for ref in run["spec"]["sweep"].get("warm_start") or ():
            try:
                found += trials_of(self.earlier(run["project"], ref))
            except NotFound as error:
                log.warning("%s begins without %s: %s", run["id"], ref, error.message)
        return found

    def ledger(self, run: Entity) -> Any:
        """What its journal says; of a sweep that has not begun a ledger of nothing. Raises Unavailable."""
        spec = run["spec"]["sweep"]
        try:
            return self._reader.read(self.folder(run), spec)
        except FileNotFoundError:
            self._check_readable(run)
            return ledger_of(spec, ())

    def _check_readable(self, run: Entity) -> None:
        if self._ownership.is_theirs(run) and not self.folder(run).exists():
            where = self._ownership.where(run)
            raise Unavailable(f"The trials' list lies in another home, {where}.", "Ask the broker there.")
