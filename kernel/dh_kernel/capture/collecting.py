"""What the makers of parts (classes, functions, constants, settings) need of the resolver that calls them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from .cells import CellHistory, Source
from .folder import WorkingFolder
from .known import Known
from .parts import Part


class Written(Protocol):
    """Writes values as expressions."""

    def written(self, value: Any, name: str) -> tuple[str, set[str]]:
        """An expression, and the names that it needs. Raises NoExpression if none gives the same value."""


class Collecting(Protocol):
    """The captured parts so far, and the ways to take more along. See resolve.py."""

    target: str
    own: Mapping[str, Any]
    namespace: Mapping[str, Any]
    cells: CellHistory
    folder: WorkingFolder
    known: Known
    parts: dict[str, Part]
    imports: dict[str, list[str]]
    taken: dict[str, Any]
    faults: list[str]
    cells_held: dict[int, tuple[str, bool]]

    @property
    def constants(self) -> Written: ...

    def need(self, name: str, by: str) -> None:
        """Take along what a global name means."""

    def take_statement(self, name: str, node: Any, source: Source, lazy: bool, **more: Any) -> Part:
        """A statement of a cell as it was typed."""

    def take_text(
        self, name: str, text: str, source: Source, line: int, lazy: bool, scope: Mapping[str, Any] | None = None
    ) -> Part:
        """Code that binds a name, and all that it needs."""

    def same_text(self, name: str, other: str) -> None:
        """A second name for a thing that is captured under another, or for what that holds (`Class.method`)."""
