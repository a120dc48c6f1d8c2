"""A home that was moved while nobody worked in it: files of entities are found at its new place."""

from __future__ import annotations

import json

from sqlalchemy import Connection, bindparam, select, update

from . import columns
from .catalogue import Catalogue
from .tables import documents, entities
from .types import MATERIAL

_FILES = (
    select(documents).join(entities, entities.c.seq == documents.c.seq).where(entities.c.entity.in_(sorted(MATERIAL)))
)
_CHANGE = update(documents).where(documents.c.seq == bindparam("of")).values(document=bindparam("text"))


def reroot(catalogue: Catalogue, old: str, new: str) -> int:
    """Datasets, models and artifacts whose path lies in the folder `old` have it in `new` from now on; how many.

    Identity, versions and content stay: it is the same file.
    """
    with catalogue._database.write() as connection:
        return _reroot(connection, old.rstrip("/"), new.rstrip("/"))


def _reroot(connection: Connection, old: str, new: str) -> int:
    changed = []
    for row in connection.execute(_FILES):
        document = json.loads(row.document)
        moved = moved_path(str(document["spec"].get("path", "")), old, new)
        if moved is not None:
            document["spec"]["path"] = moved
            changed.append({"of": row.seq, "text": columns.as_json(document)})
    if changed:
        connection.execute(_CHANGE, changed)
    return len(changed)


def moved_path(path: str, old: str, new: str) -> str | None:
    """The path, or file URI, below `new` that lay below `old`; None for one that did not."""
    scheme = "file://" if path.startswith("file://") else ""
    local = path.removeprefix(scheme)
    return f"{scheme}{new}{local.removeprefix(old)}" if local.startswith(old + "/") else None
