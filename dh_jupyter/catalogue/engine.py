"""The engine: how transactions begin, and what a fault of the database becomes. The rest of the package is portable SQL.

SQLite: write-ahead log, one writer at a time. A write transaction takes the lock when it begins, never half-way, so it
can't fail with "locked" after it has read. PostgreSQL: reads see one snapshot; writes are read committed, and rows of
`counters` serialise what must be. Two writes that wait for each other are ended by the server, and done again here.
"""

from __future__ import annotations

import contextlib
import functools
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import sqlalchemy
from sqlalchemy import Connection, Engine, event
from sqlalchemy.exc import DataError, DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnectionLeft

from dh_kernel.errors import Invalid, NotInstalled, Unavailable

from ..disks import file_system, is_network
from . import address

P = ParamSpec("P")
T = TypeVar("T")

BUSY_TIMEOUT = 60_000  # milliseconds to wait for another process's write
ATTEMPTS = 5  # at a write that a deadlock ended
# PostgreSQL's words for: others did it at the same time; begin again, and what they made is there to be seen
CONTENDED = frozenset({"40P01", "40001", "23505"})
READ_ONLY = "25006"  # a server that has become somebody's copy
# How the driver watches a server that may vanish without a word; an address may say otherwise. Seconds.
WATCH = {"connect_timeout": 5, "keepalives_idle": 30, "keepalives_interval": 10, "keepalives_count": 3}


class Contended(Unavailable):
    """The transaction was rolled back for another one's sake; the same again will probably do."""


def again_if_contended(method: Callable[P, T]) -> Callable[P, T]:
    """For what is one write transaction: done again when it lost against another. Its arguments are read more than once."""

    @functools.wraps(method)
    def again(*args: P.args, **options: P.kwargs) -> T:
        for _ in range(ATTEMPTS - 1):
            with contextlib.suppress(Contended):
                return method(*args, **options)
        return method(*args, **options)

    return again


class Database:
    """Transactions on one URL. Thread-safe; a connection belongs to the thread that opened it, until it leaves the block."""

    def __init__(self, url: str) -> None:
        """Raises Invalid for a URL of another kind of database, NotInstalled without its driver. Opens nothing."""
        self.url = address.parsed(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self.engine = _sqlite_engine(self.url) if self.is_sqlite else _server_engine(self.url)
        options: dict[str, Any] = {} if self.is_sqlite else {"isolation_level": "REPEATABLE READ"}
        self._reading = self.engine.execution_options(**options)
        self._writing = self.engine.execution_options(dh_begin="BEGIN IMMEDIATE")
        # threads take turns here, first come first served; SQLite's own waiting would poll
        self._writer: contextlib.AbstractContextManager[Any] = (
            threading.RLock() if self.is_sqlite else contextlib.nullcontext()
        )

    @contextlib.contextmanager
    def read(self) -> Iterator[Connection]:
        """One snapshot for all that is read in the block."""
        with _explained(self.url), self._reading.connect() as connection:
            yield connection

    @contextlib.contextmanager
    def write(self) -> Iterator[Connection]:
        """One transaction: committed at the end of the block, rolled back by an exception."""
        with self._writer, _explained(self.url), self._writing.begin() as connection:
            yield connection

    def explained(self) -> contextlib.AbstractContextManager[None]:
        """For what is neither: faults of the database become errors in words."""
        return _explained(self.url)

    def words(self, fault: object) -> str:
        """What the driver said, without a password."""
        return address.without_password(self.url, " ".join(str(fault).split()))

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
    watch = {name: value for name, value in WATCH.items() if name not in url.query}
    try:
        engine = sqlalchemy.create_engine(
            url,
            pool_size=8,
            max_overflow=24,
            pool_pre_ping=True,
            connect_args={"application_name": "dh-jupyter", **watch},
        )
    except ModuleNotFoundError as error:
        raise NotInstalled(
            f"A catalogue on PostgreSQL needs the package '{error.name}'.", "pip install 'dh-jupyter[postgresql]'"
        ) from error
    event.listen(engine, "connect", _prepare_server)
    return engine


def _prepare_server(connection: Any, _record: Any) -> None:
    """What we ask is answered before a second process of the server would have begun to help. A word is common or rare, so
    a plan for any word is a bad one."""
    connection.autocommit = True
    connection.execute("SET max_parallel_workers_per_gather = 0; SET plan_cache_mode = force_custom_plan")
    connection.autocommit = False


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
    begin = connection.get_execution_options().get("dh_begin")
    if begin:
        connection.exec_driver_sql(begin)
        return
    driver: Any = connection.connection.dbapi_connection
    driver.execute("BEGIN")  # of a read: it waits for nobody, so there is no fault to be explained


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
    except NoConnectionLeft as error:
        raise Unavailable(
            f"The catalogue is busy: no connection to it became free ({address.shown(url)}).", "Try again."
        ) from error
    except DBAPIError as error:
        state = getattr(error.orig, "sqlstate", None)
        known = isinstance(error, OperationalError) or error.connection_invalidated
        if not known and state != READ_ONLY and state not in CONTENDED:
            raise
        said = address.without_password(url, " ".join(str(error.orig).split()))
        kind = Contended if state in CONTENDED else Unavailable
        raise kind(f"The catalogue can't be used now: {said} ({address.shown(url)}).", _cure(said)) from error


def _cure(fault: str) -> str:
    cures = {
        "deadlock": "Others wrote the same at the same time; try again.",
        "duplicate": "Others wrote the same at the same time; try again.",
        "locked": "Another program holds the file; try again when it is done.",
        "full": "Free space on its disk.",
        "No space left": "Free space on its disk.",
        "readonly": "Make the file and its folder writable.",
        "read-only": "Give the address of the server that takes writes.",
        "unable to open": "Check that the folder exists and is writable.",
        "password": "Check user and password in its address (DhExtension.catalogue_url).",
        "does not exist": "Make it there first (createuser, createdb), or mend the address (DhExtension.catalogue_url).",
        "too many": "The server has no connections left: let it have more (max_connections).",
    }
    return next((cure for word, cure in cures.items() if word in fault), "Check that the database runs, and try again.")
