"""Runs that no executor executes: somebody above us drives them, as a sweep, whose trials are runs of their own.

The run manager stores what is asked of them (a stop), and tells their driver; it does not know what they are.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from dh_kernel._contract import Entity


class Driver(Protocol):
    """Of all runs of a kind. Called from several threads; both methods return soon."""

    def create(self, project: str, posted: Mapping[str, Any], user: str) -> Entity:
        """Store one. Raises Invalid or NotFound, with nothing stored."""

    def wake(self, project: str, run_id: str) -> None:
        """It is ours and has not ended, and something about it may have changed: look at it."""
