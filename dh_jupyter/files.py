"""Files of datasets, models and artifacts that lie in our own store."""

from __future__ import annotations

import mimetypes
import os
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path
from typing import Any

from dh_kernel.errors import Forbidden, Invalid, NotFound

from .removal import inside_store

CHUNK = 1024 * 1024  # bytes
MOST_FILES = 10_000


def info_of(entity: Mapping[str, Any], store: Path) -> list[dict[str, Any]]:
    """`[{path, name, content_type, size, last_modified}]`: what was told, else what lies there; `[]` if neither."""
    told = entity["status"].get("files")
    if told:
        return list(told)
    root = inside_store(store, str(entity["spec"].get("path", "")))
    if root is None or not root.exists():
        return []
    return [_info(path, root) for path in _files(root)][:MOST_FILES]


def checked_info(body: Any) -> list[dict[str, Any]]:
    """A posted list of files. Raises Invalid."""
    if not isinstance(body, list) or not all(isinstance(each, dict) for each in body):
        raise Invalid("Files must be a list of objects.", 'e.g. [{"path": "data.parquet", "name": "data.parquet"}]')
    return body


def file_of(entity: Mapping[str, Any], store: Path, sub: str) -> Path:
    """The local file of an entity: its path, or a file `sub` below it. Raises NotFound, Invalid or Forbidden."""
    root = inside_store(store, str(entity["spec"].get("path", "")))
    if root is None:
        raise Forbidden(
            "The files of this entity do not lie in the broker's store.", f"Read {entity['spec'].get('path')}."
        )
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
