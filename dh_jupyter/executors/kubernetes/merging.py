"""The logs of an attempt's machines as one log.txt, each line with the number of its machine before it.

How far each was read, and how long log.txt was then, is one document, so that after a crash each line is there once.
"""

from __future__ import annotations

import contextlib
import json
import os
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dh_kernel.frames import log_of

from .logs import Position, held, note, write

if TYPE_CHECKING:
    from dh_kernel.frames import Part


class MergedLog:
    """Of one attempt in this process. The file's lock is held as long as somebody follows: two brokers don't both write."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._open: dict[int, RankLog] = {}
        self._known: dict[str, Any] = {}
        self._descriptors: tuple[int, int] | None = None

    @contextlib.contextmanager
    def rank(self, number: int) -> Iterator[RankLog | None]:
        """What follows that machine's log; None if another process follows."""
        with self._lock:
            if self._descriptors is None:
                self._descriptors = self._opened()
            if self._descriptors is None:
                found = None
            else:
                found = self._open[number] = RankLog(self, number, self._known.get(str(number)) or {})
        try:
            yield found
        finally:
            self._leave(number)

    def write(self, rank: RankLog, lines: list[str]) -> None:
        """Lines, then how far all are."""
        with self._lock:
            if self._descriptors is None:
                return
            position, log = self._descriptors
            write(log, "".join(lines).encode("latin-1"))
            self._known[str(rank.number)] = {"position": vars(rank.position), "rest": rank.rest}
            note(position, {"size": os.lseek(log, 0, os.SEEK_CUR), "ranks": self._known})

    def _opened(self) -> tuple[int, int] | None:
        position = held(self._folder)
        if position is None:
            return None
        size = 0
        with contextlib.suppress(ValueError, KeyError):  # new, or cut off by a crash: then all comes again
            said = json.loads(os.pread(position, 1 << 24, 0))
            size, self._known = said["size"], said["ranks"]
        log = os.open(self._folder / "log.txt", os.O_WRONLY | os.O_CREAT, 0o600)
        os.ftruncate(log, min(size, os.fstat(log).st_size))
        os.lseek(log, 0, os.SEEK_END)
        return position, log

    def _leave(self, number: int) -> None:
        with self._lock:
            self._open.pop(number, None)
            if not self._open and self._descriptors is not None:
                for descriptor in self._descriptors:
                    os.close(descriptor)
                self._descriptors = None


class RankLog:
    """One machine's part. See logs.PositionFile, whose place it takes."""

    def __init__(self, whole: MergedLog, number: int, known: dict[str, Any]) -> None:
        self.number = number
        self.position = Position(**known.get("position") or {})
        self.rest = str(known.get("rest") or "")  # of a line that is not ended, as latin-1
        self._whole = whole

    def take(self, parts: Sequence[Part]) -> None:
        """What has come: whole lines are written, each with its number."""
        data = log_of(parts)
        *whole, self.rest = (self.rest + data.decode("latin-1")).split("\n")
        self._whole.write(self, [f"[{self.number}] {line}\n" for line in whole])

    def end(self, data: bytes) -> None:
        """The last that comes."""
        text = self.rest + data.decode("latin-1")
        self.take([data + b"\n" if text and not text.endswith("\n") else data])
