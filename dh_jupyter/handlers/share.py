"""Whom a project is shared with."""

from __future__ import annotations

from typing import ClassVar

from jupyter_server.auth.decorator import authorized
from tornado.web import authenticated

from ..access.roles import Role
from ..access.sharing import share, shares, unshare
from .base import DhHandler


class ShareHandler(DhHandler):
    """`…/projects/P/share`."""

    roles: ClassVar[dict[str, Role]] = {"POST": Role.ADMIN, "DELETE": Role.ADMIN}

    @authenticated
    @authorized
    async def get(self, project: str) -> None:
        """An array."""
        self.answer(await self.broker.call(shares, self.broker.catalogue, project))

    @authenticated
    @authorized
    async def post(self, project: str) -> None:
        """`?user=U[&role=viewer|member|admin]`."""
        wanted = (self.argument("user"), self.user_name, self.argument("role"))
        self.answer(await self.broker.call(share, self.broker.catalogue, project, *wanted))

    @authenticated
    @authorized
    async def delete(self, project: str) -> None:
        """`?id=`."""
        await self.broker.call(unshare, self.broker.catalogue, project, self.argument("id"))
        self.done()
