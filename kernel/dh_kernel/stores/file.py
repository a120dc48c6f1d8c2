"""Files of this machine: an absolute path, or file:///path."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO
from urllib.parse import unquote, urlsplit

from ..errors import Invalid, NotFound
from .base import FileInfo


class FileStore:
    """Atomic by renaming within one file system."""

    scheme = "file"

    def open(self, uri: str) -> BinaryIO:
        """Read a file."""
        return self.local_path(uri).open("rb")

    def write(self, uri: str, source: bytes | Path) -> None:
        """Write beside its place and rename."""
        target = path_of(uri)
        with _beside(target) as place:
            if isinstance(source, bytes):
                place.write_bytes(source)
            else:
                shutil.copyfile(source, place)
            os.replace(place, target)

    def move_in(self, source: Path, uri: str) -> None:
        """Rename, or copy and rename where the source lies on another disk."""
        target = path_of(uri)
        if target.exists():
            return
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            _rename(source, target)
        except OSError as error:
            if error.errno != errno.EXDEV:
                raise
            self._copy_in(source, target)

    def _copy_in(self, source: Path, target: Path) -> None:
        with _beside(target) as place:
            if source.is_dir():
                shutil.copytree(source, place)
            else:
                shutil.copyfile(source, place)
            _rename(place, target)
        shutil.rmtree(source) if source.is_dir() else source.unlink()

    def list(self, uri: str) -> Sequence[FileInfo]:
        """Files below a folder, or the file itself."""
        root = self.local_path(uri)
        if root.is_file():
            return [FileInfo(root.name, root.stat().st_size)]
        files = sorted(path for path in root.rglob("*") if path.is_file())
        return [FileInfo(path.relative_to(root).as_posix(), path.stat().st_size) for path in files]

    def local_path(self, uri: str) -> Path:
        """The path itself."""
        path = path_of(uri)
        if not path.exists():
            raise NotFound(f"There is no file '{path}'.", "It was moved or deleted, or lies on another machine.")
        return path

    def delete(self, uri: str) -> None:
        """Remove it; its parents stay."""
        path = path_of(uri)
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)


def path_of(uri: str) -> Path:
    """The absolute path that a URI means. Raises Invalid."""
    parts = urlsplit(uri) if uri.startswith("file://") else None
    path = Path(unquote(parts.path)) if parts else Path(uri)
    if not path.is_absolute() or (parts and parts.netloc not in ("", "localhost")):
        raise Invalid(f"'{uri}' is not a file of this machine.", "Write an absolute path, or file:///path.")
    return path


def _rename(source: Path, target: Path) -> None:
    """Somebody may have been faster: what is there stays."""
    try:
        os.rename(source, target)
    except OSError as error:
        if error.errno not in (errno.EEXIST, errno.ENOTEMPTY):
            raise


@contextlib.contextmanager
def _beside(target: Path) -> Iterator[Path]:
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".new-", dir=target.parent) as folder:
        yield Path(folder) / target.name
