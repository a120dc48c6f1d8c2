"""Moving a notebook's kernel elsewhere and back. Who asks is a kernel: its token says which."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from jupyter_server.auth.decorator import authorized
from tornado.web import authenticated

from ..access.roles import Role
from .base import DhHandler
from .identity import bearer

if TYPE_CHECKING:
    from dh_kernel._contract import KernelRequest

    from ..elsewhere import Elsewhere
    from ..elsewhere.notebooks import Notebooks


class KernelsHandler(DhHandler):
    """What all of them share."""

    @property
    def notebooks(self) -> Notebooks:
        return cast("Elsewhere", self.settings["dh_elsewhere"]).notebooks

    @property
    def kernel_id(self) -> str:
        """Empty: it is no kernel that asks."""
        return self.broker.tokens.kernel_of(bearer(self))


class KernelPlacesHandler(KernelsHandler):
    """`POST /-/P/kernels`."""

    @authenticated
    @authorized
    async def post(self, project: str) -> None:
        """A place for the kernel that asks: a KernelRequest. Answers the run that it can move to."""
        self.answer(
            await self.notebooks.start(self.kernel_id, project, cast("KernelRequest", self.document()), self.user_name)
        )


class KernelMoveHandler(KernelsHandler):
    """`POST /-/P/kernels/RUN/move`."""

    @authenticated
    @authorized
    async def post(self, project: str, ident: str) -> None:
        """Move it there now. What it executes is cut off, as by a restart."""
        await self.notebooks.move(self.kernel_id, ident)
        self.done()


class KernelHandler(KernelsHandler):
    """`GET /kernel`, `POST /kernel`."""

    roles = {"POST": Role.VIEWER}  # noqa: RUF012

    @authenticated
    @authorized
    async def get(self) -> None:
        """Where it runs."""
        self.answer(self.notebooks.where(self.kernel_id))

    @authenticated
    @authorized
    async def post(self) -> None:
        """Move it back to the server's machine. What it executes is cut off, as by a restart."""
        await self.notebooks.back(self.kernel_id)
        self.done()
