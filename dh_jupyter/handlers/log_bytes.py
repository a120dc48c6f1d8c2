"""A run's log as it was written, whole or a range of its bytes."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from jupyter_server.auth.decorator import authorized
from tornado.web import RequestHandler, authenticated

from ..runs.observe import LOG_CHUNK
from .base import DhHandler

FARTHEST_COUNTED = 64 * 1024 * 1024  # bytes, which are read for their lines to be counted: a tenth of a second


class LogBytesHandler(DhHandler):
    """`GET …/runs/ID/log`: the newest attempt's log as it was written, or the bytes that `Range` names."""

    @authenticated
    @authorized
    async def get(self, project: str, ident: str) -> None:
        """Streamed; 206 with `Content-Range` if a range was asked for, 416 if there is nothing in it.

        With `?lines=true`, `X-Dh-Lines-Before` counts the lines before the range, but for one that begins far into a log.
        """
        run, size = await self.broker.call(self._measured, project, ident)
        asked = byte_range(self.request.headers.get("Range", ""), size)
        start, end = asked or (0, size)
        if self.flag("lines") and start <= FARTHEST_COUNTED:
            self.set_header("X-Dh-Lines-Before", await self.broker.call(self._lines_before, run, start))
        self.set_header("Content-Type", "application/octet-stream")
        self.set_attachment_header(f"{run['metadata'].get('reference', ident).rpartition('/')[2]}.log")
        if asked:
            self.set_header("Content-Range", f"bytes {start}-{end - 1}/{size}" if start < end else f"bytes */{size}")
            self.set_status(206 if start < end else 416)
        while start < end:
            chunk = await self.broker.call(self.broker.runs.observe.read_log, run, start, min(LOG_CHUNK, end - start))
            if not chunk:
                break
            start += len(chunk)
            self.write(chunk)
            await self.flush()
        await RequestHandler.finish(self)

    def _measured(self, project: str, ident: str) -> tuple[Any, int]:
        run = self.broker.catalogue.get(project, "run", ident)
        return run, self.broker.runs.observe.log_size(run)

    def _lines_before(self, run: Any, end: int) -> int:
        return lines_before(end, lambda start, size: self.broker.runs.observe.read_log(run, start, size))


def byte_range(header: str, size: int) -> tuple[int, int] | None:
    """First byte, and the one after the last, of RFC 9110's `bytes=2-5`, `bytes=2-` or `bytes=-5`; None for all else."""
    match = re.fullmatch(r"bytes=(\d{0,18})-(\d{0,18})", header.strip(), re.ASCII)
    if not match or match[1] == match[2] == "":
        return None
    first, last = match.groups()
    if not first:
        return max(0, size - int(last)), size
    return min(int(first), size), min(int(last) + 1, size) if last else size


def lines_before(end: int, read: Callable[[int, int], bytes]) -> int:
    """Newlines before byte `end`; `read` gives bytes from a start on, at most so many, and none after the last."""
    start = count = 0
    while start < end:
        chunk = read(start, min(LOG_CHUNK, end - start))
        if not chunk:
            break
        start += len(chunk)
        count += chunk.count(b"\n")
    return count
