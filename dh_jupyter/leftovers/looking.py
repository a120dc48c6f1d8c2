"""What there is: in the store, in the home's folders, in the catalogue."""

from __future__ import annotations

import contextlib
import functools
import itertools
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dh_kernel.errors import NotFound
from dh_kernel.refs import canonical_key

from ..catalogue import Query
from ..catalogue.query import MAX_PAGE
from ..clock import as_seconds, seconds
from ..runs.states import FINISHED
from .rules import GRACE, NEVER_COMPLETED, SHARED, TYPES, UNUSED, Stored, expired, unreferenced

if TYPE_CHECKING:
    from dh_kernel._contract import Entity, Leftover

    from ..broker import Broker


def everything(broker: Broker, *, locks: bool = False) -> Iterator[Leftover]:
    """All leftovers, the sure ones first. `locks`: also the versions that were chosen for requirements."""
    yield from _uploads(broker)
    yield from _run_folders(broker)
    yield from _stored(broker)
    yield from _expired(broker)
    yield from _caches(broker)
    if locks:
        yield from _locks(broker)


def pages(broker: Broker, entity: str, **query: Any) -> Iterator[Entity]:
    """Everything of a type, in all projects."""
    asked: Any = {"versions": "all", "kinds_all": True, **query}
    number, last = 0, False
    while not last:
        page = broker.catalogue.list(
            entity, query=Query(**asked), page=number, size=MAX_PAGE, sort=[("created", "ASC")]
        )
        yield from page["content"]
        number, last = number + 1, page["last"] or page["empty"]


def _stored(broker: Broker) -> Iterator[Leftover]:
    """Below the store's root. What was registered while we looked is not older than the grace."""
    stores = broker.stores
    root = stores.root.rstrip("/") + "/"
    files = list(_in_s3(broker, root) if stores.is_s3 else _in_folder(Path(root)))
    paths = [
        str(each["spec"].get("path", "")).removeprefix("file://") for entity in TYPES for each in pages(broker, entity)
    ]
    named = {path[len(root) :] for path in paths if path.startswith(root)}
    state = functools.partial(_run_state, broker)
    for row in unreferenced(files, named, state, seconds(), is_shared=stores.is_s3):
        row["where"] = root + row["where"]
        yield row


def _run_state(broker: Broker, project: str, run: str) -> str | None:
    try:
        found = broker.catalogue.get(project, "run", run)
    except NotFound:
        return None
    return "ended" if found["status"].get("state") in FINISHED else "open"


def _in_s3(broker: Broker, root: str) -> Iterator[Stored]:
    start = len(root.partition("://")[2].partition("/")[2])
    for one in broker.stores.s3.objects(root):
        yield Stored(one.object_name[start:], one.size or 0, one.last_modified.timestamp())


def _in_folder(root: Path) -> Iterator[Stored]:
    for top, _, names in os.walk(root):
        for name in names:
            path = Path(top, name)
            for found in _stats(path):
                yield Stored(path.relative_to(root).as_posix(), found.st_size, found.st_mtime)


def _uploads(broker: Broker) -> Iterator[Leftover]:
    """Parts and files on their way that never arrived."""
    for path in _entries(broker.home / "uploads"):
        if _age(path) > GRACE:
            yield _row("upload", path, NEVER_COMPLETED)
    if broker.stores.is_s3:
        yield from _begun(broker)


def _begun(broker: Broker) -> Iterator[Leftover]:
    """Uploads in parts, in the S3."""
    from dh_kernel.stores.s3_uploads import begun, size_of

    store = broker.stores.s3
    for one in begun(store, broker.stores.root.rstrip("/") + "/"):
        age = seconds() - one.began
        if age > GRACE:
            size = size_of(store, one)
            yield {
                "what": "upload",
                "where": one.name,
                "bytes": size,
                "age": age,
                "why": NEVER_COMPLETED,
                "removed": False,
                "held": SHARED,
            }


def _run_folders(broker: Broker) -> Iterator[Leftover]:
    """Folders of runs that are not in the catalogue."""
    for project in _entries(broker.home / "runs"):
        for folder in _entries(project):
            if _age(folder) > GRACE and _run_state(broker, project.name, folder.name) is None:
                yield _row("run folder", folder, "its run is not there any more")


def _expired(broker: Broker) -> Iterator[Leftover]:
    """Runs that ended longer ago than they are kept."""
    days, now = broker.settings.keep_runs_days, seconds()
    for run in pages(broker, "run", state=",".join(sorted(FINISHED))) if days else ():
        ended = as_seconds(run["metadata"]["updated"])
        if expired(run, ended, days, now, False) and not _made_something(broker, run):
            folder = broker.home / "runs" / run["project"] / run["id"]
            yield {
                "what": "run",
                "where": run["key"],
                "bytes": _size(folder),
                "age": now - ended,
                "why": f"{run['metadata'].get('reference', '')} ended more than {days} days ago",
                "removed": False,
            }


def _made_something(broker: Broker, run: Entity) -> bool:
    """Whether a thing that is still there was produced by it."""
    edges = broker.catalogue.relations(run["project"], canonical_key(run["key"]))
    return any(edge["type"] in ("produced_by", "step_of") and edge["source"] != run["key"] for edge in edges)


def _caches(broker: Broker) -> Iterator[Leftover]:
    """Worker archives, environments and downloads that nobody has used for long; none while a run is open."""
    cache = broker.home / "cache"
    if broker.catalogue.unfinished_runs():
        return
    for path in (*_entries(cache), *_entries(cache / "environments"), *_entries(cache / "files")):
        if path.name not in ("environments", "files", "locks", "freezes") and _unused(path) > UNUSED:
            yield _row("cache", path, "nobody has used it for 30 days; it is made again when it is needed")


def _locks(broker: Broker) -> Iterator[Leftover]:
    """What requirements without a version became; none while a run is open, which may be about to use it."""
    if not broker.catalogue.unfinished_runs():
        for path in _entries(broker.home / "cache" / "environments" / "locks"):
            yield _row("cache", path, "the next run with these requirements chooses their versions anew")


# -- folders -----------------------------------------------------------------------------------------------------------


def _row(what: Any, path: Path, why: str) -> Leftover:
    return {"what": what, "where": str(path), "bytes": _size(path), "age": _age(path), "why": why, "removed": False}


def _entries(folder: Path) -> list[Path]:
    return sorted(folder.iterdir()) if folder.is_dir() else []


def _size(path: Path) -> int:
    return sum(found.st_size for found in _stats(path) if not stat.S_ISDIR(found.st_mode))


def _age(path: Path) -> float:
    """Seconds since the newest of it was written; none of what has gone meanwhile."""
    now = seconds()
    return now - max((found.st_mtime for found in _stats(path)), default=now)


def _stats(path: Path) -> Iterator[os.stat_result]:
    """Of it and all below it, as far as it is still there: what a broker is at work on comes and goes."""
    below = os.walk(path) if path.is_dir() and not path.is_symlink() else ()
    inside = (Path(top, name) for top, folders, names in below for name in (*folders, *names))
    for each in itertools.chain([path], inside):
        with contextlib.suppress(FileNotFoundError):
            yield each.lstat()


def _unused(path: Path) -> float:
    """Seconds since it was read: of an environment, its configuration, which each start of a process reads."""
    asked = path / "pyvenv.cfg" if (path / "pyvenv.cfg").exists() else path
    try:
        found = asked.stat()
    except FileNotFoundError:
        return 0.0
    return seconds() - max(found.st_atime, found.st_mtime)
