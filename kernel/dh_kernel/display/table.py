"""Tables of things: text in columns, HTML, and the keys for our renderer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from . import html
from .words import columns_of, counted, cut, padded

MOST_ROWS = 200  # shown of a table; what has more is paged by its verb, or counted
WIDEST_HTML = 400  # characters of a cell, at least; a page scrolls, and is kept in the notebook


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
    bad: int = 0  # rows that report a fault
    widest: int = 60  # characters of a cell in the text form

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Any:
        """Rows as dicts by column."""
        return (dict(zip(self.columns, row)) for row in self.rows)

    def __str__(self) -> str:
        shown = [self.columns, *self.rows[:MOST_ROWS]]
        cells = [[cut(cell, self.widest) for cell in row] for row in shown]
        widths = [max(map(columns_of, column)) for column in zip(*cells)] if self.rows else []
        lines = ["  ".join(map(padded, row, widths)).rstrip() for row in cells if widths]
        return "\n".join(line for line in (self.title, *lines, self._left_out, self.note) if line)

    __repr__ = __str__

    @property
    def _left_out(self) -> str:
        hidden = len(self.rows) - MOST_ROWS
        return f"… {counted(hidden, 'row')} more" if hidden > 0 else ""

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        longest = max(self.widest, WIDEST_HTML)
        rows = [[cut(cell, longest) for cell in row] for row in self.rows[:MOST_ROWS]]
        parts = [
            html.strong(self.title) if self.title else "",
            html.table(self.columns, rows) if rows else "",
            html.faint(self._left_out) if self._left_out else "",
            html.faint(self.note) if self.note else "",
        ]
        inner = "".join(f"<div>{part}</div>" for part in parts if part)
        markup = f'<div style="overflow:auto;max-height:28em">{inner}</div>'
        return html.bundle(self.kind, {"keys": list(self.keys)}, str(self), markup)
