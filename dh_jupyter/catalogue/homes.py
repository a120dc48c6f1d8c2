"""Which homes work on a catalogue, and when a broker of each was last seen: by the database's clock, not by theirs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, select, text, update
from sqlalchemy.dialects import postgresql, sqlite

from .engine import Database
from .tables import homes

_NOW = {
    "sqlite": text("SELECT (julianday('now') - 2440587.5) * 86400.0"),
    "postgresql": text("SELECT extract(epoch FROM clock_timestamp())"),
}


def _seen_statement(dialect: Any) -> Any:
    fields: dict[str, Any] = {name: bindparam(name) for name in ("id", "place", "seen", "stopped")}
    statement = dialect.insert(homes).values(**fields)
    changed = {name: field for name, field in fields.items() if name != "id"}
    return statement.on_conflict_do_update(index_elements=["id"], set_=changed)


_SEEN = {"sqlite": _seen_statement(sqlite), "postgresql": _seen_statement(postgresql)}
_STOPPED = update(homes).where(homes.c.id == bindparam("home")).values(seen=bindparam("now"), stopped=True)


@dataclass(frozen=True)
class Home:
    """A home as its brokers left it: where it is (HOST:FOLDER), seconds since 1970, and whether they stopped then."""

    place: str
    seen: float
    stopped: bool


class Homes:
    """Thread-safe; each method is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def known(self) -> tuple[dict[str, Home], float]:
        """All that ever worked here, by identity, and what time it is there."""
        with self._database.read() as connection:
            rows = connection.execute(select(homes)).all()
            now = float(connection.execute(_NOW[connection.dialect.name]).scalar_one())
        return {row.id: Home(row.place, row.seen, row.stopped) for row in rows}, now

    def note(self, home: str, place: str) -> None:
        """A broker works in it now."""
        with self._database.write() as connection:
            dialect = connection.dialect.name
            now = float(connection.execute(_NOW[dialect]).scalar_one())
            connection.execute(_SEEN[dialect], {"id": home, "place": place, "seen": now, "stopped": False})

    def leave(self, home: str) -> None:
        """It works there no more."""
        with self._database.write() as connection:
            now = float(connection.execute(_NOW[connection.dialect.name]).scalar_one())
            connection.execute(_STOPPED, {"home": home, "now": now})
