"""What changed, as a table and coloured code."""

from __future__ import annotations

from typing import Any

from ..changes import Changes
from . import html

_ADDED, _GONE = "background:rgba(46,160,67,.18)", "background:rgba(248,81,73,.18)"
_LINES = {"+": _ADDED, "-": _GONE, "@": html.FAINT}


def changes_text(found: Changes) -> str:
    """Rows, then the code's lines with + and -."""
    head = f"{found.one} → {found.other}"
    if not found:
        return f"{head}: nothing changed"
    width = max((len(row.what) for row in found.rows), default=0)
    rows = [f"{row.what.ljust(width)}  {_arrow(row.before, row.after)}" for row in found.rows]
    return "\n".join([head, *rows, *([""] if rows and found.code else []), *found.code])


def _arrow(before: str, after: str) -> str:
    if not before:
        return f"added: {after}"
    return f"{before} → {after}" if after else f"taken away: {before}"


def changes_bundle(found: Changes) -> dict[str, Any]:
    """For all viewers."""
    head = f"{html.strong(found.one)} → {html.strong(found.other)}"
    parts = [head]
    if not found:
        parts.append(html.faint("nothing changed"))
    if found.rows:
        rows = [(row.what, row.before or "-", row.after or "-") for row in found.rows]
        parts.append(html.table(("", found.one, found.other), rows))
    if found.code:
        parts.append(html.block("".join(map(_line, found.code))))
    ids = {"keys": list(found.keys)}
    return html.bundle("diff", ids, changes_text(found), html.card(*parts))


def _line(line: str) -> str:
    style = html.FAINT if line.startswith(("---", "+++")) else _LINES.get(line[:1], "")
    return f'<span style="{style}">{html.text(line)}</span>\n' if style else f"{html.text(line)}\n"
