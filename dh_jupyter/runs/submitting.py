"""Handing an attempt to its executor: the folder first, then the executor, which gets the secrets' values."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from dh_kernel.errors import DHError

from ..disks import explained, is_disk_fault
from ..executors.base import Executor
from ..secrets.values import SecretValues
from .attempts import submission_of, write_attempt

if TYPE_CHECKING:
    from dh_kernel._contract import Entity

    from ..catalogue.catalogue import Catalogue
    from ..stores import Stores

log = logging.getLogger("dh_jupyter.runs")


class Submitter:
    """Used by the run manager only, under the run's lock. To submit twice is to submit once."""

    def __init__(self, catalogue: Catalogue, home: Path, stores: Stores, secrets: SecretValues) -> None:
        self._catalogue = catalogue
        self._home = home
        self._stores = stores
        self._secrets = secrets

    def submit(self, executor_of: Callable[[str], Executor], run: Entity, attempt: int) -> None:
        """Raises Busy if there is no place for it now, another DHError if it can't be handed over at all."""
        executor = executor_of(run["spec"].get("executor", "local"))  # its plug-in may be gone since
        try:
            folder = self.write(run, attempt)
            secrets = self._secrets.read_all(run["project"], run["spec"].get("secrets") or [])
            executor.submit(submission_of(run, attempt, folder, secrets))
        except OSError as error:
            if not is_disk_fault(error):
                raise
            raise explained(error, "The run's folder") from error

    def write(self, run: Entity, attempt: int) -> Path:
        """The attempt's folder, here."""
        return write_attempt(
            self._home,
            run,
            attempt,
            lambda key: self._catalogue.resolve(key, project=run["project"]),
            self._stores.links,
        )

    def write_again(self, run: Entity) -> None:
        """The folder of an attempt that another broker has submitted: what comes of it is looked for here from now on."""
        try:
            if run["status"].get("attempt"):
                self.write(run, run["status"]["attempt"])
        except (DHError, OSError) as error:
            log.warning("%s was taken, but what it began with is not known here: %s", run["id"], error)
