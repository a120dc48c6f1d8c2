"""The table of what was done over the API. Rows are only ever added, and dropped when they are old; nothing points at them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import delete, insert, select

from .columns import storable
from .engine import Database, again_if_contended
from .tables import audit


class Deed(NamedTuple):
    """Who did what, when, from where, and how it was answered."""

    time: str  # ISO 8601
    user: str
    verb: str
    path: str  # below the server's base URL, with what was asked for
    project: str  # empty: of none
    status: int
    address: str  # of the machine
    client: str  # as it calls itself


class Asked(NamedTuple):
    """Which deeds; each field narrows it. `since` and `until` as ISO 8601, `after` the number of the last one seen."""

    project: str | None = None
    user: str = ""
    verb: str = ""
    since: str = ""
    until: str = ""
    after: int = 0


class AuditTable:
    """Thread-safe; each method is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @again_if_contended
    def add(self, deeds: Sequence[Deed]) -> None:
        """Add them, in their order."""
        rows = [
            {name: storable(value) if isinstance(value, str) else value for name, value in deed._asdict().items()}
            for deed in deeds
        ]
        with self._database.write() as connection:
            connection.execute(insert(audit), rows)

    def page(self, asked: Asked, size: int) -> tuple[list[dict[str, Any]], int | None]:
        """The newest first, and the number to go on after; None if that was all."""
        columns = audit.c
        statement = select(audit).order_by(columns.seq.desc()).limit(size + 1)
        for column, wanted in (
            (columns.project, asked.project),
            (columns.user, asked.user),
            (columns.verb, asked.verb),
        ):
            if wanted:
                statement = statement.where(column == storable(wanted))
        if asked.since:
            statement = statement.where(columns.time >= asked.since)
        if asked.until:
            statement = statement.where(columns.time < asked.until)
        if asked.after:
            statement = statement.where(columns.seq < asked.after)
        with self._database.read() as connection:
            rows = connection.execute(statement).all()
        found = [Deed(*row[1:])._asdict() for row in rows[:size]]
        return found, rows[size - 1].seq if len(rows) > size else None

    @again_if_contended
    def drop_before(self, moment: str) -> int:
        """Forget what is older; how many that were."""
        with self._database.write() as connection:
            return connection.execute(delete(audit).where(audit.c.time < moment)).rowcount
