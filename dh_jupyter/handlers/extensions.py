"""`extensions` of an entity: a list of objects, kept as it is."""

from __future__ import annotations

from typing import Any

from jupyter_server.auth.decorator import authorized
from tornado.web import authenticated

from .base import DhHandler
from .entities import SINGULAR


class ExtensionsHandler(DhHandler):
    """`…/ID/extensions`."""

    @authenticated
    @authorized
    async def get(self, project: str, plural: str, ident: str) -> None:
        """The list; `[]` if there are none."""
        found = await self.broker.call(self.broker.catalogue.get, project, SINGULAR[plural], ident)
        self.answer(found.get("extensions", []))

    @authenticated
    @authorized
    async def put(self, project: str, plural: str, ident: str) -> None:
        """Replace it by the body; answers what is there then."""
        body: dict[str, Any] = {"extensions": self.content()}
        update = self.broker.catalogue.update
        changed = await self.broker.call(update, project, SINGULAR[plural], ident, body, user=self.user_name)
        self.answer(changed.get("extensions", []))
