"""Runs that were deleted: what still runs of them is ended, and their folders are removed when nothing runs any more."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from ..executors.base import Executor
from .attempts import folder_of, handle_of
from .observe import Observer
from .states import FINISHED

if TYPE_CHECKING:
    from dh_kernel._contract import Entity

GRACE = 10.0  # seconds between asking an attempt to end and ending it


class Attempt(NamedTuple):
    """An attempt whose run is not in the catalogue any more. Number 0: there was none."""

    project: str
    run_id: str
    executor: str
    number: int


class Discarding:
    """Thread-safe; to discard twice is to discard once."""

    def __init__(self, executor: Callable[[str], Executor], observe: Observer) -> None:
        self._executor = executor
        self._observe = observe
        self._ending: dict[str, Attempt] = {}

    def discard(self, run: Entity) -> None:
        """By what was its document."""
        runs_on = run["status"].get("state") not in FINISHED
        number = run["status"].get("attempt", 0) if runs_on else 0
        self._end(Attempt(run["project"], run["id"], run["spec"].get("executor", "local"), number))

    def discard_left(self, project: str, run_id: str, executor: str) -> None:
        """Somebody else deleted it: by what is left here. The newest attempt has the newest folder."""
        self._end(Attempt(project, run_id, executor, self._observe.newest_attempt(project, run_id)))

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
        folder = folder_of(self._observe.home, *attempt[:2], attempt.number)
        self._executor(attempt.executor).cancel(handle_of(attempt.run_id, attempt.number), folder, GRACE)

    def _is_over(self, attempt: Attempt) -> bool:
        folder = folder_of(self._observe.home, *attempt[:2], attempt.number)
        handle = handle_of(attempt.run_id, attempt.number)
        return self._executor(attempt.executor).poll({handle: folder})[handle].phase in ("exited", "missing")
