"""Files of datasets, models and artifacts that lie in our own store."""

from __future__ import annotations

import mimetypes
import os
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dh_kernel.errors import Forbidden, Invalid, NotFound

from .removal import inside_store

if TYPE_CHECKING:
    from .stores import Stores

MOST_FILES = 10_000
LONGEST_NAME = 255  # bytes


def info_below(root: Path) -> list[dict[str, Any]]:
    """`[{path, name, content_type, size, last_modified}]` of a file or of all below a folder; `[]` if there is nothing."""
    if not root.exists():
        return []
    return [_info(path, root) for path in _files(root)][:MOST_FILES]


def checked_info(body: Any) -> list[dict[str, Any]]:
    """A posted list of files. Raises Invalid."""
    if not isinstance(body, list) or not all(isinstance(each, dict) for each in body):
        raise Invalid("Files must be a list of objects.", 'e.g. [{"path": "data.parquet", "name": "data.parquet"}]')
    return body


def info_of(
    entity: Mapping[str, Any], stores: Stores, info: Callable[[str], list[dict[str, Any]]]
) -> list[dict[str, Any]]:
    """What was told, else what lies there (`info` of a URI in a store of ours); `[]` if neither."""
    uri = str(entity["spec"].get("path", ""))
    told = entity["status"].get("files")
    if told:
        return list(told)
    local = inside_store(stores.folder / entity["project"], uri)
    return info(str(local) if local else uri) if local or stores.holds(entity["project"], uri) else []


def place_of_file(entity: Mapping[str, Any], stores: Stores, sub: str) -> str:
    """The URI of one file of an entity: itself, or `sub` below it. Raises NotFound, Invalid or Forbidden."""
    uri = str(entity["spec"].get("path", ""))
    if not stores.holds(entity["project"], uri):
        return str(_file_of(uri, stores.folder / entity["project"], sub))
    name = uri.rpartition("/")[2]
    if ".." in sub.split("/") or sub.startswith("/") or "\0" in sub:
        raise Forbidden("That path is outside the entity's files.")
    if not sub and not name:
        raise Invalid("That is a folder.", "Ask for one of its files: …/files/info names them.")
    if name and sub not in ("", name):
        raise NotFound(f"There is no file '{sub[:200]}'.", f"It is one file: {name}.")
    return uri if name else uri + sub


def place_of_upload(read: Callable[[], Mapping[str, Any]], default: str, name: str) -> str:
    """Where a file of an entity goes: below its path, or below `default` if it is not there yet. Raises Invalid: what is
    ready stays as it is."""
    name = checked_name(name)
    try:
        entity = read()
    except NotFound:
        return f"{default}/{name}"
    state, uri = entity["status"].get("state", "CREATED"), str(entity["spec"].get("path", ""))
    if state not in ("CREATED", "UPLOADING"):
        raise Invalid(f"{entity['name']} is {state}: its files do not change.", "Make a new version.")
    if uri.endswith("/"):
        return uri + name
    if uri.rpartition("/")[2] != name:
        raise Invalid(f"{entity['name']} is one file: {uri.rpartition('/')[2]}.", "Upload it under that name.")
    return uri


def checked_name(name: str) -> str:
    """A file's name. Raises Invalid."""
    wrong = not name or name in (".", "..") or "/" in name or "\\" in name or any(ord(letter) < 32 for letter in name)
    if wrong or len(name.encode(errors="replace")) > LONGEST_NAME:
        raise Invalid(f"'{name[:80]}' can't be a file's name.", "It has no slash, and at most 255 bytes.")
    return name


def _file_of(uri: str, store: Path, sub: str) -> Path:
    root = inside_store(store, uri)
    if root is None:
        raise Forbidden("The files of this entity do not lie in the broker's store.", f"Read {uri}.")
    if "\0" in sub:
        raise Invalid("invalid path")
    wanted = (root / sub).resolve() if sub and root.is_dir() else root
    if not wanted.is_relative_to(root):
        raise Forbidden("That path is outside the entity's files.")
    if sub and not root.is_dir() and sub != root.name:
        raise NotFound(f"There is no file '{sub[:200]}'.", f"It is one file: {root.name}.")
    if wanted.is_dir():
        names = [str(path.relative_to(wanted)) for path in _files(wanted)][:8]
        raise Invalid("That is a folder.", f"Ask for one of its files: {', '.join(names)}.")
    if not wanted.is_file():
        raise NotFound(f"There is no file '{sub[:200] or wanted.name}'.")
    return wanted


def _files(root: Path) -> Iterator[Path]:
    """Files below a folder, or the file itself; links that lead out are left out."""
    if root.is_file():
        yield root
        return
    for folder, folders, names in os.walk(root):
        folders.sort()
        yield from (
            path
            for name in sorted(names)
            if (path := Path(folder, name)).is_file() and path.resolve().is_relative_to(root)
        )


def _info(path: Path, root: Path) -> dict[str, Any]:
    facts = path.stat()
    return {
        "path": str(path.relative_to(root)) if path != root else path.name,
        "name": path.name,
        "content_type": mimetypes.guess_type(path.name)[0] or "application/octet-stream",
        "size": facts.st_size,
        "last_modified": format_datetime(datetime.fromtimestamp(facts.st_mtime, UTC), usegmt=True),
    }
