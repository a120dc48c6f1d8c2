"""Promoting a model: one request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .entities import EntityHandle

if TYPE_CHECKING:
    from ._contract import Entity
    from .session import Session


def publish(session: Session, entity: Entity, as_: str, alias: str, note: str, force: bool) -> EntityHandle:
    """Give a model a name, an alias and a registry entry, and keep who, when and why."""
    body = {"name": as_ or entity["name"], "alias": alias, "note": note, "force": force}
    sent = {name: value for name, value in body.items() if value not in ("", False)}
    answer = session.post("models", entity["id"], "publish", body=sent, project=entity["project"])
    return EntityHandle(session, answer)
