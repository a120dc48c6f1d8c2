"""What forms need of a function and of a run: the handles have it, and do not need to know forms for it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from .._contract import Entity
    from ..session import Session


class Run(Protocol):
    """A run that can be followed and stopped."""

    @property
    def id(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def session(self) -> Session: ...
    @property
    def last_seen(self) -> Entity:
        """The document as it was last heard of."""

    def see(self, run: Entity, quiet: bool = False) -> None:
        """Take a newer document."""

    def stop(self) -> Any:
        """Ask it to end."""


class Function(Protocol):
    """A function that can be started."""

    entity: Entity

    @property
    def spec(self) -> dict[str, Any]: ...
    @property
    def session(self) -> Session: ...

    def start(self, given: Mapping[str, Any], options: Mapping[str, Any]) -> Run:
        """Start a run; parameters and options come apart."""
