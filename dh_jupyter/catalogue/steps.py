"""Which state may follow which, for documents that clients write themselves. A run here moves by its broker, not by this."""

from __future__ import annotations

from typing import get_args, get_type_hints

from dh_kernel._contract import Status

from .types import MATERIAL

# The public SDK raises on any other word, even for a whole list.
STATES: frozenset[str] = frozenset(get_args(get_type_hints(Status)["state"]))
FINISHED_RUN = frozenset({"COMPLETED", "ERROR", "STOPPED"})
UNFINISHED_RUN = ("CREATED", "BUILT", "READY", "PENDING", "RUNNING", "STOP", "RESUME")

_MATERIAL = {
    "CREATED": {"UPLOADING", "READY", "ERROR", "DELETED"},
    "UPLOADING": {"READY", "ERROR", "DELETED"},
    "READY": {"ERROR", "DELETED"},
    "ERROR": {"UPLOADING", "READY", "DELETED"},
}

_TRIGGER = {"CREATED": {"RUNNING", "STOPPED"}, "RUNNING": {"STOPPED"}, "STOPPED": {"RUNNING"}}

# a run with local_execution=true, whose client reports each step of its own
_LOCAL_RUN = {
    "CREATED": {"BUILT", "READY", "ERROR", "STOPPED"},
    "BUILT": {"READY", "ERROR", "STOPPED"},
    "READY": {"PENDING", "RUNNING", "ERROR", "STOPPED"},
    "PENDING": {"RUNNING", "COMPLETED", "ERROR", "STOPPED"},
    "RUNNING": {"COMPLETED", "ERROR", "STOP", "STOPPED"},
    "STOP": {"STOPPED", "ERROR"},
}


def first_state(entity: str, asked: object) -> str:
    """The state of a new entity: what the client sent, if that can follow CREATED at once."""
    if not isinstance(asked, str) or asked not in STATES:
        return "CREATED"
    if entity in MATERIAL:
        return asked if asked in ("UPLOADING", "READY", "ERROR") else "CREATED"
    if entity == "run":
        return asked if asked in ("BUILT", "READY", "ERROR") else "CREATED"
    return asked


def next_state(entity: str, current: str, asked: object) -> str:
    """The state after a PUT: an illegal step is no error, the state stays."""
    if not isinstance(asked, str) or asked not in STATES:
        return current
    if entity in MATERIAL:
        return asked if asked in _MATERIAL.get(current, ()) else current
    if entity == "run":
        return asked if asked in _LOCAL_RUN.get(current, ()) else current
    if entity == "trigger":
        return asked if asked in _TRIGGER.get(current, ()) else current
    return asked
