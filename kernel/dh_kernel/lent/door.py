"""The door of a kernel that runs elsewhere: one port, which only who has the kernel's key comes through.

The run listens, the server connects; each connection says which channel it is to be, and is that from then on. Both prove
that they have the key, and neither shows it:

    run     DH1 NONCE
    server  CHANNEL NONCE PROOF
    run     PROOF
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import hmac
import secrets
from collections.abc import Coroutine, Iterable
from typing import Any

GREETING = "DH1"
PATIENCE = 20.0  # seconds for the other side's word
PIECE = 1 << 16  # bytes
CONTROL, BACK = "control", "back"
SOCKETS = (
    "shell",
    "iopub",
    "stdin",
    "hb",
    "control-messages",
)  # of Jupyter's protocol; in this order they are numbered


class Refused(ConnectionError):
    """The other side does not know the key, or speaks something else."""


async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, key: str, channels: Iterable[str]) -> str:
    """The run's side: which of `channels` it is. Raises Refused."""
    nonce = secrets.token_hex(16)
    channel, theirs, proof = await _exchange(reader, writer, f"{GREETING} {nonce}", 3)
    if channel not in channels or not hmac.compare_digest(proof, _proof(key, "server", channel, nonce, theirs)):
        raise Refused("somebody without the key")
    await _say(writer, _proof(key, "run", channel, theirs, nonce))
    return channel


async def enter(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, key: str, channel: str) -> None:
    """The server's side. Raises Refused."""
    greeting, theirs = await _words(reader, 2)
    if greeting != GREETING:
        raise Refused("what listens there is no kernel of ours")
    nonce = secrets.token_hex(16)
    proof = _proof(key, "server", channel, theirs, nonce)
    (answered,) = await _exchange(reader, writer, f"{channel} {nonce} {proof}", 1)
    if not hmac.compare_digest(answered, _proof(key, "run", channel, nonce, theirs)):
        raise Refused("what listens there does not have the key")


async def _exchange(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, line: str, count: int) -> list[str]:
    await _say(writer, line)
    return await _words(reader, count)


async def _say(writer: asyncio.StreamWriter, line: str) -> None:
    writer.write(f"{line}\n".encode())
    await writer.drain()


async def _words(reader: asyncio.StreamReader, count: int) -> list[str]:
    try:
        line = await asyncio.wait_for(reader.readline(), PATIENCE)
    except (asyncio.TimeoutError, ValueError) as error:
        raise Refused("no word came") from error
    words = line.decode("ascii", "replace").split()
    if len(words) != count:
        raise Refused("the connection was closed" if not line else "what came is no word of ours")
    return words


def _proof(key: str, *parts: str) -> str:
    return hmac.new(key.encode(), " ".join(parts).encode(), hashlib.sha256).hexdigest()


async def join(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    other_reader: asyncio.StreamReader,
    other_writer: asyncio.StreamWriter,
) -> None:
    """Carry what comes, both ways, until one side has no more; then both are closed."""
    try:
        await both_ways(_carry(reader, other_writer), _carry(other_reader, writer))
    finally:
        shut(writer)
        shut(other_writer)


async def both_ways(there: Coroutine[Any, Any, None], back: Coroutine[Any, Any, None]) -> None:
    """Two that carry, until one of them has no more; then the other ends, too."""
    ways = [asyncio.ensure_future(there), asyncio.ensure_future(back)]
    try:
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for way in ways:
            way.cancel()
        await asyncio.gather(*ways, return_exceptions=True)


async def _carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while piece := await reader.read(PIECE):
            writer.write(piece)
            await writer.drain()


def shut(writer: asyncio.StreamWriter) -> None:
    """Close it; the other side may have done so."""
    with contextlib.suppress(OSError, RuntimeError):
        writer.close()
