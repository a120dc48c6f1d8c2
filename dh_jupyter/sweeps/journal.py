"""A sweep's journal: one line of JSON for each entry, on the disk before anything is done by it.

One process at a time has it open: whoever comes second is told, and leaves the sweep to the first.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from ..runs.attempts import folder_of
from .ledger import Entry

NAME = "study.jsonl"


def journal_folder(home: Path, project: str, run_id: str) -> Path:
    """Where a sweep's journal lies in a home."""
    return folder_of(home, project, run_id, 1).parent / "sweep"


def read(folder: Path) -> Iterator[Entry]:
    """All whole lines; of one that was cut off when its writer died there is nothing. Raises FileNotFoundError."""
    return iter(read_from(folder, 0)[0])


def read_from(folder: Path, place: int) -> tuple[list[Entry], int]:
    """Whole lines from a place on that was given before (0: all), and the place after them. Raises FileNotFoundError."""
    with (folder / NAME).open("rb") as file:
        file.seek(place)
        content = file.read()
    whole = content[: content.rfind(b"\n") + 1]
    return entries_of(whole), place + len(whole)


def entries_of(lines: bytes) -> list[Entry]:
    """Of whole lines. All at once is twice as quick as one by one, and a line that was never written spoils only that."""
    try:
        found = json.loads(b"[" + lines.strip().replace(b"\n", b",") + b"]")
    except ValueError:
        found = [_entry(line) for line in lines.split(b"\n")]
    return [entry for entry in found if isinstance(entry, dict) and "op" in entry]


def _entry(line: bytes) -> object:
    try:
        return json.loads(line)
    except ValueError:
        return None  # a sector that was never written


def written(folder: Path) -> int:
    """When it was last written, in milliseconds since 1970. Raises FileNotFoundError."""
    return (folder / NAME).stat().st_mtime_ns // 1_000_000


def length(folder: Path) -> int:
    """In bytes. Raises FileNotFoundError."""
    return (folder / NAME).stat().st_size


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
        content = self._file.read()
        whole = content.rfind(b"\n") + 1
        if whole < len(content):
            self._file.truncate(whole)
        return entries_of(content[:whole])

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
