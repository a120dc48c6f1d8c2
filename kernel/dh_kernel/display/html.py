"""HTML that reads well on light and dark grounds, without scripts; all that comes from outside is escaped."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any

_RULE = "var(--jp-border-color2, rgba(128,128,128,.4))"
CARD = f"border-left:2px solid {_RULE};padding:2px 10px;margin:2px 0;line-height:1.45;max-width:100%;overflow-x:auto"
FAINT = "opacity:.75"
_CELL = f"text-align:left;padding:2px 10px 2px 0;border-bottom:1px solid {_RULE};vertical-align:top;white-space:nowrap"
_CODE = "margin:4px 0;padding:0;background:none;white-space:pre;overflow-x:auto;font-size:90%"


def text(value: Any) -> str:
    """Escaped text."""
    return escape(str(value), quote=True)


def card(*lines: str) -> str:
    """Lines of HTML, one under the other, with a rule at the left."""
    return f'<div style="{CARD}">' + "".join(f"<div>{line}</div>" for line in lines if line) + "</div>"


def strong(value: Any) -> str:
    """Escaped text, set off."""
    return f"<b>{text(value)}</b>"


def faint(value: Any) -> str:
    """Escaped text of lesser weight."""
    return f'<span style="{FAINT}">{text(value)}</span>'


def code(value: Any) -> str:
    """Escaped code or log, in its own scrolling block."""
    return block(text(value))


def block(markup: str) -> str:
    """A scrolling block of code whose lines are HTML already."""
    return f'<pre style="{_CODE}">{markup}</pre>'


def bar(share: float, label: str) -> str:
    """A progress bar; `share` from 0 to 1."""
    return f'<progress value="{min(max(share, 0.0), 1.0):.3f}" max="1"></progress> {text(label)}'


def table(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """A real table; all cells escaped."""
    head = "".join(f'<th scope="col" style="{_CELL}">{text(column)}</th>' for column in columns)
    body = "".join("<tr>" + "".join(f'<td style="{_CELL}">{text(cell)}</td>' for cell in row) + "</tr>" for row in rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def bundle(kind: str, ids: Mapping[str, Any], plain: str, markup: str) -> dict[str, Any]:
    """A MIME bundle: our renderer takes the ids, other viewers the HTML or the text."""
    return {"text/plain": plain, "text/html": markup, f"application/vnd.dh.{kind}.v1+json": dict(ids)}
