"""Many entities of several types at once: read by identity, and written in one transaction."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

from ..clock import as_text, seconds
from . import aliases as alias_rows
from . import entities as rules
from . import removal, store
from .catalogue import Catalogue
from .engine import again_if_contended
from .entities import Document
from .events import Action
from .registering import register
from .tables import entities

if TYPE_CHECKING:
    from dh_kernel._contract import Entity

Identity = tuple[str, str]  # type, id


@dataclass(frozen=True)
class Steps:
    """What is to be done, in this order. `aliases`: of (type, id), set after it is there. `doomed`: (type, name)."""

    creates: Sequence[tuple[str, Mapping[str, Any]]] = ()
    updates: Sequence[tuple[str, Mapping[str, Any]]] = ()
    aliases: Sequence[tuple[Identity, str]] = ()
    doomed: Sequence[tuple[str, str]] = field(default=())


class Holdings:
    """What a project of the catalogue holds, for declarations; `core/declaring.py` is the same at a DigitalHub Core."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self.resolve = catalogue.resolve

    def check(self, entity: str, document: Mapping[str, Any]) -> None:
        """There is place for every kind."""

    def stored(self, project: str, wanted: Collection[Identity]) -> dict[Identity, Document]:
        """Those of the wanted that are there, as they are answered."""
        with self._catalogue._database.read() as connection:
            found = [store.find(connection, project, entity, ident) for entity, ident in wanted]
            rows = [row for row in found if row is not None]
            documents = store.read_all(connection, rows)
            return {(row.entity, row.id): document for row, document in zip(rows, documents, strict=True)}

    def names(self, project: str, types: Collection[str]) -> list[tuple[str, str]]:
        """(type, name) of what a project holds, each once."""
        with self._catalogue._database.read() as connection:
            here = (entities.c.project == project, entities.c.entity.in_(sorted(types)), entities.c.is_latest.is_(True))
            return [(row.entity, row.name) for row in store.select_rows(connection, *here)]

    @again_if_contended
    def write(self, project: str, steps: Steps, user: str) -> list[Entity]:
        """All of it, or nothing. Returns what is gone, so that the caller can remove files."""
        now = as_text(seconds())
        posted = [
            (entity, rules.new_document(entity, each, project=project, user=user, now=now))
            for entity, each in steps.creates
        ]
        with self._catalogue._write() as (connection, changes):
            store.lock_names(connection, project, {(entity, each["name"]) for entity, each in posted})
            made = [register(connection, entity, each, user=user, now=now, keep=False)[0] for entity, each in posted]
            changed = [_updated(connection, project, entity, each, user, now) for entity, each in steps.updates]
            for (entity, ident), alias in steps.aliases:
                row = store.need(connection, project, entity, ident)
                alias_rows.put(connection, row, alias, user=user, note="declared", now=now)
            doomed = [row for entity, name in steps.doomed for row in _versions(connection, project, entity, name)]
            for action, rows in (("created", made), ("updated", changed)):
                for document in store.read_all(connection, rows):
                    changes.add(cast("Action", action), document)
            return changes.gone(removal.delete_rows(connection, doomed, cascade=False))


def _updated(connection: Any, project: str, entity: str, body: Mapping[str, Any], user: str, now: str) -> Any:
    row = store.need(connection, project, entity, body["id"], lock=True)
    return store.change(
        connection, row, rules.merged(entity, store.document_of(connection, row), body, user=user, now=now)
    )


def _versions(connection: Any, project: str, entity: str, name: str) -> Any:
    return store.select_rows(
        connection, entities.c.project == project, entities.c.entity == entity, entities.c.name == name
    )
