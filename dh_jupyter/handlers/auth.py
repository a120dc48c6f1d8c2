"""`GET /api/auth`: who I am. The public SDK asks before every upload, so it needs nothing but the identity."""

from __future__ import annotations

from jupyter_server.auth.decorator import authorized
from tornado.web import authenticated

from .base import DhHandler


class AuthHandler(DhHandler):
    """Answers even while the broker starts."""

    needs_broker = False

    @authenticated
    @authorized
    async def get(self) -> None:
        """200 with the name, or 401."""
        self.answer({"username": self.user_name, "roles": ["ROLE_USER", *await self._roles()]})

    async def _roles(self) -> list[str]:
        """Where roles are enforced, those that I have: Core's `PROJECT:ROLE_…`."""
        if not self.broker.settings.project_roles:
            return []
        await self.broker.ready()
        members = self.broker.members
        found = await self.broker.call(members.roles, self.user_name)
        everywhere = ["ROLE_ADMIN"] if members.is_admin(self.user_name) else []
        return [*everywhere, *(f"{project}:{role.as_core}" for project, role in sorted(found.items()))]
