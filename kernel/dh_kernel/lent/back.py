"""The way back: what the kernel's toolkit asks of the broker goes through connections that the server has opened.

So the run knows neither the broker's address nor a token of it: the server adds both, on its side. Here is a loopback port
that only the kernel's own word opens.
"""

from __future__ import annotations

import asyncio
import secrets

from . import door


class Back:
    """Requests are paired with connections of the server that wait for one."""

    def __init__(self) -> None:
        self._word = secrets.token_urlsafe(32)
        self._waiting: asyncio.Queue[tuple[asyncio.StreamReader, asyncio.StreamWriter, asyncio.Event]] = asyncio.Queue()
        self._server: asyncio.AbstractServer | None = None
        self._port = 0
        self._asking: set[asyncio.Task[None]] = set()

    async def open(self) -> None:
        """Listen."""
        listening = await asyncio.start_server(self._ask, "127.0.0.1", 0)
        self._server, self._port = listening, listening.sockets[0].getsockname()[1]

    def close(self) -> None:
        """Listen no more."""
        if self._server is not None:
            self._server.close()
        for task in self._asking:
            task.cancel()

    def variables(self, base: str, project: str) -> dict[str, str]:
        """By which the toolkit, and the public SDK, find the broker. `base`: the path of its server's address."""
        url = f"http://127.0.0.1:{self._port}{base.rstrip('/')}"
        return {
            "DH_SERVER_URL": f"{url}/",
            "DH_TOKEN": self._word,
            "DH_PROJECT": project,
            "DHCORE_ENDPOINT": f"{url}/dh",
            "DHCORE_ACCESS_TOKEN": self._word,
        }

    async def use(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """A connection of the server's waits here until it is used up."""
        used = asyncio.Event()
        self._waiting.put_nowait((reader, writer, used))
        await used.wait()

    def _ask(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.ensure_future(self._pair(reader, writer))
        self._asking.add(task)
        task.add_done_callback(self._asking.discard)

    async def _pair(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One that has been closed meanwhile is passed over. The server is told the word, and checks it."""
        while True:
            their_reader, their_writer, used = await self._waiting.get()
            if not their_reader.at_eof():
                break
            used.set()
        try:
            their_writer.write(f"{self._word}\n".encode())
            await door.join(reader, writer, their_reader, their_writer)
        finally:
            used.set()
