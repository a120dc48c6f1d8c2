"""Aliases of versions, and publishing of models."""

from __future__ import annotations

from typing import Any

from jupyter_server.auth.decorator import authorized
from tornado.web import authenticated

from dh_kernel.errors import Invalid

from ..publishing import publish
from .base import DhHandler
from .entities import SINGULAR


class AliasesHandler(DhHandler):
    """`GET …/ID/aliases`."""

    @authenticated
    @authorized
    async def get(self, project: str, plural: str, ident: str) -> None:
        """[{alias, user, created, note}] of this version."""
        self.answer(await self.broker.call(self.broker.catalogue.aliases, project, SINGULAR[plural], ident))


class AliasHandler(DhHandler):
    """`PUT DELETE …/ID/aliases/ALIAS`."""

    @authenticated
    @authorized
    async def put(self, project: str, plural: str, ident: str, alias: str) -> None:
        """Point it here; it moves from another version of the name. The body may say `{note}`."""
        note = self.document().get("note") or ""
        if not isinstance(note, str):
            raise Invalid("$.note: it must be text.")
        self.answer(await self.broker.call(self._point, project, SINGULAR[plural], ident, alias, note, self.user_name))

    def _point(self, project: str, entity: str, ident: str, alias: str, note: str, user: str) -> Any:
        name = self.broker.catalogue.get(project, entity, ident)["name"]
        return self.broker.catalogue.set_alias(project, entity, name, alias, ident, user, note)

    @authenticated
    @authorized
    async def delete(self, project: str, plural: str, ident: str, alias: str) -> None:
        """Remove it."""
        await self.broker.call(self._remove, project, SINGULAR[plural], ident, alias)
        self.done()

    def _remove(self, project: str, entity: str, ident: str, alias: str) -> None:
        name = self.broker.catalogue.get(project, entity, ident)["name"]
        self.broker.catalogue.delete_alias(project, entity, name, alias)


class PublishHandler(DhHandler):
    """`POST …/models/ID/publish {name, alias, note, force}`."""

    @authenticated
    @authorized
    async def post(self, project: str, ident: str) -> None:
        """The published version."""
        asked, broker = self.document(), self.broker
        user = self.user_name
        self.answer(await broker.call(publish, broker.catalogue, broker.tracker, project, ident, asked, user))
