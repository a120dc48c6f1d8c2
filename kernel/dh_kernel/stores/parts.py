"""Files that are too big for one form: a pod puts their parts beside, and the broker has the S3 make one object of them.

    parts/NAME/00001 …     the parts, each with its own digest
    parts/NAME/parts.json  last: how many there are, and the whole file's size and digest (PodParts)

No byte goes through the broker: S3 copies parts into an object by itself.
"""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .digests import PIECE
from .forms import MOST, post
from .links import SHA256
from .s3_access import split_uri
from .s3_faults import explained

if TYPE_CHECKING:
    from .._contract import PodDelivery, PodParts
    from .s3 import S3Store

PART = 512 << 20  # bytes: so much is copied within a minute
LARGEST = 5 << 40  # bytes of an object
FOLDER = "parts/"
SAID = "/parts.json"


def put(delivery: PodDelivery, name: str, source: Path, patience: float) -> None:
    """A file of any size. Raises as forms.post does."""
    size, most = source.stat().st_size, delivery.get("limit", MOST)
    whole, parts = digests(source, delivery.get("part", PART) if size > most else max(size, 1))
    if size <= most:
        post(delivery, name, source, whole, patience)
        return
    for number, (bytes_of_it, digest) in enumerate(parts, 1):
        post(delivery, f"{FOLDER}{name}/{number:05}", source, digest, patience, bytes_of_it)
    said: PodParts = {"sha256": whole, "size": size, "parts": len(parts)}
    with tempfile.NamedTemporaryFile("w", suffix=".json", encoding="utf-8") as file:
        file.write(json.dumps(said))
        file.flush()
        post(delivery, f"{FOLDER}{name}{SAID}", Path(file.name), digests(Path(file.name), PIECE)[0], patience)


def digests(source: Path, part: int) -> tuple[str, list[tuple[slice, str]]]:
    """SHA-256 of a file, and of its parts of so many bytes: it is read once."""
    whole, found, start = hashlib.sha256(), [], 0
    with source.open("rb") as file:
        while (digest := _digest(file, part, whole)) is not None:
            found.append((slice(start, start + part), digest))
            start += part
    return whole.hexdigest(), found


def _digest(file: Any, part: int, whole: Any) -> str | None:
    """Of the next part; None at the end."""
    own, left = hashlib.sha256(), part
    while left and (piece := file.read(min(PIECE, left))):
        own.update(piece)
        whole.update(piece)
        left -= len(piece)
    return own.hexdigest() if left < part else None


def in_parts(names: Iterable[str]) -> Iterator[str]:
    """Of what lies below a place: the files that were put there in parts, and all of them."""
    return (name[len(FOLDER) : -len(SAID)] for name in names if name.startswith(FOLDER) and name.endswith(SAID))


def join(store: S3Store, base: str, name: str) -> None:
    """Have the parts of a file made one, and remove them. Doing it twice is doing it once. Raises as `S3Store` does."""
    place = f"{base}{FOLDER}{name}"
    with store.open(place + SAID) as file:
        said: PodParts = json.load(file)
    parts = [f"{place}/{number:05}" for number in range(1, said["parts"] + 1)]
    there = store.stat(base + name)
    if there is None or there.metadata.get(SHA256) != said["sha256"]:
        _compose(store, base + name, parts, said["sha256"])
    store.remove([*parts, place + SAID])


def _compose(store: S3Store, uri: str, parts: Iterable[str], digest: str) -> None:
    from minio.commonconfig import ComposeSource

    bucket, key = split_uri(uri)
    sources = [ComposeSource(*split_uri(part)) for part in parts]
    with explained(store.access, uri):
        store.client.compose_object(bucket, key, sources, metadata={"sha256": digest})
