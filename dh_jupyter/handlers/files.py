"""Files of entities: what there is, and links by which they come and go."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jupyter_server.auth.decorator import authorized
from tornado.web import authenticated

from dh_kernel.errors import Forbidden

from ..files import checked_info, info_of, place_of_file, place_of_upload
from ..previews import parts_of
from ..transfers import LASTS, Transfers
from .base import DhHandler
from .entities import SINGULAR

if TYPE_CHECKING:
    from ..previews import Reader


class TransferHandler(DhHandler):
    """A handler that makes links."""

    @property
    def transfers(self) -> Transfers:
        """Of this broker; tickets are taken at `/dh/files`."""
        broker = self.broker
        return Transfers(broker.stores, broker.tickets, broker.uploads, broker.url().rstrip("/") + "/dh/files")

    def entity_of(self, project: str, plural: str, ident: str) -> Any:
        """From the catalogue. Raises NotFound."""
        return self.broker.catalogue.get(project, SINGULAR[plural], ident)


class FilesInfoHandler(TransferHandler):
    """`…/ID/files/info`."""

    @authenticated
    @authorized
    async def get(self, project: str, plural: str, ident: str) -> None:
        """A plain array."""
        self.answer(await self.broker.call_store(self._info, project, plural, ident))

    def _info(self, project: str, plural: str, ident: str) -> Any:
        return info_of(self.entity_of(project, plural, ident), self.broker.stores, self.transfers.info)

    @authenticated
    @authorized
    async def put(self, project: str, plural: str, ident: str) -> None:
        """Replace it."""
        files = checked_info(self.content())
        await self.broker.call(self._store, project, plural, ident, files, self.user_name)
        self.done()

    def _store(self, project: str, plural: str, ident: str, files: list[dict[str, Any]], user: str) -> None:
        stored = self.entity_of(project, plural, ident)
        changed = {**stored, "status": {**stored["status"], "files": files}}
        self.broker.catalogue.update(project, SINGULAR[plural], ident, changed, user=user)


class LinksHandler(TransferHandler):
    """`…/ID/files/links`: to all files at once, of what lies in our S3."""

    @authenticated
    @authorized
    async def get(self, project: str, plural: str, ident: str) -> None:
        """`[{path, url, size, version, expiration}]`; 403 for what lies elsewhere."""
        self.answer(await self.broker.call_store(self._links, project, plural, ident))

    def _links(self, project: str, plural: str, ident: str) -> Any:
        entity = self.entity_of(project, plural, ident)
        links = self.broker.stores.links(entity, LASTS)
        if links is None:
            raise Forbidden("Its files do not lie in the broker's S3.", f"Read {entity['spec'].get('path')}.")
        return links


class RowsHandler(DhHandler):
    """`…/dataitems/ID/rows?start=&size=`."""

    @authenticated
    @authorized
    async def get(self, project: str, ident: str) -> None:
        """A TableRows: some rows of a dataset whose files lie in the store."""
        reader: Reader = self.settings["dh_reader"]
        parts = await self.broker.call_store(self._parts, project, ident)
        self.answer(await reader.rows(parts, self.number("start", 0), self.number("size", 100)))

    def _parts(self, project: str, ident: str) -> Any:
        return parts_of(self.broker.catalogue.get(project, "dataitem", ident), self.broker.stores)


class DownloadHandler(TransferHandler):
    """`…/ID/files/download[/SUB]` or `?sub=`."""

    @authenticated
    @authorized
    async def get(self, project: str, plural: str, ident: str, sub: str | None = None) -> None:
        """`{path, url, expiration}`."""
        wanted = sub or self.argument("sub")
        self.answer(await self.broker.call_store(self._link, project, plural, ident, wanted))

    def _link(self, project: str, plural: str, ident: str, sub: str) -> Any:
        entity = self.entity_of(project, plural, ident)
        return self.transfers.download(place_of_file(entity, self.broker.stores, sub))


class UploadHandler(TransferHandler):
    """`…/ID/files/upload?filename=`."""

    @authenticated
    @authorized
    async def post(self, project: str, plural: str, ident: str) -> None:
        """`{path, url, expiration, method}`."""
        self.answer(await self.broker.call_store(self._upload, project, plural, ident, self.argument("filename")))

    def _upload(self, project: str, plural: str, ident: str, name: str) -> Any:
        return self.transfers.upload(self.place(project, plural, ident, name))

    def place(self, project: str, plural: str, ident: str, name: str) -> str:
        """Where a file of an entity goes that is there, or will be."""
        word, root = SINGULAR[plural], self.transfers.root(project)
        place = place_of_upload(lambda: self.entity_of(project, plural, ident), f"{root}/{word}/{ident}", name)
        return self.transfers.checked(project, place)


class StartHandler(UploadHandler):
    """`…/ID/files/multipart/start?filename=`."""

    def _upload(self, project: str, plural: str, ident: str, name: str) -> Any:
        return self.transfers.start(self.place(project, plural, ident, name))


class PartHandler(TransferHandler):
    """`files/multipart/part`, of entities and of the project alike: `path` is the one that `start` gave."""

    @authenticated
    @authorized
    async def put(self, project: str, **_: str) -> None:
        """`part?path=&uploadId=&partNumber=` → `{path, url, uploadId, partNumber}`."""
        upload, number = self.argument("uploadId"), self.number("partNumber", 0)
        uri = self.transfers.checked(project, self.argument("path"))
        self.answer(await self.broker.call_store(self.transfers.part, uri, upload, number))


class CompleteHandler(TransferHandler):
    """`files/multipart/complete`, likewise."""

    @authenticated
    @authorized
    async def post(self, project: str, **_: str) -> None:
        """`complete?path=&uploadId=&partList=`: the ETags in the order of the parts, joined by commas or repeated."""
        uri = self.transfers.checked(project, self.argument("path"))
        etags = [etag.strip('" ') for each in self.get_query_arguments("partList") for etag in each.split(",") if etag]
        await self.broker.call_store(self.transfers.complete, uri, self.argument("uploadId"), etags)
        self.done()
