"""`/dh/health`, `/dh/ready`, `/dh/metrics`: what a cluster asks of what runs in it."""

from __future__ import annotations

from jupyter_server.auth.decorator import allow_unauthenticated, authorized
from tornado.web import authenticated

from ..health import is_ready, metrics
from .base import DhHandler

TEXT = "text/plain; version=0.0.4; charset=utf-8"


class HealthHandler(DhHandler):
    """Liveness. Public, since a kubelet has no identity; it tells nothing but that the process answers."""

    needs_broker = False

    @allow_unauthenticated
    async def get(self) -> None:
        """`{status: "alive"}`."""
        self.answer({"status": "alive"})


class ReadyHandler(DhHandler):
    """Readiness. Public for the same reason; why it is not ready, the server's log and the doctor say."""

    needs_broker = False

    @allow_unauthenticated
    async def get(self) -> None:
        """`{status: "ready"}`, or 503."""
        ready = await self.broker.call(is_ready, self.broker) if self.broker.is_open else False
        self.set_status(200 if ready else 503)
        self.answer({"status": "ready" if ready else "not ready"})


class PrometheusHandler(DhHandler):
    """Numbers for Prometheus, which asks with a token."""

    @authenticated
    @authorized
    async def get(self) -> None:
        """In its text format."""
        await self.finish(await self.broker.call(metrics, self.broker), set_content_type=TEXT)
