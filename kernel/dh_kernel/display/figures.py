"""Figures and pictures of the catalogue, drawn below their details as the notebook draws them where they are made."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Callable

from ..errors import DHError
from ..saving.forms import load_form
from .entity import size
from .show import shell

MOST = 16 << 20  # bytes of a file that is drawn unasked
_PICTURES = ("figure", "image")  # their files are PNG
_DRAWN = (*_PICTURES, "plotly", "altair")  # pages are not: what others wrote runs in them


def is_drawn(codec: str | None) -> bool:
    """Whether things of this codec are drawn, here and now."""
    return codec in _DRAWN and shell() is not None


def draw(codec: str, find: Callable[[], Path]) -> None:
    """Draw the file that `find` gives in the running cell, or say why not and what to do."""
    from IPython.display import display

    display(_drawable(codec, find))  # type: ignore[no-untyped-call]


def _drawable(codec: str, find: Callable[[], Path]) -> Any:
    try:
        path = find()
        length = path.stat().st_size
        if length > MOST:
            return Said(f"It is not drawn, since it has {size(length)}. Its file: {path}")
        return _picture(path.read_bytes()) if codec in _PICTURES else load_form(codec, path)
    except (DHError, OSError, ValueError) as error:
        return Said(f"It can't be drawn: {error}")


def _picture(data: bytes) -> Any:
    from IPython.display import Image

    return Image(data=data, format="png")  # type: ignore[no-untyped-call]


class Said(str):
    """A line that shows as itself."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)
