"""The audit log: each request that changed something, or read a secret, is noted once it was answered.

Notes are written by a thread of its own, many in one transaction, so that no request waits for them: what was done in the
last moments before a broker is killed may be missing.
"""

from __future__ import annotations

import logging
import queue
import threading
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlencode

from dh_kernel.errors import DHError, Invalid

from ..clock import as_text, seconds

if TYPE_CHECKING:
    from ..catalogue.audit import AuditTable, Deed

KEPT_BACK = frozenset({"token", "_xsrf"})  # words of a query that nobody is to read again
LONGEST = 1000  # characters of a path
AT_ONCE = 500
DAY = 86_400.0
MOST = 1000

log = logging.getLogger("dh_jupyter.audit")


class AuditLog:
    """Thread-safe. `days` are kept; 0 notes nothing."""

    def __init__(self, table: AuditTable, days: int) -> None:
        self.enabled = days > 0
        self._table = table
        self._days = days
        self._noted: queue.SimpleQueue[Deed | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._write_all, name="dh-audit", daemon=True)

    def start(self) -> None:
        """Write from now on what is noted."""
        if self.enabled:
            self._thread.start()

    def close(self) -> None:
        """Write what is left."""
        if self._thread.is_alive():
            self._noted.put(None)
            self._thread.join(10)

    def note(self, deed: Deed) -> None:
        """Returns at once."""
        if self.enabled:
            self._noted.put(deed)

    def read(self, *, project: str | None, after: str, size: int, **words: str) -> dict[str, Any]:
        """{content, next}: the newest first. `words`: user, verb, since, until. Raises Invalid."""
        from ..catalogue.audit import Asked

        if not 1 <= size <= MOST:
            raise Invalid(f"a page of size {size} can't be", f"At most {MOST}.")
        if after and not (after.isascii() and after.isdigit() and len(after) < 18):
            raise Invalid("'after' is no cursor of this list.", "Send the `next` of the page before.")
        times = {name: _moment(name, words.pop(name)) for name in ("since", "until") if words.get(name)}
        asked = Asked(project=project, **{**words, **times}, after=int(after or 0))
        content, following = self._table.page(asked, size)
        return {"content": content, **({} if following is None else {"next": str(following)})}

    def _write_all(self) -> None:
        self._drop_old()
        while (first := self._noted.get()) is not None:
            deeds = [first]
            ends = False
            while not ends and len(deeds) < AT_ONCE and not self._noted.empty():
                following = self._noted.get()
                ends = following is None
                deeds += [] if following is None else [following]
            self._write(deeds)
            if ends:
                return

    def _write(self, deeds: list[Deed]) -> None:
        try:
            self._table.add(deeds)
        except DHError as error:  # as when the database is away: the server's log has them then
            log.error("not in the audit log (%s): %s", error, [tuple(deed) for deed in deeds])

    def _drop_old(self) -> None:
        try:
            self._table.drop_before(as_text(seconds() - self._days * DAY))
        except DHError as error:
            log.warning("old entries of the audit log were not dropped: %s", error)


def shown_path(path: str, query: str) -> str:
    """What was asked for, without what must stay secret."""
    kept = [(name, value) for name, value in parse_qsl(query, keep_blank_values=True) if name not in KEPT_BACK]
    return f"{path}?{urlencode(kept)}"[:LONGEST] if kept else path[:LONGEST]


def _moment(name: str, text: str) -> str:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise Invalid(f"'{name}' is no time: {text[:40]!r}.", "ISO 8601, e.g. 2026-11-28T10:00:00Z.") from error
    return as_text((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())
