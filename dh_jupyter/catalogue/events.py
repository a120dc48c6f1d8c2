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


def entered(action: Action, document: Entity, before: str | None) -> str | None:
    """The state that an entity has come into; None if it was there before. `before`: what it was, where that is known."""
    state = "DELETED" if action == "deleted" else document["status"].get("state")
    return state if action != "updated" or before not in (None, state) else None


def type_of(key: str) -> str:
    """store://P/TYPE/… → TYPE; a project's key has no more than P."""
    parts = key.removeprefix("store://").split("/")
    return parts[1] if len(parts) > 1 else "project"
