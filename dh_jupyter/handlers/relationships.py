"""Who made what of what: edges as [{type, source, dest}]."""

from __future__ import annotations

from typing import Any

from jupyter_server.auth.decorator import authorized
from tornado.web import authenticated

from ..lineage import lineage_of
from .base import DhHandler
from .entities import SINGULAR


class ProjectRelationshipsHandler(DhHandler):
    """The whole graph of a project."""

    @authenticated
    @authorized
    async def get(self, project: str) -> None:
        """All edges."""
        self.answer(await self.broker.call(self._edges, project))

    def _edges(self, project: str) -> Any:
        self.broker.catalogue.get(project, "project", project)  # a miss is 404, not an empty graph
        return self.broker.catalogue.relations(project)


class RelationshipsHandler(DhHandler):
    """Edges with the entity at either end."""

    @authenticated
    @authorized
    async def get(self, project: str, plural: str, ident: str) -> None:
        """Them."""
        self.answer(await self.broker.call(self._edges, project, SINGULAR[plural], ident))

    def _edges(self, project: str, entity: str, ident: str) -> Any:
        key = self.broker.catalogue.get(project, entity, ident)["key"]
        return self.broker.catalogue.relations(project, key)


class LineageHandler(DhHandler):
    """`GET …/ID/lineage?steps=3`: ancestors and descendants."""

    @authenticated
    @authorized
    async def get(self, project: str, plural: str, ident: str) -> None:
        """{nodes, edges, more}."""
        steps, catalogue = self.number("steps", 3), self.broker.catalogue
        self.answer(await self.broker.call(lineage_of, catalogue, project, SINGULAR[plural], ident, steps))
