"""Whose run it is. Each home has its runs, as `status.home` says: their folders, and what runs on its machine, are there.

Whoever has a run alone moves it. What others ask of it (a stop) they write into the catalogue, and its broker is told. A
home whose broker is gone keeps its runs; those of an executor that everybody sees, another broker may take.
"""

from __future__ import annotations

import logging
import platform
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from dh_kernel.errors import DHError

from ..clock import as_text
from ..executors.base import Executor
from ..home import identity_of

if TYPE_CHECKING:
    from dh_kernel._contract import Entity

    from ..catalogue.catalogue import Catalogue
    from ..catalogue.homes import Home

GONE_AFTER = 90.0  # seconds without a sign of a broker, which gives one at each safety pass
TAKE_AFTER = 300.0  # seconds for which a broker must be gone: one that is only started anew keeps its runs

log = logging.getLogger("dh_jupyter.runs")


class Active(NamedTuple):
    """Of a run, what must be known of it when it is deleted by others."""

    project: str
    executor: str

    @classmethod
    def of(cls, run: Entity) -> Active:
        """Its document's."""
        return cls(run["project"], run["spec"].get("executor", "local"))


def gone_since(home: Home, watched: float, now: float) -> float | None:
    """Since when no broker works in a home; None if one does, or if nobody has watched long enough to say."""
    if home.stopped:
        return home.seen
    return home.seen if now - max(home.seen, watched) >= GONE_AFTER else None


class Ownership:
    """Thread-safe: what is known of others is replaced as a whole."""

    def __init__(self, catalogue: Catalogue, home: Path, executor: Callable[[str], Executor]) -> None:
        self.place = f"{platform.node()}:{home}"
        self._identity = identity_of(home)
        self._homes = catalogue.homes
        self._executor = executor
        self._known: dict[str, Home] = {}
        self._now: float | None = None  # when that was read, by the database's clock
        self._watched = 0.0

    def refresh(self) -> None:
        """Show that we are here, if there is anybody to see it; and look who else is."""
        known, now = self._homes.known()
        mine = known.get(self._identity)
        if mine is None or mine.stopped or mine.place != self.place or len(known) > 1:
            self._homes.note(self._identity, self.place)
        if self._now is None or now - self._now >= GONE_AFTER:
            self._watched = now  # nobody could show us anything while we did not look
        self._known, self._now = known, now

    def leave(self) -> None:
        """We are going."""
        try:
            self._homes.leave(self._identity)
        except DHError as error:
            log.debug("nobody is told that we stop: %s", error)

    def stamped(self, status: Mapping[str, Any]) -> dict[str, Any]:
        """The status of a run that is ours from now on."""
        kept = {name: value for name, value in status.items() if name != "message" or not _says_gone(str(value))}
        return {**kept, "home": self._identity}

    def is_ours(self, run: Entity) -> bool:
        """Whether it is."""
        return bool(run["status"].get("home") == self._identity)

    def is_theirs(self, run: Entity) -> bool:
        """Whether it is another home's; not so one that is nobody's yet."""
        return bool(run["status"].get("home", self._identity) != self._identity)

    def may_move(self, run: Entity) -> bool:
        """Whether it is ours, or may become so."""
        return self.is_ours(run) or self.may_take(run)

    def may_take(self, run: Entity) -> bool:
        """Whether a run that is not ours can be: nobody's, or one whose broker is gone and that can be moved from here."""
        status = run["status"]
        if "home" not in status:
            return True
        since = self._gone_since(run)
        if since is None:
            return False
        asked, attempt = "stop_asked" in status, status.get("attempt")
        if asked and not attempt:
            return True
        waited = asked or (self._now or 0.0) - since >= TAKE_AFTER
        return bool(waited) and self._is_shared(run) and (bool(attempt) or not run["spec"].get("secrets"))

    def where(self, run: Entity) -> str:
        """`on HOST:FOLDER`, and since when no broker works there."""
        known = self._known.get(run["status"].get("home", ""))
        since = self._gone_since(run)
        gone = f", whose broker is not running since {shown(since)}" if since is not None else ""
        return f"on {known.place if known else 'another home'}{gone}"

    def says_gone(self, run: Entity) -> str:
        """What its status should say while no broker works in its home; '' if one does."""
        return f"Runs {self.where(run)}." if self._gone_since(run) is not None else ""

    def others(self) -> dict[str, float | None]:
        """Places of other homes, and since when no broker works there (None: one does)."""
        found = {id: home for id, home in self._known.items() if id != self._identity}
        return {home.place: gone_since(home, self._watched, self._now or 0.0) for home in found.values()}

    def _gone_since(self, run: Entity) -> float | None:
        known = self._known.get(run["status"].get("home", ""))
        return gone_since(known, self._watched, self._now or 0.0) if known else None

    def _is_shared(self, run: Entity) -> bool:
        try:
            return bool(getattr(self._executor(run["spec"].get("executor", "local")), "is_shared", False))
        except DHError:  # its plug-in is not here
            return False


def shown(moment: float) -> str:
    """A moment for people."""
    return f"{as_text(moment)[:16].replace('T', ' ')} UTC"


def _says_gone(message: str) -> bool:
    return message.startswith("Runs on ") and "whose broker is not running since" in message
