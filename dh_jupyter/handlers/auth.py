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
        self.answer({"username": self.user_name, "roles": ["ROLE_USER"]})
