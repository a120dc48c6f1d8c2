"""A create, inside the caller's transaction: a new entity, or the same content again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection

from dh_kernel.errors import Conflict

from . import entities as rules
from . import metrics, store
from .entities import Document
from .store import Found
from .tables import entities
from .types import VERSIONED


def register_many(
    connection: Connection, entity: str, posted: Sequence[Document], *, numbered_as: str | None = None, **options: Any
) -> list[tuple[Found, bool]]:
    """As `register`, one after the other; what is all new goes in at once."""
    idents = [document["id"] for document in posted]
    is_plain = entity != "secret" and 1 < len(idents) == len(set(idents))
    if is_plain and not store.has_any(connection, posted[0]["project"], entity, idents):
        return [(row, False) for row in store.add_many(connection, entity, posted, numbered_as)]
    return [register(connection, entity, document, numbered_as=numbered_as, **options) for document in posted]


def register(
    connection: Connection,
    entity: str,
    document: Document,
    *,
    user: str,
    now: str,
    keep: bool,
    numbered_as: str | None = None,
    retake: bool = True,
) -> tuple[Found, bool]:
    """Returns (row, whether it was there). `keep`: an id of this name that exists is touched instead of refused."""
    existing = store.find(connection, document["project"], entity, document["id"])
    if existing is None:
        if entity == "secret":
            _refuse_same_name(connection, document)
        return store.add(connection, entity, document, numbered_as), False
    _refuse_other(existing, document, keep)
    if entity not in VERSIONED:
        return existing, True
    # The name's counter first and the row then, as everybody does: else two would wait for each other. While we waited
    # for the counter the row may have been deleted, or deleted and made again: only what is read now can be trusted.
    touched = store.next_touch(connection, document["project"], entity, existing.short_name)
    existing = store.find(connection, document["project"], entity, document["id"], lock=True)
    if existing is None:
        return store.add(connection, entity, document, numbered_as), False
    _refuse_other(existing, document, keep)
    store.make_latest(connection, existing, touched)
    stored = store.document_of(connection, existing)
    again = rules.registered_again(entity, stored, document, user=user, now=now, retake=retake)
    return store.change(connection, existing, again), True


def _refuse_other(existing: Found, document: Document, keep: bool) -> None:
    is_other = existing.name != document["name"]
    if is_other or not keep:
        hint = f"It is the id of '{existing.name}'." if is_other else ""
        raise Conflict(f"Duplicated entity {existing.entity}:{document['id']}.", hint)


def _refuse_same_name(connection: Connection, document: Document) -> None:
    same = (entities.c.project == document["project"], entities.c.entity == "secret")
    if store.select_rows(connection, *same, entities.c.name == document["name"]):
        raise Conflict(f"Duplicated entity secret:{document['id']}.", f"There is a secret '{document['name']}'.")


def register_output(
    connection: Connection, run: Found, entity: str, output: Mapping[str, Any], now: str
) -> tuple[Found, bool]:
    """An output belongs to whoever started the run; labels that a person gave to the same content stay."""
    kept = {name: value for name, value in output.items() if name != "metrics"}
    document = rules.new_document(entity, kept, project=run.project, user=run.user, now=now)
    registered, existing = register(connection, entity, document, user=run.user, now=now, keep=True, retake=False)
    for name, value in output.get("metrics", {}).items():
        metrics.put(connection, registered.seq, name, value)
    return registered, existing
