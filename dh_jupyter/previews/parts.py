"""Which files a dataset's rows are in, and where they can be read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dh_kernel.errors import Forbidden, Invalid, NotFound

from ..files import info_below
from ..removal import inside_store

if TYPE_CHECKING:
    from ..stores import Stores

Part = dict[str, str]  # {path, version}, or {url, version} of what lies in an S3; `version` changes with the content
LASTS = 600.0  # seconds that a link is good for
MOST_PARTS = 1000
ENDINGS = (".parquet", ".parq", ".pq")


def parts_of(entity: Mapping[str, Any], stores: Stores) -> list[Part]:
    """In the order in which their rows follow. Raises Forbidden for what does not lie in our store, NotFound, and Invalid
    for what is not Parquet."""
    links = stores.links(entity, LASTS)
    if links is not None:
        linked = {one["path"]: {"url": one["url"], "version": str(one.get("version", ""))} for one in links}
        return [linked[path] for path in chosen(linked)]
    uri = str(entity["spec"].get("path", ""))
    root = inside_store(stores.folder / entity["project"], uri)
    if root is None:
        raise Forbidden("The files of this dataset do not lie in the broker's store.", f"Read {uri or 'nothing'}.")
    files = {one["path"]: _local(root, one) for one in info_below(root)}
    return [files[path] for path in chosen(files)]


def chosen(paths: Iterable[str]) -> list[str]:
    """Those of Parquet, by name. What begins with `_` or `.` is about others. Raises NotFound and Invalid."""
    names = sorted(paths)
    if not names:
        raise NotFound("There is no file of this dataset.")
    shown = [one for one in names if not one.rpartition("/")[2].startswith(("_", "."))]
    found = [one for one in shown if one.lower().endswith(ENDINGS)]
    if not found:
        raise Invalid(f"Rows are shown of Parquet files only, and this is {names[0]}.", "Load it: dh.load(…).")
    if len(found) > MOST_PARTS:
        raise Invalid(
            f"Its rows are in {len(found)} files, and are shown of up to {MOST_PARTS}.", "Load it: dh.load(…)."
        )
    return found


def _local(root: Path, file: Mapping[str, Any]) -> Part:
    path = root / file["path"] if root.is_dir() else root
    facts = path.stat()
    return {"path": str(path), "version": f"{facts.st_mtime_ns} {facts.st_size}"}
