"""Which homes work on a database server's catalogue: one at a time, since a run's process and folder are its home's."""

from __future__ import annotations

import zlib

from sqlalchemy import Connection, text

CLASS = 0x6468  # our corner of PostgreSQL's advisory locks
CURE = "Use that broker, or give this one a database of its own: --DhExtension.catalogue_url=…"
_MINE = text("SELECT pg_advisory_lock_shared(:kind, :home)")
_OTHERS = text(
    "SELECT count(*) FROM pg_locks JOIN pg_database ON pg_database.oid = pg_locks.database"
    " WHERE locktype = 'advisory' AND classid = :kind AND objsubid = 2 AND datname = current_database()"
    " AND objid::bigint != :home"
)


def claim(connection: Connection, home: str) -> bool:
    """Whether no other home is at work here. The claim ends with the connection, however it ends."""
    number = zlib.crc32(home.encode()) & 0x7FFFFFFF
    connection.execute(_MINE, {"kind": CLASS, "home": number})
    others: int = connection.execute(_OTHERS, {"kind": CLASS, "home": number}).scalar_one()
    return others == 0
