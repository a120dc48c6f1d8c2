"""The steps between the states of a run.

The table is DigitalHub Core's (the event in the comment); we also stop a run that does not run yet.
"""

from __future__ import annotations

from dh_kernel.states import FINISHED, SHOWN

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


__all__ = ["FINISHED", "SHOWN", "STEPS", "UNFINISHED", "may_step"]
