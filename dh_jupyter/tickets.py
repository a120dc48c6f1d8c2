"""Tickets: signed, short-lived, each for one thing with one file of the home's store; and uploads in parts."""

from __future__ import annotations

import base64
import contextlib
import errno
import hmac
import json
import os
import re
import secrets
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from dh_kernel.errors import Forbidden, Invalid, NotFound
from dh_kernel.stores.file import FileStore

from .clock import seconds

PIECE = 1 << 20
FORGOTTEN = 86400.0  # seconds after which parts that nobody completed are removed
_UPLOAD = re.compile(r"[0-9a-f]{32}")


class Tickets:
    """Signed with a key of this process: those of an earlier one are void. Thread-safe."""

    def __init__(self) -> None:
        self._key = secrets.token_bytes(32)

    def issue(self, method: str, path: str, lasts: float) -> str:
        """For one method and one absolute path."""
        text = json.dumps([method, path, seconds() + lasts]).encode()
        return f"{_encoded(text)}.{_encoded(self._signed(text))}"

    def path(self, method: str, ticket: str) -> Path:
        """The path that it is for. Raises Forbidden for one that is void, over, or for something else."""
        head, _, tail = ticket.partition(".")
        try:
            text = base64.urlsafe_b64decode(head + "==")
            signature = base64.urlsafe_b64decode(tail + "==")
        except ValueError:
            raise _void() from None
        if not hmac.compare_digest(signature, self._signed(text)):
            raise _void()
        for_method, path, until = json.loads(text)
        if for_method != method or until < seconds():
            raise _void()
        return Path(path)

    def _signed(self, text: bytes) -> bytes:
        return hmac.digest(self._key, text, "sha256")


def _void() -> Forbidden:
    return Forbidden("The link has expired, or is for something else.", "Ask for a new one, and try again.")


def _encoded(text: bytes) -> str:
    return base64.urlsafe_b64encode(text).decode().rstrip("=")


class Arriving:
    """A file on its way: it appears at its place whole, or nothing does. Used by one thread at a time."""

    def __init__(self, target: Path, folder: Path) -> None:
        """`folder`: where it lies until it is whole."""
        self._target = target
        descriptor, name = tempfile.mkstemp(prefix="arriving-", dir=folder)
        self._place = Path(name)
        self._file: IO[bytes] = os.fdopen(descriptor, "wb")

    def add(self, piece: bytes) -> None:
        """At its end."""
        self._file.write(piece)

    def done(self) -> None:
        """It is whole."""
        self._file.close()
        self._target.parent.mkdir(parents=True, exist_ok=True)
        try:
            os.replace(self._place, self._target)
        except OSError as error:
            if error.errno != errno.EXDEV:
                raise
            FileStore().write(str(self._target), self._place)  # the store has a disk of its own

    def drop(self) -> None:
        """It does not come; also after `done`."""
        self._file.close()
        self._place.unlink(missing_ok=True)


class Uploads:
    """What is on its way: in the folder `uploads` of the home, so that a server that is killed leaves nothing in the store.

    An upload in parts has a folder of its own there.
    """

    def __init__(self, home: Path) -> None:
        self._folder = home / "uploads"

    def start(self) -> str:
        """An id, for an upload in parts."""
        self._clean()
        upload = secrets.token_hex(16)
        (self._folder / upload).mkdir()
        return upload

    def arriving(self, target: Path) -> Arriving:
        """A file that comes in one piece."""
        self._clean()
        return Arriving(target, self._folder)

    def _clean(self) -> None:
        """What was begun a day ago and never completed goes."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for old in self._folder.iterdir():
            with contextlib.suppress(FileNotFoundError):
                if old.stat().st_mtime < time.time() - FORGOTTEN:
                    shutil.rmtree(old) if old.is_dir() else old.unlink()

    def part(self, upload: str, number: int) -> Path:
        """Where a part goes. Raises NotFound."""
        return self._of(upload) / str(number)

    def _of(self, upload: str) -> Path:
        folder = self._folder / upload
        if not _UPLOAD.fullmatch(upload) or not folder.is_dir():
            raise NotFound(f"There is no upload '{upload[:40]}'.", "Start it anew.")
        return folder

    def complete(self, upload: str, target: Path, count: int) -> None:
        """One file of parts 1 to `count`. Raises Invalid if one is missing; then nothing has changed."""
        folder = self._of(upload)
        parts = [folder / str(number) for number in range(1, count + 1)]
        missing = [part.name for part in parts if not part.is_file()]
        if missing or not parts:
            raise Invalid(f"Parts are missing: {', '.join(missing[:8]) or 'all'}.", "Send them, then complete it.")
        arriving = Arriving(target, self._folder)
        try:
            for piece in _pieces(parts):
                arriving.add(piece)
            arriving.done()
        finally:
            arriving.drop()
        shutil.rmtree(folder, ignore_errors=True)


def _pieces(parts: list[Path]) -> Iterator[bytes]:
    for part in parts:
        with part.open("rb") as file:
            yield from iter(lambda: file.read(PIECE), b"")
