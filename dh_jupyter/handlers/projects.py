"""Projects."""

from __future__ import annotations

from typing import ClassVar

from jupyter_server.auth.decorator import authorized
from tornado.web import authenticated

from ..access.roles import Role
from ..removal import remove_files
from ..validation import check_change, check_new
from .entities import CatalogueHandler


class ProjectsHandler(CatalogueHandler):
    """All projects."""

    @authenticated
    @authorized
    async def get(self) -> None:
        """A page."""
        self.answer(await self.broker.call(self.list_visible, "project", self.query(), self.paging()))

    @authenticated
    @authorized
    async def post(self) -> None:
        """Create one."""
        posted = self.document()
        check_new("project", posted)
        name = str(posted.get("name", ""))
        create = self.broker.catalogue.create
        created, _ = await self.broker.call(create, "project", posted, project=name, user=self.user_name)
        self.answer(created)


class ProjectHandler(CatalogueHandler):
    """One project."""

    roles: ClassVar[dict[str, Role]] = {"DELETE": Role.ADMIN}

    @authenticated
    @authorized
    async def get(self, project: str) -> None:
        """It, with the latest version of each thing in it."""
        get = self.broker.catalogue.get
        self.answer(await self.broker.call(get, project, "project", project, kinds_all=self.kinds_all))

    @authenticated
    @authorized
    async def put(self, project: str) -> None:
        """Change it."""
        document = self.document()
        check_change("project", document)
        update = self.broker.catalogue.update
        self.answer(await self.broker.call(update, project, "project", project, document, user=self.user_name))

    @authenticated
    @authorized
    async def delete(self, project: str) -> None:
        """Delete it with all in it."""
        cascade = self.flag("cascade")
        gone = await self.broker.call(self.broker.catalogue.delete_project, project, cascade)
        await self.broker.call_store(remove_files, self.broker, gone, cascade=cascade)
        self.done()
