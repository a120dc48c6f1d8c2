"""Triggers: made, turned on and off. (Lists, reading and deleting are as of all entities.)"""

from __future__ import annotations

from jupyter_server.auth.decorator import authorized
from tornado.web import authenticated

from ..validation import check_change, check_new
from .base import DhHandler
from .entities import EntitiesHandler, EntityHandler


class TriggersHandler(EntitiesHandler):
    """All triggers of a project."""

    @authenticated
    @authorized
    async def post(self, project: str, plural: str = "triggers") -> None:
        """Make one; it is on at once."""
        posted = self.document()
        check_new("trigger", posted)
        self.answer(await self.broker.call(self.broker.triggers.create, project, posted, self.user_name))


class TriggerHandler(EntityHandler):
    """One trigger."""

    @authenticated
    @authorized
    async def put(self, project: str, plural: str, ident: str) -> None:
        """Change its metadata; `run` and `stop` turn it on and off, not an old document."""
        document = self.document()
        check_change("trigger", document)
        changed = {name: value for name, value in document.items() if name != "status"}
        update = self.broker.catalogue.update
        self.answer(await self.broker.call(update, project, "trigger", ident, changed, user=self.user_name))


class TriggerEventHandler(DhHandler):
    """`POST …/{run,stop}`."""

    @authenticated
    @authorized
    async def post(self, project: str, ident: str, event: str) -> None:
        """Turn it on or off; answers it."""
        self.answer(await self.broker.call(self.broker.triggers.move, project, ident, event, self.user_name))
