"""Files of datasets, models and artifacts beside their documents, each under its digest."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import DHError
from ..stores.digests import sha256_of

if TYPE_CHECKING:
    from ..session import Session

FOLDER = "files"
MATERIAL = ("dataitem", "model", "artifact")


def with_files(session: Session, entity: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """The entity, with each of its files copied to `folder/files/DIGEST` and named in `status.files`.

    Raises NotFound, Unavailable for files that can't be read from here.
    """
    from ..loading import local_path
    from ..transfer import with_links

    try:
        place = local_path(with_links(session, entity))
    except DHError as error:
        named = entity["metadata"].get("reference") or entity["key"]
        raise type(error)(
            f"The files of {named} can't go along: {error.message}", f"{error.hint} Or leave --files out."
        ) from error
    described = [_copied(path, name, folder / FOLDER) for path, name in _files(place)]
    return {**entity, "status": {**entity["status"], "files": described}}


@contextmanager
def taken_back(folder: Path) -> Iterator[None]:
    """If the block fails, files that it copied below `folder` go again; those that were there stay."""
    place, is_new = folder / FOLDER, not folder.exists()
    before = set(place.iterdir()) if place.is_dir() else set()
    try:
        yield
    except BaseException:
        for path in set(place.iterdir()) - before if place.is_dir() else ():
            path.unlink()
        with suppress(OSError):  # others have something there
            place.rmdir()
            if is_new:
                folder.rmdir()
        raise


def _files(place: Path) -> Iterator[tuple[Path, str]]:
    """(file, its path below the thing): of a single one its name."""
    if not place.is_dir():
        yield place, place.name
        return
    for top, folders, names in os.walk(place):
        folders.sort()
        for name in sorted(names):
            path = Path(top, name)
            yield path, path.relative_to(place).as_posix()


def _copied(path: Path, name: str, folder: Path) -> dict[str, Any]:
    """Whole or not at all; content that is there is not copied again."""
    digest = sha256_of(path)
    target = folder / digest
    if not target.exists():
        folder.mkdir(parents=True, exist_ok=True)
        made = folder / f".{digest}"
        shutil.copyfile(path, made)
        os.replace(made, target)
    return {"path": name, "name": path.name, "size": path.stat().st_size, "hash": f"sha256:{digest}"}
