"""The states of a run: what is stored, in DigitalHub Core's words, and what a person reads."""

from __future__ import annotations

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
