"""One row of the table: what is typed, and the call that must give the same elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple


class Case(NamedTuple):
    """`cells`: each is typed and run, and the last thing named `f` is the target; `arguments` are given by position, or
    by name; `files`: text by path, in the working folder before the first cell."""

    cells: list[str]
    arguments: tuple[Any, ...] | dict[str, Any] = ()
    files: Mapping[str, str] = {}
