"""A Job whose pod has several attempts one after another: which they are, and its log, taken apart into theirs.

That a pod has them is an annotation of its Job, so every broker knows it. Nobody can speak to such a pod: to end one of its
attempts is to end it, and what it had not begun, or not done by then, is given back.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from dh_kernel.rundir import RunFolder

from .logs import Position, held, note, write

if TYPE_CHECKING:
    from dh_kernel._contract import PodFrame
    from dh_kernel.frames import Part

CANCEL = "cancel"  # a file of an attempt's folder here: somebody asked for its end


@dataclass
class Sharing:
    """Attempts that have one Job: `handles` in their order; `project` is the folder that those of their runs lie in; `job` is
    the Job's name."""

    handles: tuple[str, ...]
    project: Path
    job: str

    def folder_of(self, handle: str) -> Path:
        """Of the attempt here; it may be that only another broker has it."""
        run, _, number = handle.rpartition("-")
        return self.project / run / number

    def is_here(self, handle: str) -> bool:
        """Whether its folder is."""
        return RunFolder(self.folder_of(handle)).run_json.exists()

    @property
    def here(self) -> dict[str, Path]:
        """Those whose folders are here."""
        return {handle: self.folder_of(handle) for handle in self.handles if self.is_here(handle)}


@dataclass
class Hand(Sharing):
    """One after another, in one pod; `current` is the one that has begun last, as far as was heard."""

    current: str = ""

    @property
    def is_cut_off(self) -> bool:
        """Whether the pod was to end for one of them."""
        return any((folder / CANCEL).exists() for folder in self.here.values())


class HandLog:
    """See logs.PositionFile, whose place it takes. `hear(handle, frame)` is told what the stream says of each of them."""

    def __init__(self, descriptor: int, hand: Hand, hear: Callable[[str, PodFrame], None], *, keep: bool) -> None:
        self._descriptor = descriptor
        self._hand = hand
        self._hear = hear
        self._keep = keep
        self._log: int | None = None
        self.position, hand.current = Position(), hand.handles[0]
        with contextlib.suppress(ValueError, KeyError, TypeError):  # new, or cut off by a crash: then all comes again
            said = json.loads(os.pread(descriptor, 1 << 24, 0))
            self.position, hand.current = Position(**said["position"]), said["current"]
        self._open(self.position.size)

    def take(self, parts: Sequence[Part]) -> None:
        """To whom it belongs; then how far we are."""
        for part in parts:
            if isinstance(part, bytes):
                self._append(part)
                continue
            if part.get("attempt") in self._hand.handles:
                self._hand.current = part["attempt"]
                self._open(0)
            self._hear(self._hand.current, part)
        note(self._descriptor, {"position": vars(self.position), "current": self._hand.current})

    def end(self, data: bytes) -> None:
        """The last that comes."""
        self.take([data])

    def _append(self, data: bytes) -> None:
        if self._log is not None:
            write(self._log, data)
        self.position.size += len(data)

    def _open(self, size: int) -> None:
        """The log of the current one; what is behind `size` comes again."""
        self.close()
        if self._keep and self._hand.is_here(self._hand.current):
            log = self._hand.folder_of(self._hand.current) / "log.txt"
            self._log = os.open(log, os.O_WRONLY | os.O_CREAT, 0o600)
            os.ftruncate(self._log, min(size, os.fstat(self._log).st_size))
            size = os.lseek(self._log, 0, os.SEEK_END)
        self.position.size = size

    def close(self) -> None:
        """The log."""
        if self._log is not None:
            os.close(self._log)
            self._log = None


@contextlib.contextmanager
def log_of_hand(hand: Hand, hear: Callable[[str, PodFrame], None], *, keep: bool) -> Iterator[HandLog | None]:
    """Held as long as we follow; None if another process does. How far it is lies with the first of them that is here."""
    descriptor = held(next(iter(hand.here.values())))
    if descriptor is None:
        yield None
        return
    try:
        with contextlib.closing(HandLog(descriptor, hand, hear, keep=keep)) as log:
            yield log
    finally:
        os.close(descriptor)
