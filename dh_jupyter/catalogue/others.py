"""Other brokers on the same database server: they are told of each write with its commit, and tell us of theirs.

By PostgreSQL's NOTIFY and LISTEN. One thread listens; when its connection breaks it makes another, and asks the catalogue
what has changed meanwhile. On SQLite nobody is told: who shares a file shares a home.
"""

from __future__ import annotations

import contextlib
import logging
import os
import random
import selectors
import threading
import uuid
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, select, text

from dh_kernel.errors import DHError

from ..clock import as_text, seconds
from .engine import Database
from .tables import entities
from .telling import read_text, texts_of

if TYPE_CHECKING:
    from dh_kernel._contract import EntityEvent

CHANNEL = "dh_catalogue"
PAUSES = (0.1, 5.0)  # seconds before the first try to connect again, and the longest
MARGIN = 60.0  # seconds that the clocks of two brokers may differ by
MOST = 10_000  # changes that are told of after a gap

_NOTIFY = text("SELECT pg_notify(:channel, :told)")

log = logging.getLogger("dh_jupyter.catalogue")


class Others:
    """Thread-safe. `heard` and `again` are called in the thread that listens; they must return soon."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._origin = uuid.uuid4().hex[:12]
        self._heard: Callable[[EntityEvent], None] = lambda event: None
        self._again: Callable[[], None] = lambda: None
        self._thread: threading.Thread | None = None
        self._closing = threading.Event()
        self._wake = -1

    def tell(self, connection: Connection, events: Iterable[EntityEvent]) -> None:
        """Say it, if the transaction of `connection` is committed, and when it is."""
        if not self._database.is_sqlite:
            for told in texts_of(self._origin, events):
                connection.execute(_NOTIFY, {"channel": CHANNEL, "told": told})

    def listen(self, heard: Callable[[EntityEvent], None], again: Callable[[], None]) -> None:
        """From now on `heard` is called with what others change. `again`: connected anew after a gap, whose changes that
        are still to be seen were told; what was deleted in it was not. Returns when it listens."""
        if self._database.is_sqlite:
            return
        self._heard, self._again = heard, again
        waits, self._wake = os.pipe()
        connection = self._connect()
        self._thread = threading.Thread(target=self._serve, args=(connection, waits), name="dh-listen", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Listen no more."""
        self._closing.set()
        if self._thread is not None:
            os.write(self._wake, b"x")
            self._thread.join()
            os.close(self._wake)
            self._thread = None

    # -- the thread ------------------------------------------------------------------------------------------------

    def _serve(self, connection: Connection | None, waits: int) -> None:
        with open(waits, "rb"):
            while not self._closing.is_set():
                since = seconds()
                if connection is not None:
                    since = self._follow(connection, waits)
                    connection = None
                if not self._closing.is_set():
                    connection = self._connect_again(waits)
                    if connection is not None:
                        self._repair(since)

    def _connect(self) -> Connection:
        """A connection that is no one else's, and listens."""
        with self._database.explained():
            connection = self._database.engine.connect().execution_options(isolation_level="AUTOCOMMIT")
            connection.detach()
            connection.execute(text(f"LISTEN {CHANNEL}"))
        return connection

    def _connect_again(self, waits: int) -> Connection | None:
        """Try until it listens; None if we are to close before that."""
        pause = PAUSES[0]
        while not _readable(waits, timeout=pause * random.uniform(0.7, 1.3)):
            try:
                return self._connect()
            except DHError as error:
                log.debug("other brokers can't be heard: %s", error)
                pause = min(2 * pause, PAUSES[1])
        return None

    def _follow(self, connection: Connection, waits: int) -> float:
        """Hear, until the connection breaks or we are to close. Returns the last moment when all was well."""
        driver: Any = connection.connection.dbapi_connection
        well = seconds()
        try:
            while True:
                for told in driver.notifies(timeout=0):
                    well = seconds()
                    self._tell_of(told.payload)
                if waits in _readable(waits, driver.fileno()):
                    break
        except (self._database.engine.dialect.loaded_dbapi.Error, OSError) as error:
            log.warning("other brokers are not heard until the database answers again: %s", self._database.words(error))
        with contextlib.suppress(Exception):  # it is broken, or goes with us
            connection.close()
        return well

    def _tell_of(self, told: str) -> None:
        origin, events = read_text(told)
        if origin == self._origin:
            return
        for event in events:
            try:
                self._heard(event)
            except Exception:
                log.exception("the listener failed on %s", event)

    def _repair(self, since: float) -> None:
        """Tell of what was changed while nobody heard it."""
        try:
            for event in self._changed_since(as_text(since - MARGIN)):
                self._heard(event)
            self._again()
        except Exception:
            log.exception("what other brokers changed meanwhile is not known; it is seen when it is next looked at")

    def _changed_since(self, moment: str) -> list[EntityEvent]:
        columns = (entities.c.entity, entities.c.project, entities.c.id, entities.c.state)
        changed = select(*columns).where(entities.c.updated >= moment).order_by(entities.c.updated.desc()).limit(MOST)
        with self._database.read() as connection:
            found = connection.execute(changed).all()
        return [
            {"action": "updated", "type": entity, "project": project, "id": ident, "state": state}
            for entity, project, ident, state in reversed(found)
        ]


def _readable(*files: int, timeout: float | None = None) -> set[int]:
    """Those of the files that can be read, once one can."""
    with selectors.DefaultSelector() as selector:
        for file in files:
            selector.register(file, selectors.EVENT_READ)
        return {int(key.fd) for key, _ in selector.select(timeout)}
