"""The process that reads tables, as the server sees it: started when somebody scrolls one, ended when nobody does.

A process of its own, because the package that reads is large, and a file that somebody has made badly ends only that.
"""

from __future__ import annotations

import asyncio
import json
import logging
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, cast

from dh_kernel.errors import Invalid, Unavailable

from .parts import Part

if TYPE_CHECKING:
    from dh_kernel._contract import TableRows

MOST_ROWS = 200  # in one answer
IDLE = 120.0  # seconds
PATIENCE = 60.0  # seconds for an answer: the package is imported in one, on a busy machine in ten
GOODBYE = 5.0  # seconds to end by itself
LARGEST = 64 << 20  # bytes of an answer

log = logging.getLogger("dh_jupyter.previews")


class Reader:
    """Of the server's loop. It is asked one thing at a time; who comes meanwhile waits."""

    def __init__(self) -> None:
        self._process: asyncio.subprocess.Process | None = None
        self._turn = asyncio.Lock()
        self._rest: asyncio.TimerHandle | None = None

    async def rows(self, parts: Sequence[Part], start: int, size: int) -> TableRows:
        """Of the table that all parts are, in their order; at most MOST_ROWS. Raises Invalid for a range that can't be and
        for files that can't be read, Unavailable if the process ends or takes too long."""
        if start < 0 or not 1 <= size <= MOST_ROWS:
            raise Invalid(f"'start' must be 0 or more, and 'size' from 1 to {MOST_ROWS}.")
        async with self._turn:
            answer = await self._answer({"parts": list(parts), "start": start, "size": size})
        if "invalid" in answer:
            raise Invalid(f"The rows can't be read: {answer['invalid']}", "Load it: dh.load(…).")
        return cast("TableRows", answer)

    async def _answer(self, request: Any) -> dict[str, Any]:
        if self._rest is not None:
            self._rest.cancel()
        try:
            line = await asyncio.wait_for(self._line(json.dumps(request)), PATIENCE)
        except TimeoutError:
            self._kill()
            raise Unavailable(f"The rows could not be read in {PATIENCE:g} s.", "Load it: dh.load(…).") from None
        except BaseException:
            self._kill()  # what it would still say is no answer to the next
            raise
        self._rest = asyncio.get_running_loop().call_later(IDLE, self._let_go)
        found: dict[str, Any] = json.loads(line)
        return found

    async def _line(self, request: str) -> bytes:
        process = self._process
        if process is None or process.returncode is not None:
            process = self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "dh_jupyter.previews.reader"),
                stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, limit=LARGEST,
            )  # fmt: skip
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            process.stdin.write(request.encode() + b"\n")
            await process.stdin.drain()
            line = await process.stdout.readline()
        except (OSError, ValueError):  # it has ended, or said more than an answer may be
            line = b""
        if not line.endswith(b"\n"):
            raise Unavailable("The process that reads tables has ended.", "The server's log says why; then try again.")
        return line

    def _kill(self) -> None:
        process, self._process = self._process, None
        if process is not None and process.returncode is None:
            process.kill()

    def _let_go(self) -> None:
        """It ends with its input; another is started when somebody asks."""
        process, self._process = self._process, None
        if process is not None and process.stdin is not None:
            process.stdin.close()

    async def close(self) -> None:
        """End it."""
        process = self._process
        if self._rest is not None:
            self._rest.cancel()
        self._let_go()
        if process is None:
            return
        try:
            await asyncio.wait_for(process.wait(), GOODBYE)
        except TimeoutError:
            log.warning("the process that reads tables did not end by itself")
            process.kill()
            await process.wait()
