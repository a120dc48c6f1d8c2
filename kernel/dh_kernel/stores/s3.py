"""Objects of an S3 (Amazon's, MinIO, SeaweedFS, …) by `s3://bucket/key`; a key with / at its end is a folder.

An object appears whole. A folder is whole once its mark is there: an object beside it, made if absent. What was begun and
has no mark is made anew, so that files of two attempts never mix.
"""

from __future__ import annotations

import hashlib
import io
import os
import re
import shutil
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, cast
from xml.sax.saxutils import escape

from ..errors import DHError, NotFound, Unavailable
from .base import FileInfo
from .cache import cached
from .digests import PIECE, Digest, sha256_of
from .s3_access import S3Access, make_client, make_pool, split_uri
from .s3_faults import code_in, explained, fault

if TYPE_CHECKING:
    from .._contract import FileLink

PART = 8 << 20  # bytes of a part; a smaller file is one request
MOST_PARTS = 9_000  # S3 takes 10,000
MARK = ".whole"
SHA256 = "x-amz-meta-sha256"


class S3Store:
    """Thread-safe. Its client is made when it is first used."""

    scheme = "s3"

    def __init__(self, access: S3Access | None = None) -> None:
        """Without `access`, what the environment says."""
        self.access = access or S3Access.from_environment()
        self._client: Any = None
        self._pool: Any = None

    @property
    def client(self) -> Any:
        """MinIO's. Raises NotInstalled."""
        if self._client is None:
            self._client = make_client(self.access, self.pool)
        return self._client

    @property
    def pool(self) -> Any:
        """Its connections. Raises NotInstalled."""
        if self._pool is None:
            self._pool = make_pool()
        return self._pool

    def open(self, uri: str) -> BinaryIO:
        """Read an object as it comes; its digest is checked at its end (Unavailable)."""
        bucket, key = split_uri(uri)
        with explained(self.access, uri):
            response = self.client.get_object(bucket, key)
        return cast(BinaryIO, io.BufferedReader(_Checked(self.access, uri, response), PIECE))

    def write(self, uri: str, source: bytes | Path) -> None:
        """Put an object, in parts of constant memory if it is big."""
        bucket, key = split_uri(uri)
        if isinstance(source, bytes):
            self._put(uri, bucket, key, io.BytesIO(source), len(source), hashlib.sha256(source).hexdigest())
            return
        digest = sha256_of(source)
        with source.open("rb") as file:
            self._put(uri, bucket, key, file, os.fstat(file.fileno()).st_size, digest)

    def _put(self, uri: str, bucket: str, key: str, file: Any, size: int, digest: str) -> None:
        part = max(PART, -(-size // MOST_PARTS))
        with explained(self.access, uri):
            self.client.put_object(bucket, key, file, size, metadata={"sha256": digest}, part_size=part)

    def create(self, uri: str, content: bytes) -> bool:
        """Put a small object if there is none; whether it was not there. Atomic among all writers."""
        bucket, key = split_uri(uri)
        url = self.presigned("PUT", uri, 300)
        with explained(self.access, uri):
            answer = self.pool.urlopen("PUT", url, body=content, headers={"If-None-Match": "*"})
        if answer.status in (409, 412):
            return False
        if answer.status >= 300:
            raise fault(self.access, f"s3://{bucket}/{key}", *code_in(answer.data))
        return True

    def move_in(self, source: Path, uri: str) -> None:
        """Upload a file or a folder, then remove it here. What is there whole already stays."""
        if source.is_dir():
            self._folder_in(source, uri if uri.endswith("/") else uri + "/")
            shutil.rmtree(source)
            return
        if not self.exists(uri):
            self.write(uri, source)
        source.unlink()

    def _folder_in(self, source: Path, uri: str) -> None:
        if self.exists(mark_of(uri)):
            return
        files = {path.relative_to(source).as_posix(): path for path in files_below(source)}
        for left in self._found(uri):
            if left.path not in files:
                self.remove([uri + left.path])
        for name, path in files.items():
            self.write(uri + name, path)
        self.create(mark_of(uri), b"")

    def exists(self, uri: str) -> bool:
        """Whether there is an object."""
        return self.stat(uri) is not None

    def stat(self, uri: str) -> Any:
        """What S3 says of an object (size, etag, metadata, last_modified); None if there is none."""
        bucket, key = split_uri(uri)
        try:
            with explained(self.access, uri):
                return self.client.stat_object(bucket, key)
        except NotFound as error:
            if "has no bucket" in error.message:
                raise
            return None

    def list(self, uri: str) -> Sequence[FileInfo]:
        """Objects below a folder, or an object itself. Raises NotFound."""
        if uri.endswith("/"):
            found = self._found(uri)
            if not found and not self.exists(mark_of(uri)):
                raise NotFound(f"There is no '{uri}'.", "It was deleted, or was never written whole.")
            return sorted(found, key=lambda info: info.path)
        return [FileInfo(uri.rpartition("/")[2], self._stated(uri).size)]

    def _found(self, uri: str) -> Sequence[FileInfo]:
        return [FileInfo(one.object_name[len(split_uri(uri)[1]) :], one.size) for one in self.objects(uri)]

    def objects(self, uri: str) -> Iterator[Any]:
        """What S3 says of each object below a folder, in the order of keys; no empty ones that stand for folders."""
        bucket, prefix = split_uri(uri)
        with explained(self.access, uri):
            for one in self.client.list_objects(bucket, prefix=prefix, recursive=True):
                if not one.object_name.endswith("/"):
                    yield one

    def _stated(self, uri: str) -> Any:
        found = self.stat(uri)
        if found is None:
            raise NotFound(f"There is no '{uri}'.", "It was deleted, or was never written whole.")
        return found

    def local_path(self, uri: str) -> Path:
        """Downloaded and checked, or as it was downloaded before."""
        if uri.endswith("/"):
            found = list(self.objects(uri))
            if not found and not self.exists(mark_of(uri)):
                raise NotFound(f"There is no '{uri}'.", "It was deleted, or was never written whole.")
            version = "".join(f"{one.object_name}\0{one.etag}\0" for one in found)
            names = [one.object_name[len(split_uri(uri)[1]) :] for one in found]
            return cached(f"{uri}\0{version}", _name(uri), lambda place: self._fetch_all(uri, names, place))
        etag = self._stated(uri).etag
        return cached(f"{uri}\0{etag}", _name(uri), lambda place: self._fetch(uri, place))

    def _fetch_all(self, uri: str, names: Sequence[str], place: Path) -> None:
        place.mkdir()
        for name in names:
            target = inside(place, name)
            target.parent.mkdir(parents=True, exist_ok=True)
            self._fetch(uri + name, target)

    def _fetch(self, uri: str, place: Path) -> None:
        with self.open(uri) as source, place.open("wb") as target:
            shutil.copyfileobj(source, target, PIECE)

    def delete(self, uri: str) -> None:
        """Remove an object, or a folder with all below it; its mark first, so that it is never whole with less in it."""
        if not uri.endswith("/"):
            self.remove([uri])
            return
        self.remove([mark_of(uri)])
        self.remove([f"{uri}{info.path}" for info in self._found(uri)])

    def remove(self, uris: Sequence[str]) -> None:
        """Objects, in this order; one that is not there is no error."""
        for uri in uris:
            bucket, key = split_uri(uri)
            with explained(self.access, uri):
                self.client.remove_object(bucket, key)

    def start_parts(self, uri: str) -> str:
        """Begin an upload in parts; its id."""
        answer = self._asked("POST", uri, {"uploads": ""})
        found = re.search(rb"<UploadId>([^<]+)</UploadId>", answer)
        if found is None:
            raise Unavailable(f"S3 at {self.access.url} began no upload to {uri}.", "Ask whoever runs it.")
        return found[1].decode()

    def complete_parts(self, uri: str, upload: str, etags: Sequence[str]) -> None:
        """Make the object of its parts, by the ETags that their uploads answered. Raises Invalid, NotFound."""
        parts = "".join(
            f"<Part><PartNumber>{number}</PartNumber><ETag>{escape(etag)}</ETag></Part>"
            for number, etag in enumerate(etags, 1)
        )
        body = f"<CompleteMultipartUpload>{parts}</CompleteMultipartUpload>".encode()
        answer = self._asked("POST", uri, {"uploadId": upload}, body)
        if b"<Error>" in answer:  # S3 may find out after it has answered 200
            raise fault(self.access, uri, *code_in(answer))

    def _asked(self, method: str, uri: str, query: Mapping[str, str], body: bytes = b"") -> bytes:
        url = self.presigned(method, uri, 300, query)
        with explained(self.access, uri):
            answer = self.pool.urlopen(method, url, body=body)
        if answer.status >= 300:
            raise fault(self.access, uri, *code_in(answer.data))
        return bytes(answer.data)

    def check(self, uri: str) -> None:
        """Raise what is wrong with the bucket or with us, if anything is."""
        bucket, _ = split_uri(uri)
        with explained(self.access, uri):
            there = self.client.bucket_exists(bucket)
        if not there:
            raise fault(self.access, uri, "NoSuchBucket", "")

    def links(self, uri: str, seconds: float) -> Sequence[FileLink]:
        """Links to read an object, or all below a folder. Raises NotFound."""
        found = [(one.object_name, one) for one in self.objects(uri)] if uri.endswith("/") else [
            (split_uri(uri)[1], self._stated(uri))
        ]  # fmt: skip
        if not found and not self.exists(mark_of(uri)):
            raise NotFound(f"There is no '{uri}'.", "It was deleted, or was never written whole.")
        bucket, key = split_uri(uri)
        start = len(key) if uri.endswith("/") else key.rfind("/") + 1
        return [
            {
                "path": name[start:],
                "url": self.presigned("GET", f"s3://{bucket}/{name}", seconds),
                "size": one.size,
                "version": one.etag or "",
            }
            for name, one in found
        ]

    def presigned(self, method: str, uri: str, seconds: float, query: Mapping[str, str] | None = None) -> str:
        """A URL with which anybody can do this one thing for so long."""
        from datetime import timedelta

        bucket, key = split_uri(uri)
        with explained(self.access, uri):
            return str(
                self.client.get_presigned_url(
                    method, bucket, key, expires=timedelta(seconds=seconds), extra_query_params=dict(query or {})
                )
            )

    def form(self, uri: str, seconds: float, most: int) -> dict[str, str]:
        """Fields of a form by which anybody can put objects below a folder for so long, each of at most `most` bytes."""
        from datetime import datetime, timedelta, timezone

        from minio.datatypes import PostPolicy

        bucket, prefix = split_uri(uri)
        policy = PostPolicy(bucket, datetime.now(timezone.utc) + timedelta(seconds=seconds))
        policy.add_starts_with_condition("key", prefix)
        policy.add_starts_with_condition(SHA256, "")
        policy.add_content_length_range_condition(0, most)
        with explained(self.access, uri):
            return dict(self.client.presigned_post_policy(policy))


class _Checked(io.RawIOBase):
    """An answer's body; raises Unavailable at its end if it is not what was written, or ends too soon."""

    def __init__(self, access: S3Access, uri: str, response: Any) -> None:
        self._access, self._uri, self._response = access, uri, response
        self._digest = Digest()
        self._expected = response.headers.get(SHA256, "")
        self._left = int(response.headers.get("Content-Length", 0))

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        with explained(self._access, self._uri):
            piece = self._response.read(len(buffer))
        buffer[: len(piece)] = piece
        self._digest.add(piece)
        self._left -= len(piece)
        if not piece:
            self._check()
        return len(piece)

    def _check(self) -> None:
        if self._left > 0:
            raise Unavailable(f"{self._uri}: {self._left:,} bytes are missing at its end.", "Try again.")
        if self._expected and self._digest.text() != self._expected:
            raise damaged(self._uri)

    def close(self) -> None:
        if not self.closed:
            self._response.close()
            self._response.release_conn()
            self._digest.close()
        super().close()


def damaged(uri: str) -> DHError:
    """What came is not what was written."""
    return Unavailable(
        f"{uri} is not what was written: its SHA-256 differs.",
        "Try again; if it stays so, it was changed in the store.",
    )


def mark_of(uri: str) -> str:
    """The object that says that a folder is whole; beside it, so that it is no file of it."""
    return uri.rstrip("/") + MARK


def _name(uri: str) -> str:
    return uri.rstrip("/").rpartition("/")[2]


def inside(folder: Path, name: str) -> Path:
    """The path of a relative name. Raises NotFound for one that would lead out."""
    parts = name.split("/")
    if name.startswith("/") or ".." in parts or "\0" in name:
        raise NotFound(f"'{name}' can't be a file here.")
    return folder.joinpath(*parts)


def files_below(folder: Path) -> Iterator[Path]:
    """All files, sorted; what a link in it points at is a file of its own. Empty folders do not exist in S3."""
    for top, folders, names in os.walk(folder):
        folders.sort()
        yield from (path for name in sorted(names) if (path := Path(top, name)).is_file())
