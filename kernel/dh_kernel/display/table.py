"""Tables of things: text in columns, HTML, and the keys for our renderer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from . import html
from .words import cut


@dataclass(frozen=True)
class Table:
    """Rows of texts under column names; `note` says what is not shown, `keys` are the rows' keys.

    Of a list, `documents` are the entities, and `total` says how many there are on all pages.
    """

    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    title: str = ""
    note: str = ""
    kind: str = "table"
    keys: Sequence[str] = field(default=())
    documents: Sequence[Mapping[str, Any]] = field(default=(), repr=False)
    total: int = 0
    widest: int = 60  # characters of a cell in the text form

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Any:
        """Rows as dicts by column."""
        return (dict(zip(self.columns, row)) for row in self.rows)

    def __str__(self) -> str:
        cells = [[cut(cell, self.widest) for cell in row] for row in [self.columns, *self.rows]]
        widths = [max(map(len, column)) for column in zip(*cells)] if self.rows else []
        lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip() for row in cells if widths]
        return "\n".join(line for line in (self.title, *lines, self.note) if line)

    __repr__ = __str__

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        parts = [
            html.strong(self.title) if self.title else "",
            html.table(self.columns, self.rows) if self.rows else "",
        ]
        note = html.faint(self.note) if self.note else ""
        markup = (
            '<div style="overflow-x:auto">'
            + "".join(f"<div>{part}</div>" for part in (*parts, note) if part)
            + "</div>"
        )
        return html.bundle(self.kind, {"keys": list(self.keys)}, str(self), markup)
