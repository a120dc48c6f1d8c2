"""Logs of runs as Core gives them: documents whose content is base64."""

from __future__ import annotations

from jupyter_server.auth.decorator import authorized
from tornado.web import authenticated

from ..logs import delete_log, log_of, logs_of, page_of_logs
from .base import DhHandler
from .entities import CatalogueHandler


class LogsHandler(DhHandler):
    """`GET …/runs/ID/logs?tail=N`."""

    @authenticated
    @authorized
    async def get(self, project: str, ident: str) -> None:
        """An array of what there is so far, or of its last `tail` lines; `[]` if nothing is."""
        tail = max(0, self.number("tail", 0))
        self.answer(await self.broker.call(logs_of, self.broker, project, ident, tail))


class LogListHandler(CatalogueHandler):
    """`GET …/logs`."""

    @authenticated
    @authorized
    async def get(self, project: str) -> None:
        """A page, of all runs or of one (`?run=`), of all users or of one (`?user=`)."""
        run, query = self.argument("run"), self.query()
        self.answer(await self.broker.call(page_of_logs, self.broker, project, query, run, **self.paging()))


class LogHandler(DhHandler):
    """`…/logs/ID`."""

    @authenticated
    @authorized
    async def get(self, project: str, ident: str) -> None:
        """It."""
        self.answer(await self.broker.call(log_of, self.broker, project, ident))

    @authenticated
    @authorized
    async def delete(self, project: str, ident: str) -> None:
        """Remove its text."""
        await self.broker.call(delete_log, self.broker, project, ident)
        self.done()
