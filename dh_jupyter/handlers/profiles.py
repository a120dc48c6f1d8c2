"""Profiles: what the administrator has set up. They belong to no project."""

from __future__ import annotations

from urllib.parse import quote

from jupyter_server.auth.decorator import authorized
from tornado.web import authenticated

from .base import DhHandler

LONGEST = 1000  # characters of what is wrong; the doctor says all


class ProfilesHandler(DhHandler):
    """All of them."""

    @authenticated
    @authorized
    async def get(self) -> None:
        """`[{name, description, options, limits, placement}]`, in the file's order; with `gpus=true` what is free of GPUs.
        The header X-Dh-Trouble, percent-encoded, says what is wrong with the file, if something is."""
        if trouble := await self.broker.call(self.broker.profiles.trouble):
            self.set_header("X-Dh-Trouble", quote(trouble[:LONGEST]))
        self.answer(await self.broker.call(self.broker.offers.all, gpus=self.get_argument("gpus", "") == "true"))


class ProfileHandler(DhHandler):
    """One."""

    @authenticated
    @authorized
    async def get(self, name: str) -> None:
        """It; 404 with the nearest name. `gpus=true` as above."""
        wanted = self.get_argument("gpus", "") == "true"
        self.answer(await self.broker.call(self.broker.offers.get, name, gpus=wanted))
