"""The engine: how transactions begin, and what a fault of the database becomes. The rest of the package is portable SQL.

SQLite: write-ahead log, one writer at a time. A write transaction takes the lock when it begins, never half-way, so it
can't fail with "locked" after it has read. PostgreSQL: read committed; rows of `counters` serialise what must be.
"""

from __future__ import annotations

import contextlib
import functools
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import sqlalchemy
from sqlalchemy import Connection, Engine, event
from sqlalchemy.exc import DataError, DBAPIError, OperationalError

from dh_kernel.errors import Invalid, Unavailable

from ..disks import file_system, is_network

BUSY_TIMEOUT = 60_000  # milliseconds to wait for another process's write


class Database:
    """Transactions on one URL. Thread-safe; a connection belongs to the thread that opened it, until it leaves the block."""

    def __init__(self, url: str) -> None:
        self.url = sqlalchemy.make_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self.engine = _sqlite_engine(self.url) if self.is_sqlite else _server_engine(self.url)
        # threads take turns here, first come first served; SQLite's own waiting would poll
        self._writer: contextlib.AbstractContextManager[Any] = (
            threading.RLock() if self.is_sqlite else contextlib.nullcontext()
        )

    @contextlib.contextmanager
    def read(self) -> Iterator[Connection]:
        """One snapshot for all that is read in the block."""
        with _explained(self.url), self.engine.connect() as connection:
            yield connection

    @contextlib.contextmanager
    def write(self) -> Iterator[Connection]:
        """One transaction: committed at the end of the block, rolled back by an exception."""
        with self._writer, _explained(self.url), self.engine.connect() as connection:
            connection = connection.execution_options(dh_begin="BEGIN IMMEDIATE")
            with connection.begin():
                yield connection

    def close(self) -> None:
        """Give back every connection."""
        self.engine.dispose()


def _sqlite_engine(url: sqlalchemy.URL) -> Engine:
    engine = sqlalchemy.create_engine(url, pool_size=8, max_overflow=32, connect_args={"timeout": BUSY_TIMEOUT / 1000})
    place = Path(url.database or ".").absolute().parent
    event.listen(engine, "connect", functools.partial(_prepare_sqlite, pragmas(is_network(file_system(place)))))
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _server_engine(url: sqlalchemy.URL) -> Engine:
    return sqlalchemy.create_engine(url, pool_size=8, max_overflow=32, pool_pre_ping=True)


def pragmas(on_network: bool) -> list[str]:
    """How a connection is prepared. The write-ahead log needs memory that is shared, which another machine's disk has not."""
    remote = ["journal_mode=DELETE", "synchronous=FULL", "mmap_size=0"]
    local = ["journal_mode=WAL", "synchronous=NORMAL", "mmap_size=268435456"]
    return [
        f"busy_timeout={BUSY_TIMEOUT}",
        *(remote if on_network else local),
        "foreign_keys=ON",
        "case_sensitive_like=ON",
        "cache_size=-65536",
    ]


def _prepare_sqlite(wanted: list[str], connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves; Python's driver would say it late
    cursor = connection.cursor()
    for pragma in wanted:
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    connection.exec_driver_sql(connection.get_execution_options().get("dh_begin", "BEGIN"))


@contextlib.contextmanager
def _explained(url: sqlalchemy.URL) -> Iterator[None]:
    """A database that can't be reached or written is Unavailable, in words; a value that it can't
    hold is Invalid; other faults are ours and stay as they are."""
    try:
        yield
    except (UnicodeEncodeError, OverflowError, DataError) as error:
        raise Invalid(
            f"A value can't be stored: {error}.", "Send whole characters, and numbers of at most 64 bits."
        ) from error
    except (OperationalError, DBAPIError) as error:
        if not isinstance(error, OperationalError) and not error.connection_invalidated:
            raise
        where = url.database if url.get_backend_name() == "sqlite" else url.render_as_string(hide_password=True)
        raise Unavailable(
            f"The catalogue can't be used now: {error.orig} ({where}).", _cure(str(error.orig))
        ) from error


def _cure(fault: str) -> str:
    cures = {
        "locked": "Another program holds the file; try again when it is done.",
        "full": "Free space on its disk.",
        "readonly": "Make the file and its folder writable.",
        "unable to open": "Check that the folder exists and is writable.",
    }
    return next((cure for word, cure in cures.items() if word in fault), "Check that the database runs.")
