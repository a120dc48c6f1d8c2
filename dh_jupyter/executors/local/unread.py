"""What an attempt has printed and its supervisor has not read, because it was killed: we hold the pipe's other end, too.

Nothing is read while the supervisor lives. A broker that was killed as well has let go of the pipe, and the end of such a
log is lost.
"""

from __future__ import annotations

import contextlib
import os
import select
import threading
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

from dh_kernel.masking import MaskedStream, Masking

_LINGER = 2.0  # seconds for the last of the killed to close the pipe
_CHUNK = 1 << 16
_CUT = "… ".encode()  # where something is left out


class Unread:
    """The reading ends, by handle; each is closed once the attempt has ended."""

    def __init__(self) -> None:
        self._held: dict[str, tuple[int, dict[str, str]]] = {}
        self._lock = threading.Lock()

    @contextlib.contextmanager
    def pipe(self, handle: str, secrets: Mapping[str, str]) -> Iterator[tuple[int, int]]:
        """The pipe of a new attempt's output, to be handed to its supervisor within; we keep the reading end."""
        reading, writing = os.pipe()
        try:
            yield reading, writing
        except BaseException:
            os.close(reading)
            raise
        finally:
            os.close(writing)
        with self._lock:
            before = self._held.pop(handle, None)
            self._held[handle] = reading, dict(secrets)
        if before:
            os.close(before[0])

    def save(self, handle: str, log: Path) -> None:
        """Put what is unread at the end of a log whose supervisor is dead."""
        with self._take(handle) as held:
            if held is None:
                return
            data = masked(b"".join(_pieces(held[0])), held[1])
            if data:
                with contextlib.suppress(OSError), log.open("ab") as file:  # a full disk: that the run is lost is said
                    file.write(data)

    def forget(self, handle: str) -> None:
        """Of an attempt that has ended as it should: its supervisor has read all."""
        with self._take(handle):
            pass

    def close(self) -> None:
        """Let go of all."""
        for handle in list(self._held):
            self.forget(handle)

    @contextlib.contextmanager
    def _take(self, handle: str) -> Iterator[tuple[int, dict[str, str]] | None]:
        with self._lock:
            held = self._held.pop(handle, None)
        try:
            yield held
        finally:
            if held:
                os.close(held[0])


def masked(data: bytes, secrets: Mapping[str, str]) -> bytes:
    """Without secrets; and without the first bytes, which may be the end of one whose begin was read."""
    masking = Masking(secrets)
    if not masking or not data:
        return data
    stream = MaskedStream(masking)
    return _CUT + stream.feed(data[_first_safe(masking, data) :]) + stream.rest()


def _first_safe(masking: Masking, data: bytes) -> int:
    """Where no secret lies across, after all bytes that may be the end of one."""
    place, before = masking.longest - 1, -1
    while place != before:
        before = place
        for pattern in masking.present_in(data):
            found = data.find(pattern, max(0, place - len(pattern) + 1), place + len(pattern) - 1)
            place = found + len(pattern) if found >= 0 else place
    return place


def _pieces(reading: int) -> Iterator[bytes]:
    """Until nobody can write any more, or somebody lingers."""
    deadline = time.monotonic() + _LINGER
    while (wait := deadline - time.monotonic()) > 0 and select.select([reading], [], [], wait)[0]:
        piece = os.read(reading, _CHUNK)
        if not piece:
            return
        yield piece
