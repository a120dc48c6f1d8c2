"""What nothing refers to."""

from __future__ import annotations

from typing import ClassVar

from jupyter_server.auth.decorator import authorized
from tornado.web import authenticated

from dh_kernel.errors import Forbidden

from ..access.roles import Role
from ..leftovers import leftovers
from .base import DhHandler


class LeftoversHandler(DhHandler):
    """`/api/leftovers`."""

    roles: ClassVar[dict[str, Role]] = {}

    @authenticated
    @authorized
    async def get(self) -> None:
        """Leftovers; nothing is removed. `?locks=true`: also the versions that were chosen for requirements."""
        await self._answer(do=False)

    @authenticated
    @authorized
    async def delete(self) -> None:
        """The same, removed. `?store=true`: also what another catalogue might have in the same S3."""
        await self._answer(do=True)

    async def _answer(self, *, do: bool) -> None:
        if not self.broker.members.is_admin(self.user_name):
            raise Forbidden("Leftovers are of all projects.", "Ask an admin of the server.")
        wanted = {name: self.flag(name) for name in ("store", "locks")}
        self.answer(await self.broker.call_store(leftovers, self.broker, do=do, **wanted))
