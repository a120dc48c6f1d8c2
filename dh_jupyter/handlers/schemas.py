"""Schemas of kinds, and templates that an administrator offers."""

from __future__ import annotations

from jupyter_server.auth.decorator import authorized
from tornado.web import authenticated

from ..offered import schema_page, schema_row, template, template_page
from .entities import CatalogueHandler


class SchemasHandler(CatalogueHandler):
    """`…/schemas/E`."""

    @authenticated
    @authorized
    async def get(self, entity: str, project: str = "") -> None:
        """A page of schemas of the entity's kinds."""
        paging = self.paging()
        self.answer(await self.broker.call(schema_page, entity, paging["page"], paging["size"]))


class SchemaHandler(CatalogueHandler):
    """`…/schemas/E/KIND`."""

    @authenticated
    @authorized
    async def get(self, entity: str, kind: str, project: str = "") -> None:
        """One."""
        self.answer(await self.broker.call(schema_row, entity, kind))


class TemplatesHandler(CatalogueHandler):
    """`/templates`, `/templates/E`."""

    @authenticated
    @authorized
    async def get(self, entity: str = "") -> None:
        """A page."""
        paging = self.paging()
        self.answer(await self.broker.call(template_page, self.broker.home, entity, paging["page"], paging["size"]))


class TemplateHandler(CatalogueHandler):
    """`/templates/E/ID`."""

    @authenticated
    @authorized
    async def get(self, entity: str, ident: str) -> None:
        """One."""
        self.answer(await self.broker.call(template, self.broker.home, entity, ident))
