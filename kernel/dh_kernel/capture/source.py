"""The one readable module: imports, constants, helpers in order, the target."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from .parts import Part

if TYPE_CHECKING:
    from .._contract import CellSpan


def module_of(
    parts: Iterable[Part], statements: Iterable[str], lazy_annotations: bool, end: str = ""
) -> tuple[str, list[CellSpan]]:
    """The module's text, and which of its lines were typed where. `end`: a last statement."""
    lines = ["from __future__ import annotations", ""] if lazy_annotations else []
    imports = sorted(set(statements), key=lambda statement: (statement.startswith("from"), statement))
    lines += imports
    spans: list[CellSpan] = []
    before = "import" if imports else ""
    for part in parts:
        blank = {"": 0, "constant": 1 if before != "constant" else 0}.get(part.kind if before else "", 2)
        lines += [""] * blank
        text = part.text.rstrip("\n").split("\n")
        if part.source is not None:
            spans.append(_span(part, len(lines) + 1, len(text)))
        lines += text
        before = part.kind
    return "\n".join(lines) + "\n" + (f"\n\n{end}" if end else ""), spans


def _span(part: Part, first: int, count: int) -> CellSpan:
    source = part.source
    assert source is not None
    span: CellSpan = {
        "first": first,
        "last": first + count - 1,
        "label": source.label,
        "cell_line": max(1, source.cell_line + part.line - 1),
    }
    if source.cell_id:
        span["cell_id"] = source.cell_id
    return span
