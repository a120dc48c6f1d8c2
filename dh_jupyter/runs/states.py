"""The states of a run, as DigitalHub Core writes them, and the steps between them.

The table of steps is Core's (reference: the event in its comment); we also stop a run that does not run yet.
"""

from __future__ import annotations

# What a person reads, by what is stored.
SHOWN = {
    "CREATED": "queued",
    "BUILT": "queued",
    "READY": "queued",
    "PENDING": "starting",
    "RUNNING": "running",
    "STOP": "running",
    "COMPLETED": "succeeded",
    "ERROR": "failed",
    "STOPPED": "stopped",
}

FINISHED = frozenset({"COMPLETED", "ERROR", "STOPPED"})
UNFINISHED = frozenset(SHOWN) - FINISHED

STEPS: dict[str, frozenset[str]] = {
    "CREATED": frozenset({"BUILT", "READY", "ERROR", "STOPPED", "DELETING"}),  # BUILD
    "BUILT": frozenset({"READY", "ERROR", "STOPPED", "DELETING"}),  # RUN
    "READY": frozenset({"PENDING", "RUNNING", "ERROR", "STOPPED", "COMPLETED", "DELETING"}),  # SCHEDULE, EXECUTE
    "PENDING": frozenset({"PENDING", "RUNNING", "COMPLETED", "ERROR", "STOP", "STOPPED", "DELETING"}),  # EXECUTE
    "RUNNING": frozenset({"RUNNING", "COMPLETED", "ERROR", "STOP", "STOPPED", "PENDING", "DELETING"}),  # COMPLETE, STOP
    "STOP": frozenset({"STOPPED", "COMPLETED", "ERROR", "DELETING"}),
    "STOPPED": frozenset({"DELETING"}),
    "COMPLETED": frozenset({"DELETING"}),
    "ERROR": frozenset({"DELETING"}),
}


def may_step(current: str, target: str) -> bool:
    """Whether a run may go from one stored state to another. Staying is always allowed."""
    return current == target or target in STEPS.get(current, frozenset())
