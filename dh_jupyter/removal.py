"""Files of what was deleted from the catalogue."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from dh_kernel.errors import DHError, Unavailable
from dh_kernel.refs import parse

if TYPE_CHECKING:
    from dh_kernel._contract import Entity

    from .broker import Broker

MATERIAL = ("artifact", "dataitem", "model")
PAGE = 1000


def remove_files(broker: Broker, gone: Sequence[Entity], *, cascade: bool) -> None:
    """Remove the folders of deleted runs and the values of deleted projects' secrets; with `cascade` also what deleted
    datasets, models and artifacts have in our own store, unless another entity has the same path (a published model, the
    same content under another name)."""
    for entity in gone:
        kind = type_of(entity)
        if kind == "run":
            broker.runs.discard(entity)
        elif kind == "project":
            broker.secrets.forget_project(entity["name"])
        elif cascade and kind in MATERIAL:
            _remove_material(broker, entity, kind)


def _remove_material(broker: Broker, entity: Entity, kind: str) -> None:
    uri = str(entity["spec"].get("path", ""))
    local = inside_store(broker.store / entity["project"], uri)
    if (local is None and not broker.stores.holds(entity["project"], uri)) or uri in _paths(
        broker, entity["project"], kind
    ):
        return
    if local is not None:
        _remove(local)
        return
    try:
        broker.stores.s3.delete(uri)
    except DHError as error:
        raise Unavailable(
            f"{entity['key']} was deleted, but its files are left at {uri}.", "Remove them there.", [error.message]
        ) from error


def type_of(entity: Entity) -> str:
    """The word of the entity's type; a project's key has none."""
    parts = entity["key"].removeprefix("store://").split("/")
    return parse(entity["key"]).entity if len(parts) == 4 else "project"


def inside_store(store: Path, path: str) -> Path | None:
    """The local path of a URI, if it lies in the store (and is not the store); else None."""
    local = path.removeprefix("file://")
    if not local.startswith("/") or "\0" in local:
        return None
    found, root = Path(local).resolve(), store.resolve()
    return found if found != root and found.is_relative_to(root) else None


def _paths(broker: Broker, project: str, entity: str) -> Iterable[str]:
    """Paths that entities of this type still have."""
    from .catalogue import Query

    query, page, last = Query(versions="all", kinds_all=True), 0, False
    paths: set[str] = set()
    while not last:
        found = broker.catalogue.list(entity, project=project, query=query, page=page, size=PAGE)
        paths.update(str(each["spec"].get("path", "")) for each in found["content"])
        page, last = page + 1, found["last"] or found["empty"]
    return paths


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)
