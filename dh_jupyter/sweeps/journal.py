"""A sweep's journal: one line of JSON for each entry, on the disk before anything is done by it.

One process at a time has it open: whoever comes second is told, and leaves the sweep to the first.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO

from .ledger import Entry

NAME = "study.jsonl"


def read(folder: Path) -> Iterator[Entry]:
    """All whole lines; of one that was cut off when its writer died there is nothing. Raises FileNotFoundError."""
    with (folder / NAME).open("rb") as file:
        yield from _entries(file)


def _entries(file: IO[bytes]) -> Iterator[Entry]:
    for line in file:
        if not line.endswith(b"\n"):
            return
        try:
            entry = json.loads(line)
        except ValueError:
            continue  # a sector that was never written
        if isinstance(entry, dict) and "op" in entry:
            yield entry


def written(folder: Path) -> int:
    """When it was last written, in milliseconds since 1970. Raises FileNotFoundError."""
    return (folder / NAME).stat().st_mtime_ns // 1_000_000


class Journal:
    """Open for writing, and locked. Not thread-safe."""

    def __init__(self, folder: Path) -> None:
        """Raises BlockingIOError while another process has it."""
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._file = (folder / NAME).open("a+b", buffering=0)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._file.close()
            raise

    def entries(self) -> list[Entry]:
        """From the beginning. A torn last line is cut off, so that the next one begins on its own."""
        self._file.seek(0)
        found = list(_entries(self._file))
        self._file.seek(0)
        content = self._file.read()
        whole = content.rfind(b"\n") + 1
        if whole < len(content):
            self._file.truncate(whole)
        return found

    def append(self, entries: Iterable[Entry]) -> None:
        """All of them, with one write to the disk. Raises OSError, with nothing of them kept."""
        text = "".join(json.dumps(entry, separators=(",", ":")) + "\n" for entry in entries)
        if not text:
            return
        end = os.fstat(self._file.fileno()).st_size
        try:
            left = memoryview(text.encode())
            while left:
                left = left[self._file.write(left) :]
            os.fsync(self._file.fileno())
        except OSError:
            os.ftruncate(self._file.fileno(), end)
            raise

    def close(self) -> None:
        """Let another process have it."""
        self._file.close()
