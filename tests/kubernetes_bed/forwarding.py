"""Port-forward as a kubelet speaks it over WebSocket: channel 0 of a port has data, channel 1 why it failed."""

import asyncio
import contextlib

from aiohttp import WSMsgType, web

PROTOCOL = "v4.channel.k8s.io"
PIECE = 1 << 16


async def forward(request: web.Request, port: int) -> web.StreamResponse:
    """To that port of this machine: all pods of the bed are at its loopback address."""
    response = web.WebSocketResponse(protocols=(PROTOCOL,), max_msg_size=0)
    await response.prepare(request)
    number = port.to_bytes(2, "little")
    for channel in (0, 1):
        await response.send_bytes(bytes([channel]) + number)
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError as error:
        text = f"an error occurred forwarding {port} -> {port}: {error.strerror}: connection refused"
        await response.send_bytes(b"\1" + text.encode())
        return response
    ways = [asyncio.ensure_future(_out(response, writer)), asyncio.ensure_future(_in(reader, response))]
    try:
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for way in ways:
            way.cancel()
        await asyncio.gather(*ways, return_exceptions=True)
        writer.close()
        with contextlib.suppress(ConnectionError, RuntimeError):
            await response.close()
    return response


async def _out(response: web.WebSocketResponse, writer: asyncio.StreamWriter) -> None:
    async for message in response:
        if message.type == WSMsgType.BINARY and message.data[:1] == b"\0":
            writer.write(message.data[1:])
            await writer.drain()


async def _in(reader: asyncio.StreamReader, response: web.WebSocketResponse) -> None:
    while piece := await reader.read(PIECE):
        await response.send_bytes(b"\0" + piece)
