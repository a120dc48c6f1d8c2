"""What the executor knows of why an attempt ended: it has seen more than how the process ended (a cluster says what it did)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from .case import Case

if TYPE_CHECKING:
    from dh_kernel._contract import Diagnosis

_BROKERS = ("queue_timeout", "total_timeout")  # timers of ours: they end what the executor would have let wait
_OF_MEMORY = ("BrokenProcessPool", "TerminatedWorkerError")  # what Python raises when a child of it was killed


def found_by_executor(case: Case) -> Diagnosis | None:
    """Its finding, with names filled in. Where user code raised, only memory counts: a pool can't tell what killed its child."""
    finding = case.exit.get("finding") if case.exit else None
    if not finding or case.cause in _BROKERS:
        return None
    if case.error and not (finding["code"] == "memory" and case.kinds.intersection(_OF_MEMORY)):
        return None
    return {**finding, "cure": _named(finding["cure"], case)} if "cure" in finding else finding


def _named(cure: str, case: Case) -> str:
    return re.sub(r"\b(RUN|FUNCTION)\b", lambda found: case.name if found[0] == "RUN" else case.function, cure)
