"""Files of an output, as Core describes them in status.files."""

from __future__ import annotations

import hashlib
import mimetypes
from pathlib import Path
from typing import Any

MOST_FILES = 10_000  # that a document lists
_TYPES = {".plotly.json": "application/vnd.plotly.v1+json", ".vega.json": "application/vnd.vegalite.v6+json"}


def sha256_of(path: Path) -> str:
    """Of a file, read in pieces."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        for piece in iter(lambda: file.read(1 << 20), b""):
            digest.update(piece)
    return digest.hexdigest()


def file_entry(path: Path, relative: str, digest: str = "") -> dict[str, Any]:
    """`path` relative to the entity's, name, size in bytes, content type and hash."""
    return {
        "path": relative,
        "name": path.name,
        "size": path.stat().st_size,
        "content_type": _type(path.name),
        "hash": f"sha256:{digest or sha256_of(path)}",
    }


def _type(name: str) -> str:
    own = next((kind for ending, kind in _TYPES.items() if name.endswith(ending)), None)
    return own or mimetypes.guess_type(name)[0] or "application/octet-stream"


def file_entries(root: Path) -> list[dict[str, Any]]:
    """Of a file, or of all files below a folder."""
    if root.is_file():
        return [file_entry(root, root.name)]
    found = sorted(path for path in root.rglob("*") if path.is_file())
    return [file_entry(path, path.relative_to(root).as_posix()) for path in found]


def output_folder(folder: Path, name: str) -> Path:
    """`outputs/NAME/` below the attempt's folder, made."""
    made = folder / "outputs" / name
    made.mkdir(parents=True, exist_ok=True)
    return made
