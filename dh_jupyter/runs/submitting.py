"""Handing an attempt to its executor: the folder first, then the executor, which gets the secrets' values."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from dh_kernel.errors import DHError

from ..deliveries import Deliveries
from ..disks import explained, is_disk_fault
from ..executors.base import Executor, Following, Observation, Submission
from ..secrets.values import SecretValues
from .ahead import Ahead
from .attempts import handle_of, submission_of, write_attempt
from .build import resources_of
from .hands import Hand

if TYPE_CHECKING:
    from dh_kernel._contract import Entity, PodDelivery

    from ..catalogue.catalogue import Catalogue
    from ..stores import Stores

log = logging.getLogger("dh_jupyter.runs")


@dataclass(frozen=True)
class Others:
    """Runs that are handed over with the first of their hand."""

    runs: Sequence[Entity] = ()
    hand: Hand | None = None

    def added(self, submission: Submission, following: Iterable[Following]) -> Submission:
        """The same with those: after it, or beside it."""
        if self.hand is None or self.hand.are_beside:
            return replace(submission, beside=tuple(following))
        return replace(submission, then=tuple(following), share=self.hand.share)


class Submitter:
    """Used by the run manager only, under the run's lock. To submit twice is to submit once."""

    def __init__(
        self,
        catalogue: Catalogue,
        home: Path,
        stores: Stores,
        secrets: SecretValues,
        wake: Callable[[str, str], object],
    ) -> None:
        """`wake(project, run_id)` has a run looked at again."""
        self._catalogue = catalogue
        self._home = home
        self._stores = stores
        self._deliveries = Deliveries(stores)
        self._secrets = secrets
        self._ahead = Ahead(wake)

    def submit(
        self,
        executor_of: Callable[[str], Executor],
        run: Entity,
        attempt: int,
        others: Others = Others(),
    ) -> list[Entity]:
        """Raises Busy if there is no place for it now, StoreWaits while the store does not say what it needs, another
        DHError if it can't be handed over at all.

        Returns those of the `others` that are handed over, too.
        """
        executor = executor_of(run["spec"].get("executor", "local"))  # its plug-in may be gone since
        try:
            if others.runs:
                executor.room(resources_of(run["spec"]))  # before so many folders are written
            folder, written = self._written(executor, run, attempt, others.runs)
            secrets = self._secrets.read_all(run["project"], run["spec"].get("secrets") or [])
            submission = self._handed(executor, run, submission_of(run, attempt, folder, secrets))
            if not others.runs:
                executor.submit(submission)
                return []
            wanted = [handle_of(other["id"], 1) for other in others.runs]
            following = {handle: written[handle] for handle in wanted if handle in written}
            executor.submit(others.added(submission, following.values()))
            seen = executor.poll({handle: one.folder for handle, one in following.items()})
            return [other for other in others.runs if _is_there(seen.get(handle_of(other["id"], 1)))]
        except OSError as error:
            if not is_disk_fault(error):
                raise
            raise explained(error, "The run's folder") from error

    def write_ahead(self, executor_of: Callable[[str], Executor], runs: Sequence[Entity]) -> None:
        """The folders of runs that are to be submitted soon; not if the store has to be asked for them. Raises DHError."""
        executor = executor_of(runs[0]["spec"].get("executor", "local")) if runs else None
        for run in runs:
            hands_over = hasattr(executor, "deliver_by")
            if not self._asks_store(run, hands_over):
                self._following(run, hands_over)

    def _written(
        self, executor: Executor, run: Entity, attempt: int, then: Sequence[Entity]
    ) -> tuple[Path, dict[str, Following]]:
        """The folder, and by their handles those of `then`. Raises StoreWaits."""
        hands_over = hasattr(executor, "deliver_by")

        def write() -> tuple[Path, dict[str, Following]]:
            folder = self.write(run, attempt, None if hands_over else self._granted(run, attempt))
            following = (self._following(other, hands_over) for other in then)
            return folder, {one.handle: one for one in following}

        if not self._asks_store(run, hands_over):
            return write()
        return self._ahead.of((run["project"], run["id"], attempt), write)

    def _handed(self, executor: Executor, run: Entity, submission: Submission) -> Submission:
        """With what the store has to say before the executor can begin it elsewhere. Raises StoreWaits."""
        ask = executor.asks(submission) if hasattr(executor, "asks") else None
        if ask is None:
            return submission
        return replace(submission, handed=self._ahead.of((run["project"], run["id"], submission.handle), ask))

    def _asks_store(self, run: Entity, hands_over: bool) -> bool:
        """Whether the store has to answer before it can begin."""
        spec = run["spec"]
        reads = spec.get("inputs") or "s3://" in str(spec["source"].get("source"))
        return self._stores.is_s3 and bool(reads or not (hands_over or self._deliveries.is_located))

    def close(self) -> None:
        """Wait for no store."""
        self._ahead.close()

    def _following(self, run: Entity, hands_over: bool) -> Following:
        granted = None if hands_over else self._granted(run, 1)
        return Following(handle_of(run["id"], 1), self.write(run, 1, granted), {"RUN_ID": run["id"]})

    def _granted(self, run: Entity, attempt: int) -> PodDelivery | None:
        """By which the worker puts its outputs into the S3. Without it they are put there from its folder, when it is over."""
        is_timed = any(run["spec"].get(name) for name in ("timeout", "total_timeout"))  # it is not for the store
        if not self._stores.is_s3 or is_timed:
            return None
        try:
            granted = self._deliveries.grant(run["project"], handle_of(run["id"], attempt))
        except DHError as error:
            log.warning("%s: its outputs wait for us: %s", run["id"], error)
            return None
        return granted

    def write(self, run: Entity, attempt: int, deliver: PodDelivery | None = None) -> Path:
        """The attempt's folder, here."""
        return write_attempt(self._home, run, attempt, self._reader(run), self._stores.links, deliver)

    def _reader(self, run: Entity) -> Callable[[str], Entity]:
        return lambda key: self._catalogue.resolve(key, project=run["project"])

    def write_again(self, run: Entity) -> None:
        """The folder of an attempt that another broker has submitted: what comes of it is looked for here from now on. Who
        runs it has its links, so the store is not asked."""
        try:
            if attempt := run["status"].get("attempt"):
                write_attempt(self._home, run, attempt, self._reader(run))
        except (DHError, OSError) as error:
            log.warning("%s was taken, but what it began with is not known here: %s", run["id"], error)


def _is_there(seen: Observation | None) -> bool:
    return seen is not None and seen.phase != "missing"
