"""A container's log, followed into log.txt: each line once, through broken connections, rotations and our own restarts.

Each line comes with the time at which the node read it. A log that is opened again is asked for from the second of the last
line on, and what came before is left out. How far we are lies beside log.txt, so that the next broker goes on from there;
who holds that file's lock follows, so two brokers on one home do not both write.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from dh_kernel.frames import MARK, FrameReader, log_of

from .client import Client, Unreachable
from .manifest import CONTAINER
from .refusals import Refused

if TYPE_CHECKING:
    from dh_kernel._contract import PodFrame
    from dh_kernel.frames import Part

SILENCE = 3600.0  # seconds without a line after which the connection is opened again
REOPEN = 2.0  # seconds after which a log that ended before its container is asked for again
SOON = 0.2  # and where it had something: it may have been rotated, and be again before long
MISSING = 5  # tries after which a log that is not there any more is taken for gone, though nobody says that its pod is
POSITION = "log.at"


@dataclass
class Position:
    """How far a log was read: the time of the last line, as text, the lines of that time, and the bytes of log.txt.
    `open`: the last line's end is not in log.txt yet, since a frame that follows may say that it is none."""

    time: str = ""
    lines: list[str] = field(default_factory=list)
    size: int = 0
    open: bool = False


class Reading:
    """A log that was opened at a position: what was there before comes again, and is left out."""

    def __init__(self, position: Position) -> None:
        self._position = position
        self._before, self._known = position.time, set(position.lines)
        self._passed = not position.time

    def news(self, lines: Iterable[bytes]) -> list[bytes]:
        """The new lines among these, without their times."""
        return [text for line in lines if (text := self._new(line)) is not None]

    def _new(self, line: bytes) -> bytes | None:
        time, _, text = line.decode("latin-1").partition(" ")
        if not self._passed:
            if time < self._before or (time == self._before and text in self._known):
                return None
            self._passed = time > self._before
        position = self._position
        if time != position.time:
            position.time, position.lines = time, []
        position.lines.append(text)
        return text.encode("latin-1")


class Place(Protocol):
    """Where the log goes, and how far it is."""

    position: Position

    def take(self, parts: Sequence[Part]) -> None:
        """What of it is log, to the log; then how far we are."""

    def end(self, data: bytes) -> None:
        """The last that comes."""


@dataclass(frozen=True)
class Sink:
    """Where the log and the frames in it go. `news` is called after each batch. `keep`: the log is written to log.txt here;
    where pods share the folder, they have written it there themselves."""

    folder: Path
    keep: bool
    frame: Callable[[PodFrame], None]
    news: Callable[[], None]
    place: Callable[[], contextlib.AbstractContextManager[Place | None]] | None = (
        None  # instead of a log.txt of its own
    )


@contextlib.contextmanager
def position(folder: Path, *, keep: bool = True) -> Iterator[PositionFile | None]:
    """How far the log is, held as long as we follow; None if another process does."""
    descriptor = held(folder)
    if descriptor is None:
        yield None
        return
    try:
        with contextlib.closing(PositionFile(descriptor, folder / "log.txt" if keep else None)) as file:
            yield file
    finally:
        os.close(descriptor)


def held(folder: Path) -> int | None:
    """The file that says how far its log is, with its lock; None if another process has that."""
    descriptor = os.open(folder / POSITION, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor


def note(descriptor: int, said: object) -> None:
    """Write that file anew, as JSON."""
    data = json.dumps(said).encode() + b"\n"
    os.pwrite(descriptor, data, 0)
    os.ftruncate(descriptor, len(data))


def write(descriptor: int, data: bytes) -> None:
    """All of it."""
    while data:
        data = data[os.write(descriptor, data) :]


class PositionFile:
    """The position on the disk, and the log that it is of: what was written after it is cut off, since it comes again."""

    def __init__(self, descriptor: int, log: Path | None) -> None:
        self._descriptor = descriptor
        self.position = _read(descriptor)
        self._log: int | None = None
        if log is None:
            return
        self._log = os.open(log, os.O_WRONLY | os.O_CREAT, 0o600)
        os.ftruncate(self._log, min(self.position.size, os.fstat(self._log).st_size))
        self.position.size = os.lseek(self._log, 0, os.SEEK_END)

    def take(self, parts: Sequence[Part]) -> None:
        """What of it is log, to the log; then how far we are."""
        data = log_of(parts)
        if self._log is not None:
            write(self._log, data)
        self.position.size += len(data)
        note(self._descriptor, vars(self.position))

    def end(self, data: bytes) -> None:
        """The last that comes."""
        self.take([data])

    def close(self) -> None:
        """The log."""
        if self._log is not None:
            os.close(self._log)


def _read(descriptor: int) -> Position:
    try:
        return Position(**json.loads(os.pread(descriptor, 1 << 24, 0)))
    except (ValueError, TypeError):  # new, or cut off by a crash: then the whole log comes again
        return Position()


@dataclass(frozen=True)
class Line:
    """To who knows the pod: whether it is over, `wait(seconds)` until something of it is seen, and whether we are closed."""

    is_over: Callable[[], bool]
    wait: Callable[[float], None]
    closing: Callable[[], bool]


def follow(client: Client, pod: str, sink: Sink, line: Line) -> bool:
    """Until the container has ended and its log was read to the end, or the log is gone: then True. False if we were closed
    before, or if another process follows it."""
    opened = position(sink.folder, keep=sink.keep) if sink.place is None else sink.place()
    with opened as file:
        return file is not None and _follow(client, pod, sink, file, line)


def _follow(client: Client, pod: str, sink: Sink, file: Place, line: Line) -> bool:
    failures = 0
    frames = FrameReader()
    if file.position.open:
        frames.feed(b"\n")
    while not line.closing():
        over = line.is_over()  # asked before the reading, so that nothing is missed
        try:
            has_news = _read_once(client, pod, frames, sink, file)
            failures = 0
            if over:
                file.end(frames.rest())
                return True
            line.wait(SOON if has_news else REOPEN)
        except (Refused, Unreachable) as error:
            failures += 1
            if _is_final(error, over, failures):
                file.end(frames.rest())
                return True
            if _is_gone(error):
                line.wait(REOPEN)  # for the news of how its pod ended, which has another way
            else:
                client.pause(min(failures, 4), error)
    return False


def _is_final(error: Refused | Unreachable, over: bool, failures: int) -> bool:
    """Whether there is nothing more to read: the pod is over and has no log, or it has been gone for a while."""
    if over:
        return isinstance(error, Refused) and not error.may_go_well_later
    return _is_gone(error) and failures >= MISSING


def _is_gone(error: Refused | Unreachable) -> bool:
    return isinstance(error, Refused) and error.status == 404


def _read_once(client: Client, pod: str, frames: FrameReader, sink: Sink, file: Place) -> bool:
    """One connection, until it ends. Whether it told anything new."""
    query = {"container": CONTAINER, "follow": "true", "timestamps": "true"}
    if file.position.time:
        query["sinceTime"] = file.position.time[:19] + "Z"  # whole seconds are all that survives the way to the node
    with client.lines(client.path("pods", pod) + "/log", query, SILENCE) as lines:
        reading, has_news = Reading(file.position), False
        for batch in lines.batches():
            has_news = _take(reading.news(batch), frames, sink, file) or has_news
    return has_news


def _take(lines: list[bytes], frames: FrameReader, sink: Sink, file: Place) -> bool:
    if not lines:
        return False
    parts = frames.parts(b"".join(line + b"\n" for line in lines))
    file.position.open = not lines[-1].startswith(MARK) or lines[-1].startswith(MARK * 2)
    file.take(parts)
    for part in parts:
        if not isinstance(part, bytes):
            sink.frame(part)
    sink.news()
    return True
