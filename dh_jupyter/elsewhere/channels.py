"""Connections to a kernel's run: the sockets at which Jupyter looks for the kernel are ours, and lead to its door."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import json
import logging
import os
import socket
from collections.abc import Awaitable, Callable
from typing import Any

from dh_kernel.lent import door

log = logging.getLogger("dh_jupyter.elsewhere")

BEAT = 15.0  # seconds between two words to a run that nothing else is said to
AGAIN = (0.2, 5.0)  # seconds before the second try to connect, and the most before any
Reach = Callable[[], Awaitable[socket.socket]]  # a connection to the door; raises OSError or DHError


class Line:
    """To one run's door. `reach` connects to where it listens."""

    def __init__(self, reach: Reach, key: str) -> None:
        self._reach = reach
        self._key = key

    async def open(self, channel: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """Raises OSError, or what `reach` does."""
        made = await self._reach()
        made.setblocking(False)
        reader, writer = await asyncio.open_connection(sock=made)
        try:
            await door.enter(reader, writer, self._key, channel)
        except BaseException:
            door.shut(writer)
            raise
        return reader, writer


class Control:
    """The channel of orders, opened again when it breaks. `told` gets each word of the run: `{runs, count, code}`."""

    def __init__(self, line: Line, told: Callable[[dict[str, Any]], None]) -> None:
        self._line = line
        self._told = told
        self._writer: asyncio.StreamWriter | None = None
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Returns once it is open. Raises as `Line.open` does."""
        reader, self._writer = await self._line.open(door.CONTROL)
        self._task = asyncio.create_task(self._keep(reader))

    def order(self, **order: Any) -> bool:
        """Whether it was sent."""
        if self._writer is None or self._writer.is_closing():
            return False
        self._writer.write(json.dumps(order).encode() + b"\n")
        return True

    async def close(self) -> None:
        """Once what was ordered has left."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])
        if self._writer is not None:
            with contextlib.suppress(OSError, asyncio.TimeoutError):
                await asyncio.wait_for(self._writer.drain(), BEAT)
            door.shut(self._writer)

    async def _keep(self, reader: asyncio.StreamReader) -> None:
        pause = AGAIN[0]
        while True:
            beating = asyncio.create_task(self._beat())
            try:
                while line := await reader.readline():
                    pause = AGAIN[0]
                    self._told(json.loads(line))
            except OSError as error:
                log.debug("the line to a kernel broke: %s", error)
            finally:
                beating.cancel()
            reader, pause = await self._again(pause)

    async def _beat(self) -> None:
        while self.order(do="beat"):
            await asyncio.sleep(BEAT)

    async def _again(self, pause: float) -> tuple[asyncio.StreamReader, float]:
        while True:
            await asyncio.sleep(pause)
            pause = min(2 * pause, AGAIN[1])
            try:
                reader, self._writer = await self._line.open(door.CONTROL)
            except Exception as error:  # noqa: BLE001  whatever it is, a run that is over is told by the broker
                log.debug("a kernel can't be reached now: %s", error)
                continue
            return reader, pause


class Sockets:
    """Jupyter's five, as its connection information names them, each connection of which is carried to the run."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self._servers: list[asyncio.AbstractServer] = []
        self._visits: set[asyncio.Task[None]] = set()

    async def open(self, connection: dict[str, Any]) -> None:
        """Raises OSError if somebody else listens there."""
        ports = ("shell_port", "iopub_port", "stdin_port", "hb_port", "control_port")
        for channel, port in zip(door.SOCKETS, ports, strict=True):
            visit = functools.partial(self._visit, channel)
            if connection["transport"] == "ipc":
                path = f"{connection['ip']}-{connection[port]}"
                with contextlib.suppress(FileNotFoundError):
                    os.unlink(path)
                self._servers.append(await asyncio.start_unix_server(visit, path))
            else:
                self._servers.append(await asyncio.start_server(visit, connection["ip"], connection[port]))

    def close(self) -> None:
        """Listen no more, and let go of what is connected."""
        for server in self._servers:
            server.close()
        for visit in self._visits:
            visit.cancel()
        self._servers = []

    def _visit(self, channel: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.ensure_future(self._carry(channel, reader, writer))
        self._visits.add(task)
        task.add_done_callback(self._visits.discard)

    async def _carry(self, channel: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await door.join(reader, writer, *await self._line.open(channel))
        except Exception as error:  # noqa: BLE001  ZeroMQ connects again
            log.debug("%s of a kernel can't be reached now: %s", channel, error)
        finally:
            door.shut(writer)
