"""`3-7`, `3,5,8-10`: which cells, by their execution counts."""

from __future__ import annotations

import re

from ..errors import Invalid

_PIECE = re.compile(r"(\d+)(?:-(\d+))?")
_MOST = 1000


def selected(text: str) -> list[int]:
    """The counts in the order of the text, each once. Raises Invalid."""
    found: dict[int, None] = {}
    for piece in (piece.strip() for piece in str(text).split(",")):
        match = _PIECE.fullmatch(piece)
        first, last = (int(match[1]), int(match[2] or match[1])) if match else (1, 0)
        if first > last or last - first >= _MOST or not first:
            raise Invalid(f"'{text}' does not name cells.", "Write their numbers: --cells 3-7, or --cells 3,5,8-10")
        found.update(dict.fromkeys(range(first, last + 1)))
    return list(found)
