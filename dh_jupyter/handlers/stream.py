"""A run as a stream: server-sent events for kernels, a WebSocket for browsers (which have six connections for all tabs)."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from typing import TYPE_CHECKING, Any, ClassVar

from jupyter_server.auth.decorator import authorized, ws_authenticated
from jupyter_server.base.websocket import WebSocketMixin
from jupyter_server.extension.handler import ExtensionHandlerMixin
from tornado.iostream import StreamClosedError
from tornado.web import RequestHandler, authenticated
from tornado.websocket import WebSocketClosedError, WebSocketHandler

from dh_kernel.errors import DHError, Forbidden, Invalid

from ..access.roles import Role
from ..runs.log_tail import tail_start
from ..runs.stream import follow, follow_many
from .base import DhHandler, Shared, as_json, check_path
from .problems import problem_of

if TYPE_CHECKING:
    from dh_kernel._contract import StreamMessage

HEARTBEAT = 15.0  # seconds of silence after which a comment keeps proxies from cutting the connection
MOST_RUNS = 10_000  # of one connection
GOING_AWAY = 1001


async def with_heartbeats(
    messages: AsyncIterator[StreamMessage | None], gone: asyncio.Event, seconds: float = HEARTBEAT
) -> AsyncGenerator[StreamMessage | None]:
    """The messages, and None after each `seconds` of silence; ends when they do or when the client is gone."""
    leaving = asyncio.ensure_future(gone.wait())
    coming: asyncio.Future[Any] = asyncio.ensure_future(anext(messages, _END))
    try:
        while not gone.is_set():
            done, _ = await asyncio.wait((coming, leaving), timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
            if coming not in done:
                if not done:
                    yield None
                continue
            message = coming.result()
            if message is _END:
                return
            yield message
            coming = asyncio.ensure_future(anext(messages, _END))
    finally:
        for task in (leaving, coming):
            task.cancel()
        await asyncio.wait((leaving, coming))
        if isinstance(messages, AsyncGenerator):
            await messages.aclose()


_END: Any = object()


class EventStream(DhHandler):
    """Base of what answers with server-sent events."""

    _track_activity = False

    def initialize(self, name: str, *args: Any, **options: Any) -> None:
        """A client that hangs up is noticed."""
        super().initialize(name, *args, **options)
        self._gone = asyncio.Event()

    def on_connection_close(self) -> None:
        """The client hung up."""
        super().on_connection_close()
        self._gone.set()

    async def relay(self, messages: AsyncIterator[StreamMessage | None], limit: int = 0) -> None:
        """Send messages until they end, or so many; None is a sign of life."""
        left = limit
        async with aclosing(with_heartbeats(messages, self._gone)) as news:
            async for message in news:
                if not await self._send(b": alive\n\n" if message is None else _event(message)):
                    return
                left -= message is not None
                if left == 0 and limit:
                    break
        if not self._gone.is_set():
            await RequestHandler.finish(self)

    async def _send(self, content: bytes) -> bool:
        """Whether the client is still there."""
        self.set_header("Content-Type", "text/event-stream; charset=UTF-8")
        self.set_header("Cache-Control", "no-cache")
        self.set_header("X-Accel-Buffering", "no")
        self.write(content)
        try:
            await self.flush()
        except StreamClosedError:
            return False
        return True


class StreamHandler(EventStream):
    """`GET …/runs/ID/stream?log=OFFSET&tail=N&limit=N`."""

    @authenticated
    @authorized
    async def get(self, project: str, ident: str) -> None:
        """Messages until the run's end. `log` is the byte to begin at, -1 for no log, `tail` in its place how many of
        the lines that there are; `limit` ends earlier."""
        broker, tail = self.broker, self.number("tail", 0)
        begin = await broker.call(self._tail_start, project, ident, tail) if tail > 0 else self.number("log", 0)
        messages = follow(broker.runs, broker.call, project, ident, begin)
        await self.relay(messages, self.number("limit", 0))

    def _tail_start(self, project: str, ident: str, lines: int) -> int:
        run = self.broker.catalogue.get(project, "run", ident)
        return tail_start(self.broker.runs.observe, run, lines)


class ManyStreamHandler(EventStream):
    """`POST …/runs/stream {ids}`: a POST, since a path has no room for hundreds of ids; it changes nothing."""

    roles: ClassVar[dict[str, Role]] = {"POST": Role.VIEWER}

    @authenticated
    @authorized("read", "dh")  # type: ignore[untyped-decorator]
    async def post(self, project: str) -> None:
        """The document of each of these runs once it has ended, in the order in which they do."""
        ids = self.document().get("ids")
        if not isinstance(ids, list) or not ids or not all(isinstance(one, str) and one for one in ids):
            raise Invalid("$.ids: it must be a list of ids of runs.", 'e.g. {"ids": ["1f0c…"]}')
        if len(ids) > MOST_RUNS:
            raise Invalid(f"$.ids: at most {MOST_RUNS:,} runs can be followed at once, not {len(ids):,}.")
        broker = self.broker
        await self.relay(follow_many(broker.runs, broker.call, project, ids))


def _event(message: StreamMessage) -> bytes:
    return b"data: " + as_json(message) + b"\n\n"


class StreamSocket(ExtensionHandlerMixin, WebSocketMixin, Shared, WebSocketHandler):
    """`…/runs/ID/stream/ws?log=OFFSET`: the same messages, each one text. What the client sends is not read."""

    _following: asyncio.Task[None] | None = None

    @ws_authenticated
    @authorized("execute", "dh")  # type: ignore[untyped-decorator]
    async def get(self, *args: Any, **options: Any) -> None:  # type: ignore[override]
        """The handshake; refused for a stranger, for another site's page, and for a run that is not there."""
        check_path(options)
        if not self.check_origin():
            raise Forbidden("Pages of other sites can't listen here.")
        await self.broker.ready()
        await self.check_role()
        await self.broker.call(self.broker.catalogue.get, options["project"], "run", options["ident"])
        self._log_from = self.number("log", 0)
        await super().get(*args, **options)

    def open(self, *args: str, **options: str) -> None:
        """It is open: begin."""
        super().open(*args, **options)
        self._following = asyncio.ensure_future(self._follow(options["project"], options["ident"]))

    async def _follow(self, project: str, ident: str) -> None:
        broker = self.broker
        try:
            async with aclosing(follow(broker.runs, broker.call, project, ident, self._log_from)) as messages:
                async for message in messages:
                    await self.write_message(as_json(message).decode())
        except WebSocketClosedError:
            return
        except DHError as error:  # deleted meanwhile
            self.close(GOING_AWAY, error.message[:100])
            return
        self.close()

    def on_message(self, message: str | bytes) -> None:
        """Nothing is asked for over the socket."""

    def on_close(self) -> None:
        """The browser left."""
        super().on_close()
        if self._following is not None:
            self._following.cancel()

    def write_error(self, status_code: int, **options: Any) -> None:
        """A refused handshake is answered as everything else is."""
        error = options.get("exc_info", (None, None, None))[1]
        problem = problem_of(error, status_code, known=getattr(self, "_jupyter_current_user", None) is not None)
        self.set_status(problem["status"])
        self.set_header("Content-Type", "application/json; charset=UTF-8")
        self.finish(json.dumps(problem))
