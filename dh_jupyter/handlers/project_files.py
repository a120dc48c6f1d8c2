"""The store of a project: what lies in it, whatever entity it belongs to; and the tickets of the home's store."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path
from typing import Any, ClassVar

from jupyter_server.auth.decorator import allow_unauthenticated, authorized
from tornado.web import RequestHandler, authenticated, stream_request_body

from dh_kernel.errors import Invalid

from ..access.roles import Role
from ..tickets import PIECE, Arriving
from .base import DhHandler
from .files import TransferHandler

SPARE = 256 * 1024**2  # bytes of the disk that no upload may take
LARGEST = 5 * 1024**4  # bytes, as S3's own limit


class StoresHandler(TransferHandler):
    """`files/stores`."""

    @authenticated
    @authorized
    async def get(self, project: str) -> None:
        """`["s3://bucket/P"]`."""
        await self.broker.call(self.broker.catalogue.get, project, "project", project)
        self.answer([self.transfers.root(project)])


class PlaceHandler(TransferHandler):
    """A handler that is asked by `?path=`, of the project's store."""

    def place(self, project: str) -> str:
        """What `path` names. Raises Forbidden."""
        return self.transfers.checked(project, self.argument("path"))

    def named(self, project: str) -> str:
        """`filename` below `path`. Raises Forbidden, Invalid."""
        return self.transfers.checked(project, self.argument("path"), self.argument("filename"))


class PlaceInfoHandler(PlaceHandler):
    """`files/info?path=`."""

    @authenticated
    @authorized
    async def get(self, project: str) -> None:
        """A plain array."""
        self.answer(await self.broker.call_store(self.transfers.info, self.place(project)))


class PlaceDownloadHandler(PlaceHandler):
    """`files/download?path=`."""

    roles: ClassVar[dict[str, Role]] = {"POST": Role.VIEWER}

    @authenticated
    @authorized
    async def get(self, project: str) -> None:
        """`{path, url, expiration}`."""
        self.answer(await self.broker.call_store(self.transfers.download, self.place(project)))

    post = get


class PlaceUploadHandler(PlaceHandler):
    """`files/upload?path=&filename=`."""

    @authenticated
    @authorized
    async def post(self, project: str) -> None:
        """`{path, url, expiration, method}`."""
        self.answer(await self.broker.call_store(self.transfers.upload, self.named(project)))


class PlaceStartHandler(PlaceHandler):
    """`files/multipart/start?path=&filename=`."""

    @authenticated
    @authorized
    async def post(self, project: str) -> None:
        """`{path, uploadId}`."""
        self.answer(await self.broker.call_store(self.transfers.start, self.named(project)))


class PlaceDeleteHandler(PlaceHandler):
    """`files/delete?path=`."""

    @authenticated
    @authorized
    async def delete(self, project: str) -> None:
        """What is not there is deleted."""
        await self.broker.call_store(self.transfers.delete, self.place(project))
        self.done()


@stream_request_body
class TicketHandler(DhHandler):
    """`/dh/files/TICKET/NAME`: the bytes. The ticket is the identity; nothing is ever whole in memory."""

    needs_broker = False
    _arriving: Arriving | None = None

    @property
    def content_security_policy(self) -> str:
        """Whatever the file is, it runs nothing on our origin."""
        return f"{super().content_security_policy}; sandbox"

    def check_xsrf_cookie(self) -> None:
        """No cookie counts here."""

    async def prepare(self, **kwargs: Any) -> None:
        """Before a body comes: whether it may, and whether there is room."""
        if self.request.method != "PUT":
            await super().prepare(**kwargs)
            return
        target = self.broker.tickets.path("PUT", str(self.path_kwargs["ticket"]))
        size = int(self.request.headers.get("Content-Length") or 0)
        place = next(folder for folder in target.parents if folder.exists())
        if size > shutil.disk_usage(place).free - SPARE:
            raise Invalid(f"There is no room for {size:,} bytes.", "Make room on the disk of the home.")
        self.request.connection.set_max_body_size(LARGEST)  # type: ignore[union-attr]
        self._digest = hashlib.md5(usedforsecurity=False)
        self._arriving = self.broker.uploads.arriving(target)

    async def data_received(self, chunk: bytes) -> None:
        """A piece, written before the next is read."""
        if self._arriving is not None:
            self._digest.update(chunk)
            await self.broker.call(self._arriving.add, chunk)

    @allow_unauthenticated
    async def put(self, ticket: str, name: str) -> None:
        """The whole has come."""
        assert self._arriving is not None
        await self.broker.call(self._arriving.done)
        self.set_header("ETag", f'"{self._digest.hexdigest()}"')
        self.done()

    def on_finish(self) -> None:
        """However it ended."""
        self._drop()
        super().on_finish()

    def on_connection_close(self) -> None:
        """It was given up."""
        self._drop()
        super().on_connection_close()

    def _drop(self) -> None:
        if self._arriving is not None:
            self._arriving.drop()

    @allow_unauthenticated
    async def get(self, ticket: str, name: str) -> None:
        """As a download, and never as a page of our origin."""
        path = self.broker.tickets.path("GET", ticket)
        with await self.broker.call(path.open, "rb") as file:
            self.set_header("Content-Type", "application/octet-stream")
            self.set_attachment_header(path.name)
            self.set_header("Content-Length", _size(path))
            while chunk := await self.broker.call(file.read, PIECE):
                self.write(chunk)
                await self.flush()
        await RequestHandler.finish(self)

    def compute_etag(self) -> str | None:
        """The one of the file, not of the answer."""
        return None


def _size(path: Path) -> int:
    return path.stat().st_size
