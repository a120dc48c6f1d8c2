"""`GET /api/v1/openapi.json`: the API's own description."""

from __future__ import annotations

from jupyter_server.auth.decorator import authorized
from tornado.web import authenticated

from .base import DhHandler


class OpenapiHandler(DhHandler):
    """Made when it is first asked for; it needs no broker."""

    needs_broker = False

    @authenticated
    @authorized
    async def get(self) -> None:
        """OpenAPI 3.1."""
        from .openapi import document

        self.answer(document(self.settings["dh_routes"], self.base_url.rstrip("/") or "/"))
