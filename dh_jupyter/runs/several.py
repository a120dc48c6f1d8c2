"""Runs that are stored and begun together: one after another in one worker, or at the same time in places of their own.

They differ in their arguments only, and are stored all or none.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ..executors.base import Executor
from .creating import Creator
from .foreign import is_foreign
from .kinds import BY_RUN
from .together import Together

if TYPE_CHECKING:
    from dh_kernel._contract import Entity


class Several:
    """Used beside RunManager, whose `create` has runs one by one. `enter(run)` has it looked after, `begin(run)` puts it into
    the line."""

    def __init__(
        self,
        creator: Creator,
        together: Together,
        executor: Callable[[str], Executor],
        enter: Callable[[Entity], None],
        begin: Callable[[str, str], None],
    ) -> None:
        self._creator = creator
        self._together = together
        self._executor = executor
        self._enter = enter
        self._begin = begin

    def create_hand(
        self, project: str, posted: Sequence[Mapping[str, Any]], user: str, share: float, after: Sequence[str] = ()
    ) -> None:
        """For one worker, one after another. See Together.keep."""
        runs = self._store(project, posted, user)
        if self._together.keep(self._executor, project, [run["id"] for run in runs], share, after):
            self._begin(project, runs[0]["id"])

    def create_beside(self, project: str, posted: Sequence[Mapping[str, Any]], user: str) -> list[Entity]:
        """At the same time: those, from the first on, that can be and differ from it in their arguments only; none where each
        begins alone. Raises as RunManager.create, with nothing stored, if it is the first that can't be."""
        if not self._begin_at_once(project, posted):
            return []
        runs = self._store(project, self._creator.first_of(project, posted), user)
        self._together.hands.keep(project, [run["id"] for run in runs], are_beside=True)
        self._begin(project, runs[0]["id"])
        return runs

    def _begin_at_once(self, project: str, posted: Sequence[Mapping[str, Any]]) -> bool:
        """Whether where they are to run several can begin by less than to begin each."""
        first = posted[0]
        if len(posted) < 2 or str(first.get("kind") or "") not in ("", *BY_RUN) or _is_special(first):
            return False
        spec = self._creator.built(project, first).document["spec"]
        takes_many = getattr(self._executor(spec.get("executor", "local")), "takes_many", None)
        return takes_many is not None and spec.get("nodes", 1) == 1 and bool(takes_many())

    def _store(self, project: str, posted: Sequence[Mapping[str, Any]], user: str) -> list[Entity]:
        runs = self._creator.store_all(project, posted, user)
        for run in runs:
            self._enter(run)
        return runs


def _is_special(posted: Mapping[str, Any]) -> bool:
    """Who executes it elsewhere, or repeats another one exactly, has it alone."""
    spec = posted.get("spec") or {}
    return bool(is_foreign(posted) or spec.get("local_execution") or spec.get("same_as"))
