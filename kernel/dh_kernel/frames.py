"""What is live of an attempt in a pod, within the container's log: lines that are no log. Pure; standard library.

A frame is a line `\\x1edh {JSON}`, the JSON a PodFrame of schemas/pod.json. A frame that comes while a line of the log is
not ended is `\\x1edh+ {JSON}`: the line end before it is the frame's, not the log's. A line of the log that begins with
\\x1e gets another one. So what user code writes is never taken for a frame, and comes out as it went in.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Union

if TYPE_CHECKING:
    from ._contract import MetricLine, PodFrame

    Part = Union[bytes, PodFrame]

MARK = b"\x1e"
FRAME, JOINED = b"\x1edh ", b"\x1edh+ "
LONGEST = 8 << 10  # bytes of metrics in one frame: container runtimes cut lines at 16 KiB


class FrameWriter:
    """Log and frames as one stream."""

    def __init__(self) -> None:
        self._line_is_open = False  # the log's
        self._at_start = True  # of a line of the stream

    def log(self, data: bytes) -> bytes:
        """How a piece of the log is written."""
        if not data:
            return b""
        escaped = data.replace(b"\n" + MARK, b"\n" + MARK * 2)
        if self._at_start and data.startswith(MARK):
            escaped = MARK + escaped
        self._line_is_open = not data.endswith(b"\n")
        self._at_start = not self._line_is_open
        return escaped

    def frame(self, frame: PodFrame) -> bytes:
        """How a frame is written now."""
        mark = FRAME if self._at_start else b"\n" + JOINED
        self._at_start = True
        return mark + json.dumps(frame, allow_nan=False).encode() + b"\n"


class FrameReader:
    """Takes such a stream apart again, in pieces of any size."""

    def __init__(self) -> None:
        self._waiting = b""  # the beginning of what may be a frame
        self._line_end = b""  # the log's, unless a frame says that it is not
        self._at_start = True  # of a line of the stream

    def feed(self, data: bytes) -> tuple[bytes, list[PodFrame]]:
        """The log and the frames that are known with this piece."""
        found = self.parts(data)
        return log_of(found), [one for one in found if not isinstance(one, bytes)]

    def parts(self, data: bytes) -> list[Part]:
        """The same, as they come one after another."""
        found: list[Part] = []
        data, self._waiting = self._waiting + data, b""
        for line in _lines(data):
            if not (self._at_start and line.startswith(MARK)):
                self._take_log(line, found)
            elif line.startswith(MARK * 2):
                self._take_log(line[1:], found)
            elif not line.endswith(b"\n"):
                self._waiting = line
            else:
                self._take_frame(line, found)
        return found

    def _take_log(self, line: bytes, found: list[Part]) -> None:
        """Its end is kept until it is known whose it is."""
        self._at_start = line.endswith(b"\n")
        found += (self._line_end, line[:-1] if self._at_start else line)
        self._line_end = b"\n" if self._at_start else b""

    def _take_frame(self, line: bytes, found: list[Part]) -> None:
        """What is no frame of ours, as a piece of one that a rotation of the log has cut, is left out."""
        if not line.startswith(JOINED):
            found.append(self._line_end)
        self._line_end = b""
        with contextlib.suppress(ValueError):
            found.append(json.loads(line.partition(b" ")[2]))

    def rest(self) -> bytes:
        """What was held back, at the end; half a frame is none."""
        rest, self._line_end, self._waiting = self._line_end, b"", b""
        return rest


def log_of(parts: Iterable[Part]) -> bytes:
    """What of it is log."""
    return b"".join(part for part in parts if isinstance(part, bytes))


def _lines(data: bytes) -> list[bytes]:
    """Each with its end, but for the last if it has none."""
    *whole, last = data.split(b"\n")
    return [*(line + b"\n" for line in whole), *([last] if last else [])]


def in_frames(lines: Sequence[MetricLine]) -> Iterator[PodFrame]:
    """Metrics in frames that are not too long. What is no JSON, or longer than a frame by itself, is left to the run's end."""
    some: list[MetricLine] = []
    size = 0
    for line in lines:
        length = _length(line)
        if not 0 < length <= LONGEST:
            continue
        if size + length > LONGEST:
            yield {"metrics": some}
            some, size = [], 0
        some.append(line)
        size += length
    if some:
        yield {"metrics": some}


def _length(line: MetricLine) -> int:
    """0 for what can't be written; Python's reader takes more than JSON has."""
    try:
        return len(json.dumps(line, allow_nan=False))
    except ValueError:
        return 0
