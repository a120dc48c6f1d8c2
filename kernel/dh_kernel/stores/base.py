"""The interface of a store: bytes by URI. The worker, the kernel and the broker call it, from any thread."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol


@dataclass(frozen=True)
class FileInfo:
    """A file below a URI: `path` is relative to it, `size` in bytes."""

    path: str
    size: int


class Store(Protocol):
    """One per URI scheme, made without arguments. A missing URI raises NotFound, an unreachable place Unavailable."""

    scheme: str

    def open(self, uri: str) -> BinaryIO:
        """Read a file; the caller closes it."""

    def write(self, uri: str, source: bytes | Path) -> None:
        """Put a file there whole: a reader sees the old content or the new, never half. Makes folders."""

    def move_in(self, source: Path, uri: str) -> None:
        """Move a local file or folder there, whole. What is there already stays, and that is success."""

    def list(self, uri: str) -> Sequence[FileInfo]:
        """All files below a folder, sorted by path; of a file, itself under its name."""

    def local_path(self, uri: str) -> Path:
        """A local file or folder with that content, downloaded if it is remote. It must not be changed."""

    def delete(self, uri: str) -> None:
        """Remove a file, or a folder with all below it. What is not there is deleted."""
