"""Metrics of runs and models: a number, or a flat list of numbers, by name."""

from __future__ import annotations

from jupyter_server.auth.decorator import authorized
from tornado.web import authenticated

from .base import DhHandler
from .entities import SINGULAR


class MetricsHandler(DhHandler):
    """All of an entity."""

    @authenticated
    @authorized
    async def get(self, project: str, plural: str, ident: str) -> None:
        """`{name: value}`; `{}` if there are none."""
        self.answer(await self.broker.call(self.broker.catalogue.metrics, project, SINGULAR[plural], ident))


class MetricHandler(DhHandler):
    """One."""

    @authenticated
    @authorized
    async def get(self, project: str, plural: str, ident: str, name: str) -> None:
        """Its value."""
        self.answer(await self.broker.call(self.broker.catalogue.metric, project, SINGULAR[plural], ident, name))

    @authenticated
    @authorized
    async def put(self, project: str, plural: str, ident: str, name: str) -> None:
        """Replace the series by the body, a bare number or list."""
        value = self.content()
        await self.broker.call(self.broker.catalogue.put_metric, project, SINGULAR[plural], ident, name, value)
        self.done()
