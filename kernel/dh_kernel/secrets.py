"""Secrets of a project. A value goes from a prompt (or a variable) to the broker; nothing that is shown has one."""

from __future__ import annotations

import getpass
import sys
from typing import Any

from .display import show
from .display.table import Table
from .display.words import clock
from .errors import Invalid
from .session import Session

_PAGE = 1000


class Said(str):
    """A line that shows as itself."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


def keep(session: Session, name: str, value: str | None) -> Said:
    """Send a value; without one, ask for it. Raises Invalid if nothing comes."""
    given = ask_value(name) if value is None else value
    if not isinstance(given, str):
        raise Invalid(f"The value of '{name}' is a {type(given).__name__}, not a text.", "Pass a str, or leave it out.")
    if not given:
        raise Invalid(f"Nothing was given for '{name}', so nothing is kept.", f"Again: %dh secret {name}")
    answer = session.client.request("PUT", session.path("secrets", "data"), {name: given})
    done = "replaced" if answer.headers.get("x-dh-existing") == "true" else "kept"
    return Said(f"secret {name} {done} in {session.project} · in a run: --secret {name}, then os.environ[{name!r}]")


def remove(session: Session, name: str) -> Said:
    """Delete a secret with its value."""
    session.client.request("DELETE", session.path("secrets"), query={"name": name})
    return Said(f"secret {name} deleted from {session.project}")


def table(session: Session) -> Table:
    """Names, and who kept each when."""
    found = session.get("secrets", size=_PAGE)["content"]
    rows = [_row(one["name"], one["metadata"]) for one in found]
    note = "" if rows else "None is kept here. Keep one: %dh secret NAME"
    return Table(("secret", "kept", "by"), rows, note=note, kind="secrets")


def names(session: Session) -> list[str]:
    """All names of this project, for completion."""
    return [one["name"] for one in session.get("secrets", size=_PAGE)["content"]]


def _row(name: str, metadata: Any) -> tuple[str, str, str]:
    return name, clock(metadata.get("updated")), metadata.get("updated_by", "")


def ask_value(name: str) -> str:
    """By a prompt that echoes nothing; of a pipe (`dh secret NAME < file`) all of it, without the last line's end."""
    if show.shell() is None and not sys.stdin.isatty():
        return sys.stdin.read().removesuffix("\n").removesuffix("\r")
    try:
        return getpass.getpass(f"Value of {name}: ")
    except Exception as error:
        if type(error).__name__ != "StdinNotImplementedError" and not isinstance(error, (EOFError, OSError)):
            raise
        raise Invalid(
            f"This notebook can't ask for the value of '{name}' here.", f"In a terminal: dh secret {name}"
        ) from None
