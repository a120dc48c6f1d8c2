"""A project as it is answered: its five lists are computed, not stored (core-api, section 5)."""

from __future__ import annotations

from collections import defaultdict

from sqlalchemy import Connection

from . import store
from .entities import Document
from .tables import entities
from .types import KNOWN_KINDS, LISTED_IN_PROJECT, PLURALS

_BASE = (
    *("project", "name", "version", "description", "labels", "created", "updated", "created_by", "updated_by"),
    *("embedded", "version_number", "reference", "aliases"),
)


def with_lists(connection: Connection, project: Document, *, kinds_all: bool = False) -> Document:
    """The latest version of each name: whole if it is `embedded`, else without spec and status."""
    rows = store.select_rows(
        connection,
        entities.c.project == project["name"],
        entities.c.entity.in_(LISTED_IN_PROJECT),
        entities.c.is_latest.is_(True),
    )
    rows = [row for row in rows if kinds_all or row.kind in KNOWN_KINDS[row.entity]]
    lists: dict[str, list[Document]] = defaultdict(list)
    for row, document in zip(rows, store.read_all(connection, rows), strict=True):
        lists[PLURALS[row.entity]].append(_entry(PLURALS[row.entity], document))
    computed = {PLURALS[entity]: lists[PLURALS[entity]] for entity in LISTED_IN_PROJECT}
    return {**project, "spec": {**project["spec"], **computed}}


def _entry(plural: str, document: Document) -> Document:
    """`metadata.ref` is the entity's address below the API's root."""
    metadata = document["metadata"]
    ref = {"ref": f"/-/{document['project']}/{plural}/{document['id']}"}
    if metadata.get("embedded") is True:
        return {**document, "metadata": {**metadata, **ref}}
    identity = {name: document[name] for name in ("kind", "project", "name", "id", "key", "user")}
    return {**identity, "metadata": {**{name: metadata[name] for name in _BASE if name in metadata}, **ref}}
