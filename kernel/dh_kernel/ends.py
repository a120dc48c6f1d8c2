"""How an attempt ended, in its pod's words (PodEnd) and in its folder's (Exit): the facts that both tell, by one table. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

FACTS = {  # PodEnd -> Exit
    "reason": "reason",
    "code": "code",
    "signal": "signal",
    "peak": "peak_memory",
    "log_missing": "log_missing",
    "disk_full": "disk_full",
    "started": "started",
    "ended": "ended",
}


def as_exit(end: Mapping[str, Any]) -> dict[str, Any]:
    """Those of a PodEnd, as they are in an Exit. Of what somebody else has written, so it may hold anything beside."""
    return {ours: end[theirs] for theirs, ours in FACTS.items() if theirs in end}


def as_end(ended: Mapping[str, Any]) -> dict[str, Any]:
    """Those of an Exit, as they are in a PodEnd."""
    return {theirs: ended[ours] for theirs, ours in FACTS.items() if ours in ended}
