"""Files by HTML form to an S3, which takes what a signed policy allows: no credentials, standard library alone.

Such a policy is for all keys below a prefix, for some time. A file goes as it is read; S3 takes 5 GiB by a form, and of a
bigger one parts.py makes several.
"""

from __future__ import annotations

import contextlib
import uuid
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import Invalid
from .digests import PIECE
from .links import SHA256, again, connect, refusal

if TYPE_CHECKING:
    from .._contract import PodDelivery

MOST = 5 << 30  # bytes
SHOWN = 3  # names in a message


def post(
    delivery: PodDelivery, name: str, source: Path, digest: str, patience: float = 0.0, part: slice | None = None
) -> None:
    """Put a file, or those bytes of it, at prefix + name; `digest` is their SHA-256. Raises Invalid (too big), Forbidden,
    Unavailable (away, expired)."""
    start, end, _ = (part or slice(None)).indices(source.stat().st_size)
    size = end - start
    check_fits(delivery.get("limit", MOST), {name: size})
    fields = {**delivery["fields"], "key": delivery["prefix"] + name, SHA256: digest}
    url, uri = delivery["url"], delivery.get("base", delivery["prefix"]) + name
    again(url, lambda: _post(url, uri, fields, source, range(start, end)), patience)


def check_fits(most: int, sizes: Mapping[str, int]) -> None:
    """Raise Invalid, naming them, if files of these sizes are more than so many bytes: by name, before one is sent."""
    if big := sorted(name for name, size in sizes.items() if size > most):
        shown = ", ".join(f"{name} ({sizes[name]:,} bytes)" for name in big[:SHOWN])
        more = f" and {len(big) - SHOWN} more" if len(big) > SHOWN else ""
        raise Invalid(
            f"Too big for the store: {shown}{more}. It takes {most:,} at most in one file.",
            "Save it in parts, or let pods share a volume with the broker (kubernetes_volume).",
        )


def _post(url: str, uri: str, fields: Mapping[str, str], source: Path, part: range) -> None:
    boundary = uuid.uuid4().hex
    head, tail = form(fields, source.name, boundary)
    connection, path = connect(url)
    try:
        headers = {
            "Content-Type": f"multipart/form-data; boundary={boundary}",
            "Content-Length": str(len(head) + len(part) + len(tail)),
        }
        with contextlib.suppress(BrokenPipeError):  # it has answered before it had all, as for what the policy forbids
            connection.request("POST", path, _body(head, source, part, tail), headers)
        response = connection.getresponse()
        if response.status not in (200, 201, 204):
            raise refusal(url, uri, response)
        response.read()
    finally:
        connection.close()


def form(fields: Mapping[str, str], name: str, boundary: str) -> tuple[bytes, bytes]:
    """What stands before a file and after it."""
    parts = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{field}"\r\n\r\n{value}\r\n'
        for field, value in fields.items()
    ]
    shown = "".join(letter if letter.isalnum() or letter in "._-" else "_" for letter in name)
    parts.append(
        f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{shown}"\r\n'
        "Content-Type: application/octet-stream\r\n\r\n"
    )
    return "".join(parts).encode(), f"\r\n--{boundary}--\r\n".encode()


def _body(head: bytes, source: Path, part: range, tail: bytes) -> Iterator[bytes]:
    """Just so many bytes of the file, also if it grows meanwhile."""
    yield head
    left = len(part)
    with source.open("rb") as file:
        file.seek(part.start)
        while left and (piece := file.read(min(PIECE, left))):
            left -= len(piece)
            yield piece
    yield tail
