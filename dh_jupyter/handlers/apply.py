"""Declarations: what files say a project should hold."""

from __future__ import annotations

from typing import cast

from jupyter_server.auth.decorator import authorized
from tornado.web import authenticated

from dh_kernel._contract import ApplyRequest

from ..access.roles import Role
from ..declared import apply
from ..removal import remove_files
from ..validation import check_shape
from .base import DhHandler


class ApplyHandler(DhHandler):
    """`POST /apply`."""

    @authenticated
    @authorized
    async def post(self) -> None:
        """An ApplyRequest is answered with an ApplyPlan; it is done where the request says so."""
        asked, broker = self.document(), self.broker
        check_shape("ApplyRequest", asked)
        request = cast("ApplyRequest", asked)
        needed = Role.MEMBER if request.get("do") else Role.VIEWER

        def check_right(project: str) -> None:
            broker.members.check(self.user_name, project, needed)

        plan, gone = await broker.call(apply, broker.holdings, request, self.user_name, broker.stores.root, check_right)
        await broker.call(remove_files, broker, gone, cascade=True)
        self.answer(plan)
