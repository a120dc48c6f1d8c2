"""Files between this kernel and the store: by links of the broker where the store is an S3, whose credentials it has, and
for a kernel that runs elsewhere, which does not see the server's disk."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit, urlunsplit

from .errors import Forbidden
from .lent import RUN_VARIABLE
from .refs import parse
from .stores import store_for

if TYPE_CHECKING:
    from .session import Session

PART = 64 << 20  # bytes; a bigger file goes in parts


def with_links(session: Session, entity: Mapping[str, Any]) -> Mapping[str, Any]:
    """The entity as `load_entity` takes it. What lies in an S3 that is not the broker's is read as the environment allows."""
    from .session import PLURAL

    if not _needs_links(str(entity["spec"].get("path", ""))):
        return entity
    files = (PLURAL[parse(entity["key"]).entity], entity["id"], "files")
    there = session.within(entity["project"])
    try:
        if str(entity["spec"]["path"]).startswith("s3://"):
            return {**entity, "links": there.get(*files, "links")}
        return {**entity, "links": [_link_to(there, files, one) for one in there.get(*files, "info")]}
    except Forbidden:
        return entity


def _link_to(session: Session, files: tuple[str, ...], one: Mapping[str, Any]) -> dict[str, Any]:
    """To one file of what lies in the server's home; as FileLink."""
    link = _here(session, session.get(*files, "download", sub=one["path"]))
    return {"path": one["path"], "url": link["url"], "version": str(one.get("last_modified", ""))}


def put(session: Session, source: Path, target: str) -> None:
    """Put a local file at a place of the project's store. It appears there whole, or not at all."""
    if not _needs_links(target):
        store_for(target).move_in(source, target)
        return
    from .stores.links import upload

    if source.stat().st_size <= PART:
        upload(_here(session, session.client.post(*_ask(session, "upload", target))), source, target)
        return
    started = session.client.post(*_ask(session, "multipart/start", target))
    etags = [upload(link, source, target, start, size) for link, start, size in _parts(session, source, started)]
    query = {"path": started["path"], "uploadId": started["uploadId"], "partList": ",".join(etags)}
    session.client.post(session.path("files", "multipart", "complete"), {}, query)


def _needs_links(uri: str) -> bool:
    return uri.startswith("s3://") or (RUN_VARIABLE in os.environ and bool(uri))


def _here(session: Session, link: Any) -> Any:
    """A link of the broker's own, by the address at which this kernel sees the broker."""
    ours, theirs = urlsplit(session.client.address.url), urlsplit(str(link["url"]))
    if not theirs.path.startswith(f"{ours.path}/files/"):
        return link
    return {**link, "url": urlunsplit((ours.scheme, ours.netloc, *theirs[2:]))}


def _parts(session: Session, source: Path, started: Mapping[str, Any]) -> Any:
    size = source.stat().st_size
    for number, start in enumerate(range(0, size, PART), 1):
        query = {**started, "partNumber": number}
        link = session.client.request("PUT", session.path("files", "multipart", "part"), {}, query).body
        yield _here(session, link), start, min(PART, size - start)


def _ask(session: Session, verb: str, target: str) -> tuple[str, dict[str, str], dict[str, str]]:
    folder, _, name = target.rpartition("/")
    return session.path("files", *verb.split("/")), {}, {"path": folder, "filename": name}
