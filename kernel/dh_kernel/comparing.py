"""`diff`: two references to what changed between them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .changes import Changes, changes
from .display.changes import changes_bundle, changes_text
from .errors import Invalid
from .finding import find_entity
from .refs import parse
from .session import PLURAL, Session


class Diff:
    """What changed; it shows as a table and coloured code. False if nothing did."""

    def __init__(self, found: Changes):
        self.found = found

    def __bool__(self) -> bool:
        return bool(self.found)

    def __repr__(self) -> str:
        return changes_text(self.found)

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        return changes_bundle(self.found)


def diff(session: Session, one: str, other: str) -> Diff:
    """`other` may be a selector alone (`@3`): of the same name; without it, `one` is compared with the version before it."""
    if not other:
        later = find_entity(session, one).entity
        earlier = _before(later)
        return Diff(changes(_whole(session, find_entity(session, earlier).entity), _whole(session, later)))
    first = find_entity(session, one).entity
    wanted = f"{_named(one)}{other}" if other.startswith("@") else other
    return Diff(changes(_whole(session, first), _whole(session, find_entity(session, wanted).entity)))


def _named(reference: str) -> str:
    """A reference without its selector."""
    head, at, _ = reference.rpartition("@")
    return head if at else reference


def _before(entity: Mapping[str, Any]) -> str:
    number = entity["metadata"].get("version_number", 1)
    reference = entity["metadata"].get("reference", "")
    if parse(entity["key"]).entity == "run":
        raise Invalid(f"{reference} is a run; name the other one.", f"%dh diff {reference} run/NAME-NUMBER")
    if number < 2:
        raise Invalid(f"{reference} is the first version.", f"Name another: %dh diff {reference} REFERENCE")
    return f"{_named(reference)}@{number - 1}"


def _whole(session: Session, entity: Mapping[str, Any]) -> Mapping[str, Any]:
    """A model with the results of the run that made it, where it has no metrics of its own."""
    if parse(entity["key"]).entity != "model" or entity["status"].get("metrics"):
        return entity
    edges = session.get(PLURAL["model"], entity["id"], "relationships")
    runs = {end for edge in edges for end in (edge["source"], edge["dest"]) if "/run/" in end}
    if len(runs) != 1:
        return entity
    results = session.resolve(runs.pop(), "run")["status"].get("results") or {}
    return {**entity, "status": {**entity["status"], "metrics": results}}
