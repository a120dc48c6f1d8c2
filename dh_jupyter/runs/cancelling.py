"""Attempts that are to end: of runs that were stopped, and of those that were deleted, whose folders go when nothing runs
any more."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from ..clock import seconds
from ..executors.base import Executor
from .attempts import folder_of, handle_of, run_id_of
from .observe import Observer
from .states import FINISHED

if TYPE_CHECKING:
    from dh_kernel._contract import Entity

    from ..catalogue.catalogue import Catalogue
    from .ownership import Ownership

TRIES = 8  # for a status that somebody else changes at the same time
GRACE = 10.0  # seconds between asking an attempt to end and ending it


def note_stop(catalogue: Catalogue, ownership: Ownership, project: str, ident: str, user: str) -> None:
    """Write that a run is to end; a finished one stays as it is. Raises NotFound."""
    for _ in range(TRIES):
        run, revision = catalogue.get_run(project, ident)
        if run["status"].get("state") in FINISHED or run["status"].get("stop_asked"):
            break
        said = {"message": gone} if (gone := ownership.says_gone(run)) else {}
        status = {**run["status"], **said, "stop_asked": {"by": user, "time": seconds()}}
        if catalogue.compare_and_set_status(project, ident, expect=revision, status=status):
            break


class Attempt(NamedTuple):
    """An attempt, also of a run that is not in the catalogue any more. Number 0: there was none."""

    project: str
    run_id: str
    executor: str
    number: int

    @property
    def handle(self) -> str:
        """The executor's name for it."""
        return handle_of(self.run_id, self.number)


class Cancelling:
    """Thread-safe; what is asked twice is done once."""

    def __init__(self, executor: Callable[[str], Executor], observe: Observer) -> None:
        self._executor = executor
        self._observe = observe
        self._cancelled: set[str] = set()  # handles
        self._ending: dict[str, Attempt] = {}  # of deleted runs, by run id

    def cancel(self, run: Entity, number: int) -> None:
        """End an attempt of a run. It is looked at again when it has ended."""
        attempt = Attempt(run["project"], run["id"], run["spec"].get("executor", "local"), number)
        if attempt.handle not in self._cancelled:
            self._cancelled.add(attempt.handle)
            self._cancel(attempt)

    def forget(self, run_id: str) -> None:
        """The run has ended."""
        self._cancelled = {handle for handle in self._cancelled if run_id_of(handle) != run_id}

    def discard(self, run: Entity) -> None:
        """By what was its document."""
        runs_on = run["status"].get("state") not in FINISHED
        number = run["status"].get("attempt", 0) if runs_on else 0
        self._end(Attempt(run["project"], run["id"], run["spec"].get("executor", "local"), number))

    def discard_left(self, project: str, run_id: str, executor: str | None) -> None:
        """Somebody else deleted it: by what is left here. The newest attempt has the newest folder. No executor: it had
        ended."""
        number = self._observe.newest_attempt(project, run_id) if executor else 0
        self._end(Attempt(project, run_id, executor or "", number))

    def knows(self, run_id: str) -> bool:
        """Whether it is being ended."""
        return run_id in self._ending

    def look(self, run_id: str) -> None:
        """Its attempt may have ended."""
        attempt = self._ending.get(run_id)
        if attempt is not None and self._is_over(attempt):
            self._observe.forget(attempt.project, run_id)
            self._ending.pop(run_id, None)

    def _end(self, attempt: Attempt) -> None:
        if not attempt.number:
            self._observe.forget(attempt.project, attempt.run_id)
            return
        self._ending[attempt.run_id] = attempt
        self._cancel(attempt)

    def _cancel(self, attempt: Attempt) -> None:
        self._executor(attempt.executor).cancel(attempt.handle, self._folder(attempt), GRACE)

    def _is_over(self, attempt: Attempt) -> bool:
        seen = self._executor(attempt.executor).poll({attempt.handle: self._folder(attempt)})[attempt.handle]
        return seen.phase in ("exited", "missing")

    def _folder(self, attempt: Attempt) -> Path:
        return folder_of(self._observe.home, attempt.project, attempt.run_id, attempt.number)
