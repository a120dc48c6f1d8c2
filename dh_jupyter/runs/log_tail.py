"""The end of a log, found from behind: what lies before it is not read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from .observe import LOG_CAP, LOG_CHUNK

if TYPE_CHECKING:
    from dh_kernel._contract import Entity


class Logs(Protocol):
    """Who reads logs of runs: the observer here, or Core's."""

    def log_size(self, run: Entity) -> int:
        """In bytes."""

    def read_log(self, run: Entity, since: int, limit: int = LOG_CHUNK) -> bytes:
        """At most `limit` bytes from byte `since`."""


def tail_start(logs: Logs, run: Entity, lines: int) -> int:
    """The byte at which a log's last `lines` lines begin, at most `LOG_CAP` before its end.

    A newline at the very end ends the last line, and begins none.
    """
    size = logs.log_size(run)
    first = max(0, size - LOG_CAP)
    start, left = size, lines
    while start > first:
        begin = max(first, start - LOG_CHUNK)
        chunk = logs.read_log(run, begin, start - begin)
        end = len(chunk) - (start == size and chunk.endswith(b"\n"))
        while (end := chunk.rfind(b"\n", 0, end)) >= 0:
            left -= 1
            if not left:
                return begin + end + 1
        start = begin
    return start
