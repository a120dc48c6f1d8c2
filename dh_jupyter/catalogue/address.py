"""Where a catalogue is: SQLAlchemy's URL, read and shown. A password is never shown. Pure."""

from __future__ import annotations

import sqlalchemy
from sqlalchemy.exc import ArgumentError

from dh_kernel.errors import Invalid

EXAMPLE = "e.g. postgresql://user:password@host/database, or nothing: then it is SQLite in the home."
_DRIVERS = {"sqlite": "sqlite", "postgresql": "postgresql+psycopg"}


def parsed(url: str) -> sqlalchemy.URL:
    """The address with the driver that we use. Raises Invalid, without the address: it may hold a password."""
    try:
        # as others write it
        found = sqlalchemy.make_url(f"postgresql{url.removeprefix('postgres')}" if url.startswith("postgres:") else url)
        backend, _, driver = found.drivername.partition("+")
    except (ArgumentError, ValueError) as error:
        raise Invalid("The catalogue's address (DhExtension.catalogue_url) can't be read.", EXAMPLE) from error
    if backend not in _DRIVERS or driver not in ("", "pysqlite", "psycopg"):
        raise Invalid(f"A catalogue can't be on '{found.drivername}', only on SQLite or PostgreSQL.", EXAMPLE)
    return found.set(drivername=_DRIVERS[backend])


def shown(url: sqlalchemy.URL) -> str:
    """The address for people: of SQLite the file, else no more than who, where and what."""
    if url.get_backend_name() == "sqlite":
        return str(url.database)
    bare = sqlalchemy.URL.create("postgresql", url.username, None, url.host, url.port, url.database)
    return bare.render_as_string()


def without_password(url: sqlalchemy.URL, text: str) -> str:
    """A text of the driver, in which it may have repeated the address."""
    asked = url.query.get("password", ())
    for password in (url.password, *((asked,) if isinstance(asked, str) else asked)):
        text = text.replace(str(password), "***") if password else text
    return text
