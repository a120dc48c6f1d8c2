"""What is told when an entity changed: ids and states only, since it goes to every page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from dh_kernel._contract import Entity, EntityEvent

Action = Literal["created", "updated", "deleted"]


def event_of(action: Action, document: Entity) -> EntityEvent:
    """The event of one change of one entity."""
    identity = {"type": type_of(document["key"]), "project": document["project"], "id": document["id"]}
    event: EntityEvent = {"action": action, **identity}  # type: ignore[typeddict-item]
    if "state" in document["status"]:
        event["state"] = document["status"]["state"]
    return event


def type_of(key: str) -> str:
    """store://P/TYPE/… → TYPE; a project's key has no more than P."""
    parts = key.removeprefix("store://").split("/")
    return parts[1] if len(parts) > 1 else "project"
