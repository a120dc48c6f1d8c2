"""Whom a project is shared with."""

from __future__ import annotations

from jupyter_server.auth.decorator import authorized
from tornado.web import authenticated

from ..sharing import share, shares, unshare
from .base import DhHandler


class ShareHandler(DhHandler):
    """`…/projects/P/share`."""

    @authenticated
    @authorized
    async def get(self, project: str) -> None:
        """An array."""
        self.answer(await self.broker.call(shares, self.broker.catalogue, project))

    @authenticated
    @authorized
    async def post(self, project: str) -> None:
        """`?user=U`."""
        wanted = (self.broker.catalogue, project, self.argument("user"), self.user_name)
        self.answer(await self.broker.call(share, *wanted))

    @authenticated
    @authorized
    async def delete(self, project: str) -> None:
        """`?id=`."""
        await self.broker.call(unshare, self.broker.catalogue, project, self.argument("id"))
        self.done()
