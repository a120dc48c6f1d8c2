"""Files that came with documents go into the project's store before the documents name them there."""

from __future__ import annotations

import contextlib
import re
import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from .errors import DHError, Invalid
from .exports.files import FOLDER
from .session import Session
from .stores.digests import sha256_of

Row = Mapping[str, Any]
_DIGEST = re.compile(r"[0-9a-f]{64}")


def brought(rows: Sequence[Row], folder: Path) -> list[Row]:
    """Of what is to be created, that all of whose files lie beside the documents. Raises Invalid for names that would
    lead out of either place: documents may come from anybody."""
    for row in rows:
        for one in row.get("files") or ():
            parts = one["path"].split("/")
            if ".." in parts or "" in parts or not _DIGEST.fullmatch(one["sha256"]):
                raise Invalid(
                    f"{row['file']}:{row['line']}: '{one['path']}' can't be a file of {row['name']}.",
                    "Mend status.files.",
                )
    return [
        row
        for row in rows
        if row.get("files") and all((folder / FOLDER / one["sha256"]).is_file() for one in row["files"])
    ]


def bring(session: Session, rows: Sequence[Row], folder: Path, then: Callable[[dict[str, str]], Any]) -> Any:
    """Upload the files of rows, and do `then` with where they are by id. What was uploaded goes again if that fails."""
    paths: dict[str, str] = {}
    begun: list[str] = []
    try:
        for row in rows:
            begun.append(row["root"])
            paths[row["id"]] = _uploaded(session, row, folder / FOLDER)
        return then(paths)
    except BaseException:
        for root in begun:
            with contextlib.suppress(DHError):
                session.client.request(
                    "DELETE", session.path("files", "delete"), query={"path": root.rstrip("/") + "/"}
                )
        raise


def _uploaded(session: Session, row: Row, folder: Path) -> str:
    """The path that the document is to have."""
    from .transfer import put

    root = row["root"].rstrip("/")
    with tempfile.TemporaryDirectory(prefix="dh-") as place:
        for one in row["files"]:
            copy = Path(place) / Path(one["path"]).name
            shutil.copyfile(folder / one["sha256"], copy)
            if sha256_of(copy) != one["sha256"]:
                raise Invalid(f"{folder / one['sha256']} is not what its name says.", "Export it again.")
            put(session, copy, f"{root}/{one['path']}")
    return row["root"] if row["root"].endswith("/") else f"{root}/{row['files'][0]['path']}"
