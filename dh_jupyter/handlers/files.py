"""Files of entities: what there is, and the bytes of what lies in our own store."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from jupyter_server.auth.decorator import authorized
from tornado.web import RequestHandler, authenticated

from ..files import CHUNK, checked_info, file_of, info_of
from .base import DhHandler
from .entities import SINGULAR


class FilesInfoHandler(DhHandler):
    """`…/ID/files/info`."""

    @authenticated
    @authorized
    async def get(self, project: str, plural: str, ident: str) -> None:
        """A plain array."""
        self.answer(await self.broker.call(self._info, project, SINGULAR[plural], ident))

    def _info(self, project: str, entity: str, ident: str) -> Any:
        return info_of(self.broker.catalogue.get(project, entity, ident), self.broker.store)

    @authenticated
    @authorized
    async def put(self, project: str, plural: str, ident: str) -> None:
        """Replace it."""
        files = checked_info(self.content())
        await self.broker.call(self._store, project, SINGULAR[plural], ident, files, self.user_name)
        self.done()

    def _store(self, project: str, entity: str, ident: str, files: list[dict[str, Any]], user: str) -> None:
        stored = self.broker.catalogue.get(project, entity, ident)
        changed = {**stored, "status": {**stored["status"], "files": files}}
        self.broker.catalogue.update(project, entity, ident, changed, user=user)


class DownloadHandler(DhHandler):
    """`…/ID/files/download[/SUB]` or `?sub=`: the bytes, as a download and never as a page of our origin."""

    @property
    def content_security_policy(self) -> str:
        """Whatever the file is, it runs nothing."""
        return f"{super().content_security_policy}; sandbox"

    @authenticated
    @authorized
    async def get(self, project: str, plural: str, ident: str, sub: str | None = None) -> None:
        """Streamed; the whole file is never in memory."""
        wanted = sub or self.argument("sub")
        path = await self.broker.call(self._file, project, SINGULAR[plural], ident, wanted)
        self.set_header("Content-Type", "application/octet-stream")
        self.set_attachment_header(path.name)
        with await self.broker.call(path.open, "rb") as file:
            self.set_header("Content-Length", path.stat().st_size)
            while chunk := await self.broker.call(file.read, CHUNK):
                self.write(chunk)
                await self.flush()
        await RequestHandler.finish(self)

    def _file(self, project: str, entity: str, ident: str, sub: str) -> Path:
        return file_of(self.broker.catalogue.get(project, entity, ident), self.broker.store, sub)
