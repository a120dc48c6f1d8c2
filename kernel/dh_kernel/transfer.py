"""Files between this kernel and the store: by links of the broker where the store is an S3, whose credentials it has."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .errors import Forbidden
from .refs import parse
from .stores import store_for

if TYPE_CHECKING:
    from .session import Session

PART = 64 << 20  # bytes; a bigger file goes in parts


def with_links(session: Session, entity: Mapping[str, Any]) -> Mapping[str, Any]:
    """The entity as `load_entity` takes it. What lies in an S3 that is not the broker's is read as the environment allows."""
    from .session import PLURAL

    if not str(entity["spec"].get("path", "")).startswith("s3://"):
        return entity
    plural = PLURAL[parse(entity["key"]).entity]
    try:
        return {**entity, "links": session.within(entity["project"]).get(plural, entity["id"], "files", "links")}
    except Forbidden:
        return entity


def put(session: Session, source: Path, target: str) -> None:
    """Put a local file at a place of the project's store. It appears there whole, or not at all."""
    if not target.startswith("s3://"):
        store_for(target).move_in(source, target)
        return
    from .stores.links import upload

    if source.stat().st_size <= PART:
        upload(session.client.post(*_ask(session, "upload", target)), source, target)
        return
    started = session.client.post(*_ask(session, "multipart/start", target))
    etags = [upload(link, source, target, start, size) for link, start, size in _parts(session, source, started)]
    query = {"path": started["path"], "uploadId": started["uploadId"], "partList": ",".join(etags)}
    session.client.post(session.path("files", "multipart", "complete"), {}, query)


def _parts(session: Session, source: Path, started: Mapping[str, Any]) -> Any:
    size = source.stat().st_size
    for number, start in enumerate(range(0, size, PART), 1):
        query = {**started, "partNumber": number}
        link = session.client.request("PUT", session.path("files", "multipart", "part"), {}, query).body
        yield link, start, min(PART, size - start)


def _ask(session: Session, verb: str, target: str) -> tuple[str, dict[str, str], dict[str, str]]:
    folder, _, name = target.rpartition("/")
    return session.path("files", *verb.split("/")), {}, {"path": folder, "filename": name}
