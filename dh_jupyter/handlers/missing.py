"""What lies below /dh and is no route."""

from __future__ import annotations

from jupyter_server.auth.decorator import authorized
from tornado.web import authenticated

from dh_kernel.errors import DHError, NotFound

from .base import DhHandler


class MissingHandler(DhHandler):
    """404 for every verb."""

    needs_broker = False

    @authenticated
    @authorized
    async def get(self, **parts: str) -> None:
        """No such route."""
        raise self._missing()

    @authenticated
    @authorized
    async def post(self, **parts: str) -> None:
        """No such route."""
        raise self._missing()

    @authenticated
    @authorized
    async def put(self, **parts: str) -> None:
        """No such route."""
        raise self._missing()

    @authenticated
    @authorized
    async def delete(self, **parts: str) -> None:
        """No such route."""
        raise self._missing()

    @authenticated
    @authorized
    async def patch(self, **parts: str) -> None:
        """No such route."""
        raise self._missing()

    def _missing(self) -> DHError:
        return NotFound(f"There is no route {self.request.method} {self.request.path[:200]}.")
