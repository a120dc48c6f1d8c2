"""Processes of tools: started when somebody opens one, ended when nobody has asked for long, or with the server.

A tool listens on a Unix socket in a folder that only this user can enter, so no other user of the machine reaches it, and
the server passes on only what Jupyter has let in. It ends by itself when the server is gone: its standard input is a pipe.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import socket
import subprocess
from collections.abc import Callable
from pathlib import Path

from dh_kernel.errors import Unavailable

from ..clock import awake
from .table import Place, Tool

IDLE = 1800.0  # seconds without a request
PATIENCE = 90.0  # seconds for the first answer: MLflow is imported in ten, on a busy machine in a minute
GOODBYE = 5.0  # seconds to end by itself
SHOWN = 400  # characters of what it said last

log = logging.getLogger("dh_jupyter.tools")


class Tools:
    """Of the server's loop."""

    def __init__(self, folder: Callable[[], Path], logs: Path, place: Callable[[Tool], Place]) -> None:
        """`folder` is a private one with a short path, for sockets; `logs` is where what they print goes."""
        self._folder = folder
        self._logs = logs
        self.place = place
        self._running: dict[str, _Running] = {}
        self._locks: dict[str, asyncio.Lock] = {}

    async def open(self, tool: Tool) -> Path:
        """The socket of the tool, which answers by then. Raises Unavailable if it does not begin."""
        async with self._locks.setdefault(tool.name, asyncio.Lock()):
            running = self._running.get(tool.name)
            if running is None or running.has_ended:
                running = await self._start(tool)
            running.used(lambda: self._running.pop(tool.name, None))
            return running.socket

    async def _start(self, tool: Tool) -> _Running:
        path = self._folder() / f"{tool.name}-{os.getpid()}.sock"
        output = self._logs / f"{tool.name}.log"
        running = await _Running.start(tool, self.place(tool), path, output)
        try:
            await running.answered()
        except BaseException:
            await running.end()
            raise
        self._running[tool.name] = running
        return running

    def is_open(self, tool: Tool) -> bool:
        """Whether its process runs."""
        running = self._running.get(tool.name)
        return running is not None and not running.has_ended

    async def close(self) -> None:
        """End all."""
        all_of_them = list(self._running.values())
        self._running.clear()
        await asyncio.gather(*(running.end() for running in all_of_them))


class _Running:
    """One process, and the socket that it listens on."""

    def __init__(self, tool: Tool, process: asyncio.subprocess.Process, path: Path, output: Path) -> None:
        self._tool = tool
        self._process = process
        self.socket = path
        self._output = output
        self._last = awake()
        self._timer: asyncio.TimerHandle | None = None

    @classmethod
    async def start(cls, tool: Tool, place: Place, path: Path, output: Path) -> _Running:
        path.unlink(missing_ok=True)
        with socket.socket(socket.AF_UNIX) as listening, output.open("ab") as printed:
            listening.bind(str(path))
            listening.listen(64)
            number = listening.fileno()
            process = await asyncio.create_subprocess_exec(
                *tool.command(place),
                str(number),
                stdin=subprocess.PIPE,
                stdout=printed,
                stderr=printed,
                pass_fds=(number,),
                env={**os.environ, **tool.environment},
            )
        return cls(tool, process, path, output)

    @property
    def has_ended(self) -> bool:
        return self._process.returncode is not None

    def used(self, gone: Callable[[], object]) -> None:
        """It is asked for something: its time begins anew. `gone` is called when that has passed."""
        self._last = awake()
        if self._timer is None:
            self._wait(IDLE, gone)

    def _wait(self, time: float, gone: Callable[[], object]) -> None:
        def look() -> None:
            left = self._last + IDLE - awake()
            if left > 0:
                self._wait(left, gone)
            else:
                gone()
                self._ending = asyncio.ensure_future(self.end())

        self._timer = asyncio.get_running_loop().call_later(time, look)

    async def answered(self) -> None:
        """It has answered once. Raises Unavailable with what it said if it ends before, or takes too long."""
        asking = asyncio.ensure_future(_ask(self.socket))
        ending = asyncio.ensure_future(self._process.wait())
        try:
            done, _ = await asyncio.wait({asking, ending}, timeout=PATIENCE, return_when=asyncio.FIRST_COMPLETED)
        finally:
            ending.cancel()
            asking.cancel()
        if asking not in done or asking.exception() is not None or not asking.result():
            why = "ended at once" if done else f"does not answer after {PATIENCE:.0f} s"  # its socket ends with it
            raise Unavailable(f"{self._tool.title} {why}: {self._said()}", f"See {self._output}; then open it again.")

    def _said(self) -> str:
        lines = self._output.read_text(errors="replace").strip().splitlines()
        return (lines[-1] if lines else "it said nothing")[:SHOWN]

    async def end(self) -> None:
        """Its input ends, by which it does; else it is killed."""
        if self._timer is not None:
            self._timer.cancel()
        if self._process.stdin is not None:
            self._process.stdin.close()
        try:
            await asyncio.wait_for(self._process.wait(), GOODBYE)
        except TimeoutError:
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()
            await self._process.wait()
        self.socket.unlink(missing_ok=True)
        log.debug("%s has ended", self._tool.title)


async def _ask(path: Path) -> bool:
    """Whether it answers. What listens from the start keeps the question until there is somebody to answer it."""
    reader, writer = await asyncio.open_unix_connection(str(path))
    try:
        writer.write(b"GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        await writer.drain()
        return (await reader.readline()).startswith(b"HTTP/")
    finally:
        writer.close()
