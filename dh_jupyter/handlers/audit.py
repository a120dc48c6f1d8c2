"""What was done, by whom, when, from where."""

from __future__ import annotations

from typing import Any, ClassVar

from jupyter_server.auth.decorator import authorized
from tornado.web import authenticated

from dh_kernel.errors import Forbidden

from ..access.roles import Role
from .base import DhHandler


class AuditHandler(DhHandler):
    """`GET /-/P/audit?user=&verb=&since=&until=&after=&size=`."""

    roles: ClassVar[dict[str, Role]] = {"GET": Role.ADMIN}

    @authenticated
    @authorized
    async def get(self, project: str) -> None:
        """`{content: [{time, user, verb, path, project, status, address, client}], next}`, the newest first."""
        self.answer(await self._read(project))

    async def _read(self, project: str | None) -> Any:
        words = {name: self.argument(name) for name in ("user", "verb", "since", "until", "after")}
        size = self.number("size", 100)
        return await self.broker.call(self.broker.audit.read, project=project, size=size, **words)


class WholeAuditHandler(AuditHandler):
    """The same of all projects, and of none: `GET /audit`."""

    @authenticated
    @authorized
    async def get(self) -> None:
        """For those who may do everything."""
        if not self.broker.members.is_admin(self.user_name):
            raise Forbidden("The whole audit log is for administrators.", "Ask for a project's: GET …/-/PROJECT/audit")
        self.answer(await self._read(None))
