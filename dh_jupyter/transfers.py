"""Links by which files come and go, past our process: presigned by the S3, or tickets of our own for the home's store."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import format_datetime
from mimetypes import guess_type
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from dh_kernel.errors import Forbidden, Invalid, NotFound

from .clock import as_text, seconds
from .files import checked_name, info_below
from .removal import inside_store
from .tickets import Tickets, Uploads

if TYPE_CHECKING:
    from .stores import Stores

LASTS = 3600.0  # seconds


class Transfers:
    """Thread-safe. Every URI is checked to lie in the project's place; what is outside is Forbidden."""

    def __init__(self, stores: Stores, tickets: Tickets, uploads: Uploads, url: str) -> None:
        """`url`: where tickets are taken."""
        self._stores, self._tickets, self._uploads, self._url = stores, tickets, uploads, url

    def root(self, project: str) -> str:
        """Where a project's files go; without a / at its end."""
        return f"{self._stores.root}/{project}"

    def checked(self, project: str, uri: str, filename: str | None = None) -> str:
        """The URI, or that of `filename` below it. Raises Forbidden outside of the project's place, Invalid for bad names."""
        found = uri if filename is None else f"{uri.rstrip('/')}/{checked_name(filename)}"
        if not found:
            raise Invalid("'path' is missing.", f"e.g. {self.root(project)}/…")
        if "\0" in found or ".." in found.split("/"):
            raise Invalid("invalid path")
        local = inside_store(self._stores.folder / project, found)
        if local is None and not self._stores.holds(project, found):
            raise Forbidden(f"'{found[:200]}' does not lie in this project's store.", f"That is {self.root(project)}/.")
        return found if local is None else str(local) + ("/" if found.endswith("/") else "")

    def download(self, uri: str) -> dict[str, Any]:
        """`{path, url, expiration}`; of a file that is there (NotFound)."""
        if not uri.startswith("s3://") and not Path(uri).is_file():
            raise NotFound(f"There is no file '{uri}'.")
        if uri.startswith("s3://") and not self._stores.s3.exists(uri):
            raise NotFound(f"There is no '{uri}'.")
        return self._link("GET", uri)

    def upload(self, uri: str) -> dict[str, Any]:
        """`{path, url, expiration, method}`: one PUT of the whole file."""
        return {**self._link("PUT", uri), "method": "PUT"}

    def start(self, uri: str) -> dict[str, Any]:
        """`{path, uploadId}`."""
        if uri.startswith("s3://"):
            return {"path": uri, "uploadId": self._stores.s3.start_parts(uri)}
        return {"path": uri, "uploadId": self._uploads.start()}

    def part(self, uri: str, upload: str, number: int) -> dict[str, Any]:
        """`{path, url, uploadId, partNumber, expiration}`: one PUT of a part; all but the last have 5 MiB or more."""
        if not 1 <= number <= 10_000:
            raise Invalid("'partNumber' must be from 1 to 10,000.")
        query = {"uploadId": upload, "partNumber": str(number)}
        if uri.startswith("s3://"):
            link = self._presigned("PUT", uri, query)
        else:
            link = self._link("PUT", str(self._uploads.part(upload, number)))
        return {**link, "path": uri, "uploadId": upload, "partNumber": number}

    def complete(self, uri: str, upload: str, etags: list[str]) -> None:
        """Make the file of its parts, in their order; it appears whole. Raises Invalid if one is missing."""
        if uri.startswith("s3://"):
            self._stores.s3.complete_parts(uri, upload, etags)
        else:
            self._uploads.complete(upload, Path(uri), len(etags))

    def delete(self, uri: str) -> None:
        """A file, or a folder (with / at its end) with all below it."""
        if uri.startswith("s3://"):
            self._stores.s3.delete(uri)
        elif Path(uri).is_dir():
            shutil.rmtree(uri)
        else:
            Path(uri).unlink(missing_ok=True)

    def info(self, uri: str) -> list[dict[str, Any]]:
        """Files below a folder, or the file itself; `[]` if there is none."""
        return s3_info(self._stores, uri) if uri.startswith("s3://") else info_below(Path(uri))

    def _link(self, method: str, uri: str) -> dict[str, Any]:
        if uri.startswith("s3://"):
            return self._presigned(method, uri, {})
        ticket = self._tickets.issue(method, uri, LASTS)
        url = f"{self._url}/{ticket}/{quote(Path(uri).name)}"
        return {"path": uri, "url": url, "expiration": as_text(seconds() + LASTS)}

    def _presigned(self, method: str, uri: str, query: Mapping[str, str]) -> dict[str, Any]:
        url = self._stores.s3.presigned(method, uri, LASTS, query)
        return {"path": uri, "url": url, "expiration": as_text(seconds() + LASTS)}


def s3_info(stores: Stores, uri: str) -> list[dict[str, Any]]:
    """What the S3 says of an object, or of all below a folder."""
    key = uri.partition("://")[2].partition("/")[2]
    start = len(key) if uri.endswith("/") else key.rfind("/") + 1
    found = list(stores.s3.objects(uri)) if uri.endswith("/") else [one for one in [stores.s3.stat(uri)] if one]
    return [
        {
            "path": one.object_name[start:],
            "name": one.object_name.rpartition("/")[2],
            "content_type": guess_type(one.object_name)[0] or "application/octet-stream",
            "size": one.size,
            "last_modified": format_datetime(datetime.fromtimestamp(one.last_modified.timestamp(), UTC), usegmt=True),
        }
        for one in found
    ]
