"""Files of what was deleted from the catalogue."""

from __future__ import annotations

import functools
import shutil
from collections.abc import Callable, Container, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from dh_kernel.errors import DHError, NotFound, Unavailable
from dh_kernel.refs import parse

if TYPE_CHECKING:
    from dh_kernel._contract import Entity

    from .broker import Broker

MATERIAL = ("artifact", "dataitem", "model")
PAGE = 1000


def remove_files(broker: Broker, gone: Sequence[Entity], *, cascade: bool) -> None:
    """Remove the folders of deleted runs and the values of deleted projects' secrets; with `cascade` also what deleted
    datasets, models and artifacts have in our own store, unless another entity has the same path (a published model, the
    same content under another name). Raises Unavailable for what an S3 keeps, once all else is removed."""
    kept = functools.cache(functools.partial(_paths, broker))
    left: list[tuple[Entity, DHError]] = []
    for entity in gone:
        kind = type_of(entity)
        if kind == "run":
            broker.runs.discard(entity)
        elif kind == "project":
            broker.secrets.forget_project(entity["name"])
        elif cascade and kind in MATERIAL:
            try:
                _remove_material(broker, entity, functools.partial(kept, entity["project"], kind))
            except DHError as error:
                left.append((entity, error))
    if left:
        (first, fault), more = left[0], f", and those of {len(left) - 1} more" if len(left) > 1 else ""
        raise Unavailable(
            f"{first['key']} was deleted, but its files are left at {first['spec'].get('path')}{more}.",
            "Remove them there, or with %dh gc --store.",
            [fault.message],
        )


def _remove_material(broker: Broker, entity: Entity, kept: Callable[[], Container[str]]) -> None:
    """`kept`: paths that other things of its type have; a list of all, so it is asked for only where it matters."""
    uri = str(entity["spec"].get("path", ""))
    local = inside_store(broker.store / entity["project"], uri)
    if (local is None and not broker.stores.holds(entity["project"], uri)) or uri in kept():
        return
    if local is None:
        broker.stores.s3.delete(uri)
    else:
        _remove(local)


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


def _paths(broker: Broker, project: str, entity: str) -> Container[str]:
    """Paths that entities of this type still have; none in a project that is gone itself."""
    from .catalogue import Query

    query, page, last = Query(versions="all", kinds_all=True), 0, False
    paths: set[str] = set()
    while not last:
        try:
            found = broker.catalogue.list(entity, project=project, query=query, page=page, size=PAGE)
        except NotFound:
            break
        paths.update(str(each["spec"].get("path", "")) for each in found["content"])
        page, last = page + 1, found["last"] or found["empty"]
    return paths


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)
