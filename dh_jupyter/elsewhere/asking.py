"""What a kernel elsewhere asks of the broker, over connections that we have opened to its run: here the request gets the
kernel's token, which the run does not have, and goes to our own address, which it does not know."""

from __future__ import annotations

import asyncio
import contextlib
import hmac
import logging
import ssl
from collections.abc import Coroutine
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from dh_kernel.lent import door

from .channels import AGAIN, Line

log = logging.getLogger("dh_jupyter.elsewhere")

LARGEST_HEAD = 1 << 16  # bytes
_OURS = (b"authorization", b"connection", b"host")


class Broker(NamedTuple):
    """Where requests go (`url`, of the server, with its base path), and as whom."""

    url: str
    token: str

    @property
    def base(self) -> str:
        """The path of its address."""
        return urlsplit(self.url).path.rstrip("/")


class Refused(ValueError):
    """No request that a kernel's toolkit makes."""


class Asking:
    """Keeps one connection waiting in the run, and another when that one is used."""

    def __init__(self, line: Line, broker: Broker) -> None:
        self._line = line
        self._broker = broker
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self) -> None:
        """From now on, until `close`."""
        self._keep(self._wait())

    def close(self) -> None:
        """Requests that are not answered yet are cut off."""
        for task in self._tasks:
            task.cancel()

    def _keep(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _wait(self) -> None:
        pause = AGAIN[0]
        while True:
            try:
                reader, writer = await self._line.open(door.BACK)
                word = (await reader.readline()).strip()
            except Exception as error:  # noqa: BLE001  a line that breaks is opened again, whatever broke it
                log.debug("a kernel can't be reached now: %s", error)
                word = b""
            if word:
                pause = AGAIN[0]
                self._keep(self._serve(reader, writer, word))
            else:
                await asyncio.sleep(pause)
                pause = min(2 * pause, AGAIN[1])

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, word: bytes) -> None:
        try:
            head = as_asked(await reader.readuntil(b"\r\n\r\n"), word, self._broker)
            parts = urlsplit(self._broker.url)
            secure = ssl.create_default_context() if parts.scheme == "https" else None
            port = parts.port or (443 if secure else 80)
            our_reader, our_writer = await asyncio.open_connection(parts.hostname, port, ssl=secure)
            our_writer.write(head)
            await door.join(reader, writer, our_reader, our_writer)
        except Refused as refused:
            with contextlib.suppress(OSError):
                writer.write(b"HTTP/1.1 403 Forbidden\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")
                await writer.drain()
            log.warning("a request of a kernel elsewhere was refused: %s", refused)
        except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError) as error:
            log.debug("a request of a kernel elsewhere broke: %s", error)
        finally:
            door.shut(writer)


def as_asked(head: bytes, word: bytes, broker: Broker) -> bytes:
    """A request's head as it goes to the broker: one request on its connection, by the kernel's token. Raises Refused for
    what does not have the run's `word`, or is not meant for our routes."""
    first, *fields = head.rstrip(b"\r\n").split(b"\r\n")
    words = first.split(b" ")
    if len(words) != 3 or not words[1].startswith(f"{broker.base}/dh/".encode()) or b"/../" in words[1]:
        raise Refused("it is not for /dh")
    if words[1].startswith(f"{broker.base}/dh/files/".encode()):  # a link, which is its own right
        return _headed(first, fields, broker, [])
    given = next((value for name, value in map(_field, fields) if name == b"authorization"), b"")
    if not hmac.compare_digest(given.rpartition(b" ")[2], word):
        raise Refused("it does not have the kernel's word")
    return _headed(first, fields, broker, [f"Authorization: Bearer {broker.token}".encode()])


def _headed(first: bytes, fields: list[bytes], broker: Broker, rights: list[bytes]) -> bytes:
    kept = [field for field in fields if _field(field)[0] not in _OURS]
    ours = [f"Host: {urlsplit(broker.url).netloc}".encode(), *rights, b"Connection: close"]
    return b"\r\n".join([first, *ours, *kept, b"", b""])


def _field(line: bytes) -> tuple[bytes, bytes]:
    name, _, value = line.partition(b":")
    return name.strip().lower(), value.strip()
