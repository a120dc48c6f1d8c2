"""Bytes by links that somebody with the rights has made: downloads and uploads with the standard library alone.

A link is for one file and some hours; whoever has it needs no credentials. Nothing is held in memory.
"""

from __future__ import annotations

import http.client
import random
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

from ..errors import DHError, NotFound, Unavailable
from .cache import cached
from .digests import PIECE, Digest
from .s3_access import S3Access
from .s3_faults import code_in, fault

if TYPE_CHECKING:
    from .._contract import FileLink

T = TypeVar("T")
TRIES = 4
PAUSE = 0.3  # seconds before the second try; each next one waits twice as long, give or take
LONGEST_PAUSE = 10.0
TIMEOUT = 60.0  # seconds without a byte
SHA256 = "x-amz-meta-sha256"
_PASSING = (500, 502, 503, 504, 429)


def fetched(uri: str, links: Sequence[FileLink]) -> Path:
    """The local file or folder of a URI, downloaded and checked, or as it was downloaded before."""
    version = "".join(f"{one['path']}\0{one.get('version', '')}\0" for one in links)
    name = uri.rstrip("/").rpartition("/")[2]

    def fill(place: Path) -> None:
        if not uri.endswith("/"):
            if not links:
                raise NotFound(f"There is no '{uri}'.")
            download(links[0], place, uri)
            return
        place.mkdir()
        for link in links:
            target = _inside(place, link["path"])
            target.parent.mkdir(parents=True, exist_ok=True)
            download(link, target, uri + link["path"])

    return cached(f"{uri}\0{version}", name, fill)


def _inside(folder: Path, name: str) -> Path:
    if name.startswith("/") or ".." in name.split("/") or "\0" in name:
        raise NotFound(f"'{name}' can't be a file here.")
    return folder.joinpath(*name.split("/"))


def download(link: FileLink, target: Path, uri: str) -> None:
    """Into a file that is not there. Raises NotFound, Unavailable (expired, away, damaged); then there is none."""
    try:
        again(link["url"], lambda: _get(link, target, uri))
    except BaseException:
        target.unlink(missing_ok=True)
        raise


def _get(link: FileLink, target: Path, uri: str) -> None:
    url = link["url"]
    connection, path = connect(url)
    try:
        connection.request("GET", path)
        response = connection.getresponse()
        if response.status != 200:
            raise refusal(url, uri, response)
        size = 0
        with Digest() as digest, target.open("wb") as file:
            for piece in iter(lambda: response.read(PIECE), b""):
                digest.add(piece)
                file.write(piece)
                size += len(piece)
        expected = response.getheader("Content-Length")
        if expected is not None and int(expected) != size:
            raise http.client.IncompleteRead(b"", int(expected) - size)
        said = link.get("sha256") or response.getheader(SHA256)
        if said and said != digest.text():
            raise Unavailable(f"{uri} is not what was written: its SHA-256 differs.", "Try again.")
    finally:
        connection.close()


def upload(link: Mapping[str, Any], source: Path, uri: str, start: int = 0, size: int = -1) -> str:
    """Put a file, or `size` bytes from `start` of it, where a link allows it. Returns the ETag. Raises Unavailable."""
    length = source.stat().st_size - start if size < 0 else size
    url = str(link["url"])
    return again(url, lambda: _put(url, link, source, uri, start, length))


def _put(url: str, link: Mapping[str, Any], source: Path, uri: str, start: int, length: int) -> str:
    connection, path = connect(url)
    try:
        with source.open("rb") as file:
            file.seek(start)
            headers = {"Content-Length": str(length), **(link.get("headers") or {})}
            connection.request(str(link.get("method", "PUT")), path, _Part(file, length), headers)
            response = connection.getresponse()
        if response.status not in (200, 201, 204):
            raise refusal(url, uri, response)
        response.read()
        return response.getheader("ETag", "").strip('"')
    finally:
        connection.close()


class _Part:
    """A file that ends after so many bytes."""

    def __init__(self, file: Any, left: int) -> None:
        self._file, self._left = file, left

    def read(self, size: int = PIECE) -> bytes:
        piece: bytes = self._file.read(min(self._left, max(size, PIECE)))
        self._left -= len(piece)
        return piece


class Passing(Exception):
    """The other side may do it the next time."""

    def __init__(self, error: DHError) -> None:
        super().__init__(str(error))
        self.error = error


def again(url: str, once: Callable[[], T], patience: float = 0.0) -> T:
    """Server faults and broken connections are tried again, each time after a longer pause: some times, and for so long."""
    number, end = 0, time.monotonic() + patience
    while True:
        try:
            return once()
        except Passing as passing:
            error: DHError = passing.error
        except (ConnectionError, http.client.HTTPException, OSError) as broken:
            if isinstance(broken, OSError) and broken.filename is not None:
                raise  # a file of ours, not the network
            place = urlsplit(url).netloc
            error = Unavailable(
                f"The store at {place} does not answer ({broken or type(broken).__name__}).", "Is it up? %dh doctor"
            )
        number += 1
        if number >= TRIES and time.monotonic() >= end:
            raise error
        time.sleep(min(PAUSE * 2 ** (number - 1), LONGEST_PAUSE) * random.uniform(0.5, 1.5))


def refusal(url: str, uri: str, response: http.client.HTTPResponse) -> Exception:
    """What an answer means."""
    code, message = code_in(response.read(10_000))
    access = S3Access(endpoint=f"{urlsplit(url).scheme}://{urlsplit(url).netloc}")
    if not code:
        code = {403: "AccessDenied", 404: "NoSuchKey"}.get(response.status, f"status {response.status}")
    found = fault(access, uri, code, message)
    return Passing(found) if response.status in _PASSING else found


def connect(url: str) -> tuple[http.client.HTTPConnection, str]:
    """To the server of a URL; and what to ask it for."""
    parts = urlsplit(url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    if not parts.hostname:
        raise Unavailable(f"'{url[:80]}' is no link.", "Ask for a new one.")
    return kind(parts.hostname, parts.port, timeout=TIMEOUT), parts.path + (f"?{parts.query}" if parts.query else "")
