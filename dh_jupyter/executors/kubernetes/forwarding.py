"""Connections to ports of pods, through the API server: the port-forward of Kubernetes, over WebSocket.

Nothing of a pod is open to the network for this: what listens there listens on its loopback address. Each connection is a
WebSocket of its own, whose messages begin with a channel's number: 0 for data, 1 for why it failed.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import logging
import socket
import ssl
import threading
from collections.abc import Callable
from typing import Any

from tornado.httpclient import HTTPClientError, HTTPRequest
from tornado.websocket import WebSocketClientConnection, websocket_connect

from dh_kernel.errors import Unavailable
from dh_kernel.lent.door import both_ways

from .refusals import Refused

_log = logging.getLogger(__name__)
PROTOCOL = "v4.channel.k8s.io"
CONNECTING, PING = 20.0, 30.0  # seconds
DATA, ERROR = 0, 1
PIECE = 1 << 16  # bytes
LARGEST = 1 << 24  # bytes of one message


class Forwarder:
    """Of one cluster. Thread-safe; its own thread carries all connections, and is there once one was made."""

    def __init__(self, configuration: Any, headers: Callable[[], dict[str, str]]) -> None:
        """`configuration` is of Kubernetes' own client; `headers` tell who we are."""
        self._configuration = configuration
        self._headers = headers
        self._loop: asyncio.AbstractEventLoop | None = None
        self._lock = threading.Lock()

    def connect(self, path: str, port: int) -> socket.socket:
        """To a port of the pod whose path this is. Raises Refused or Unavailable."""
        return asyncio.run_coroutine_threadsafe(self._connect(path, port), self._running()).result()

    def close(self) -> None:
        """Cut all."""
        with self._lock:
            if self._loop is not None:
                self._loop.call_soon_threadsafe(self._loop.stop)
                self._loop = None

    def _running(self) -> asyncio.AbstractEventLoop:
        with self._lock:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                threading.Thread(target=_serve, args=(self._loop,), name="dh-forward", daemon=True).start()
            return self._loop

    async def _connect(self, path: str, port: int) -> socket.socket:
        url = f"{self._configuration.host}{path}/portforward?ports={port}".replace("http", "ws", 1)
        request = HTTPRequest(
            url,
            headers=self._headers(),
            ssl_options=self._secure(),
            connect_timeout=CONNECTING,
            request_timeout=CONNECTING,
        )
        try:
            opened = await websocket_connect(
                request, subprotocols=[PROTOCOL], ping_interval=PING, max_message_size=LARGEST
            )
        except HTTPClientError as error:
            body = error.response.body if error.response else b""
            raise Refused.of(error.code, body, dict(error.response.headers) if error.response else {}) from error
        except (TimeoutError, OSError, ValueError) as error:
            raise Unavailable(f"The pod can't be reached through the cluster: {error}.") from error
        ours, theirs = socket.socketpair()
        theirs.setblocking(False)
        task = asyncio.ensure_future(_carry(opened, theirs))
        task.add_done_callback(functools.partial(_let_go, opened, theirs))
        return ours

    def _secure(self) -> ssl.SSLContext:
        """As Kubernetes' own client is told to."""
        given = self._configuration
        context = ssl.create_default_context(cafile=given.ssl_ca_cert or None)
        if not given.verify_ssl:
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        if given.assert_hostname is False:
            context.check_hostname = False
        if given.cert_file:
            context.load_cert_chain(given.cert_file, given.key_file or None)
        return context


def _serve(loop: asyncio.AbstractEventLoop) -> None:
    asyncio.set_event_loop(loop)
    try:
        loop.run_forever()
        for task in asyncio.all_tasks(loop):
            task.cancel()
        loop.run_until_complete(asyncio.sleep(0))
    finally:
        loop.close()


async def _carry(opened: WebSocketClientConnection, local: socket.socket) -> None:
    """Both ways, until one side has no more."""
    await both_ways(_out(opened, local), _in(opened, local))


async def _out(opened: WebSocketClientConnection, local: socket.socket) -> None:
    loop = asyncio.get_running_loop()
    while piece := await loop.sock_recv(local, PIECE):
        await opened.write_message(bytes([DATA]) + piece, binary=True)


async def _in(opened: WebSocketClientConnection, local: socket.socket) -> None:
    """The first message of each channel is the port's number again."""
    loop = asyncio.get_running_loop()
    begun = set()
    while (message := await opened.read_message()) is not None:
        if not isinstance(message, bytes) or not message:
            continue
        channel, piece = message[0], message[1:]
        if channel not in begun:
            begun.add(channel)
        elif channel == DATA:
            await loop.sock_sendall(local, piece)
        elif piece:
            _log.debug("a forwarded connection failed: %s", piece.decode(errors="replace"))
            return


def _let_go(opened: WebSocketClientConnection, local: socket.socket, task: Any) -> None:
    with contextlib.suppress(Exception):  # it may be closed in any state
        opened.close()
    local.close()
    if not task.cancelled() and (error := task.exception()) is not None:
        _log.debug("a forwarded connection broke: %s", error)
