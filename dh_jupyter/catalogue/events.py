"""What is told when an entity changed: ids and states only, since it goes to every page."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

if TYPE_CHECKING:
    from dh_kernel._contract import Entity, EntityEvent

Action = Literal["created", "updated", "deleted"]

log = logging.getLogger("dh_jupyter.catalogue")


class Change(NamedTuple):
    """One entity as it is now; `before` is the state that it was in, where that is known."""

    action: Action
    document: Any
    before: str | None = None


class Changes(list[Change]):
    """In their order."""

    def add(self, action: Action, document: Any, before: str | None = None) -> None:
        """One more."""
        self.append(Change(action, document, before))

    def gone(self, documents: Sequence[Any]) -> list[Entity]:
        """They were deleted. Returns them."""
        self.extend(Change("deleted", document) for document in documents)
        return list(documents)

    def events(self) -> list[EntityEvent]:
        """What is told of them."""
        return [event_of(change.action, change.document) for change in self]


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


def tell(
    changes: Iterable[Change],
    on_change: Callable[[EntityEvent], None] | None,
    on_entered: Callable[[Entity, str], None] | None,
) -> None:
    """Call the listeners. A fault of one is logged: the change itself is stored."""
    for change in changes:
        try:
            if on_change is not None:
                on_change(event_of(change.action, change.document))
            if on_entered is not None and (state := entered(*change)):
                on_entered(change.document, state)
        except Exception:
            log.exception("the listener failed on %s; the change itself is stored", change.document["key"])
