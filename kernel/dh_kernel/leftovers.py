"""`gc`: what nothing refers to, and its removal."""

from __future__ import annotations

from typing import Any

from .display.entity import size
from .display.table import Table
from .display.words import counted, duration
from .session import Session


def leftovers(session: Session, *, do: bool, **more: bool) -> Table:
    """A row for each; removed with `do`. `more`, store: also what another catalogue might have in the same S3; locks: also
    the versions that were chosen for requirements."""
    query = {name: "true" for name, wanted in more.items() if wanted}
    found: Any = session.client.request("DELETE" if do else "GET", "/api/leftovers", query=query).body
    rows = found["rows"]
    cells = [
        (
            _word(row, do),
            row["what"],
            size(row["bytes"]),
            duration(row["age"]),
            row["where"],
            row.get("held") or row["why"],
        )
        for row in rows
    ]
    gone = [row for row in rows if row["removed" if do else "what"] and (do or "held" not in row)]
    said = "removed" if do else "to remove"
    title = f"{counted(len(gone), 'leftover')} {said}, {size(sum(row['bytes'] for row in gone))}"
    note = "Nothing was removed: %dh gc --yes does it." if gone and not do else ""
    return Table(("", "what", "size", "age", "where", "why"), cells, title, note, widest=100)


def _word(row: Any, do: bool) -> str:
    if row["removed"]:
        return "removed"
    return "stays" if "held" in row else "left" if do else "to remove"
