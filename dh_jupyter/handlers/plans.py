"""Plans: what would run, before it does."""

from __future__ import annotations

from pathlib import Path

from jupyter_server.auth.decorator import authorized
from tornado.web import authenticated

from ..validation import check_shape
from .base import DhHandler


class PlanHandler(DhHandler):
    """`POST /-/P/runs/plan`."""

    @authenticated
    @authorized
    async def post(self, project: str) -> None:
        """A PlanRequest is answered with a Plan; nothing is stored."""
        asked = self.document()
        check_shape("PlanRequest", asked)
        root = Path(self.settings["server_root_dir"]).expanduser()
        self.answer(await self.broker.call(self.broker.planner.plan, project, asked, root))
