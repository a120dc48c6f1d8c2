"""`GET /api/doctor`."""

from __future__ import annotations

from jupyter_server.auth.decorator import authorized
from tornado.web import authenticated

from ..doctor import examine
from .base import DhHandler


class DoctorHandler(DhHandler):
    """How the broker is."""

    @authenticated
    @authorized
    async def get(self) -> None:
        """`[{what, ok, detail}]`."""
        self.answer(await self.broker.call_store(examine, self.broker))
