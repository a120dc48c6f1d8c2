"""Uploads in parts that were begun in an S3 and never completed: nothing lists them as objects, and their parts are paid for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..errors import NotFound
from .s3_access import split_uri
from .s3_faults import explained

if TYPE_CHECKING:
    from .s3 import S3Store

_MARK = "?uploadId="
_UNKNOWN = ("NotImplemented", "MethodNotAllowed")  # of servers that list no uploads


@dataclass(frozen=True)
class Begun:
    """`uri` is that of the object it was to be; `began` in seconds since 1970."""

    uri: str
    upload: str
    began: float

    @property
    def name(self) -> str:
        """By which `drop` knows it."""
        return f"{self.uri}{_MARK}{self.upload}"


def begun(store: S3Store, uri: str) -> Iterator[Begun]:
    """Below a folder, in the order of keys; none where the server lists none."""
    bucket, prefix = split_uri(uri)
    key = upload = None
    more = True
    while more:
        page = _page(store, uri, bucket, prefix, key, upload)
        if page is None:
            return
        for one in page.uploads:
            if one.object_name.startswith(prefix):
                yield Begun(f"s3://{bucket}/{one.object_name}", one.upload_id, one.initiated_time.timestamp())
        more, key, upload = page.is_truncated, page.next_key_marker, page.next_upload_id_marker


def _page(store: S3Store, uri: str, bucket: str, prefix: str, key: str | None, upload: str | None) -> Any:
    """MinIO's client has no public name for it."""
    from minio.error import S3Error

    with explained(store.access, uri):
        try:
            return store.client._list_multipart_uploads(bucket, prefix=prefix, key_marker=key, upload_id_marker=upload)
        except S3Error as error:
            if error.code in _UNKNOWN:
                return None
            raise


def size_of(store: S3Store, one: Begun) -> int:
    """Bytes of the parts that came, of the first 1,000."""
    bucket, key = split_uri(one.uri)
    try:
        with explained(store.access, one.uri):
            return sum(part.size or 0 for part in store.client._list_parts(bucket, key, one.upload).parts)
    except NotFound:  # completed, or given up, meanwhile
        return 0


def drop(store: S3Store, name: str) -> None:
    """Give one up, with its parts; what is not there is dropped."""
    uri, _, upload = name.rpartition(_MARK)
    bucket, key = split_uri(uri)
    try:
        with explained(store.access, uri):
            store.client._abort_multipart_upload(bucket, key, upload)
    except NotFound:
        return
