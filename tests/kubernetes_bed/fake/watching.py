"""Lists (whole or in pages) and watches."""

import asyncio
import base64
import contextlib
import json
import time
from collections.abc import AsyncIterator

from .errors import bad_request, expired
from .objects import Object
from .resources import Resource
from .selectors import Matcher
from .store import Change, Store

BOOKMARK_SECONDS = 60.0  # as the API server: each minute, and shortly before the watch ends
BOOKMARK_BEFORE_END = 2.0
DEFAULT_WATCH_SECONDS = 1800.0
TOO_OLD_PAGE = (
    "The provided continue parameter is too old to display a consistent list result. "
    "You can start a new list without the continue parameter."
)


def list_page(store: Store, resource: Resource, matches: Matcher, limit: int, token: str, selective: bool) -> Object:
    """One page. Later pages show the revision of the first, whatever was written since."""
    revision, after = _read_token(token) if token else (store.revision, [])
    if revision < store.floor:
        raise expired(TOO_OLD_PAGE)
    found = sorted(
        ((list(key[1:]), obj) for key, obj in store.snapshot(revision) if matches(key, obj)),
        key=lambda item: item[0],
    )
    found = [item for item in found if item[0] > after]
    page = found[:limit] if limit else found
    metadata: Object = {"resourceVersion": str(revision)}
    if len(page) < len(found):
        metadata["continue"] = _write_token(revision, page[-1][0])
        if not selective:
            metadata["remainingItemCount"] = len(found) - len(page)
    items = [_without_kind(obj) for _, obj in page]
    return list_object(resource, metadata, items)


def list_object(resource: Resource, metadata: Object, items: list[Object]) -> Object:
    kind = f"{resource.kind}List"
    return {
        "kind": kind,
        "apiVersion": resource.group_version,
        "metadata": metadata,
        "items": items,
    }


class Watch:
    """The events of one watch request: `async for event in watch.events()`."""

    def __init__(self, store: Store, resource: Resource, matches: Matcher, bookmarks: bool, seconds: float) -> None:
        self._store = store
        self._resource = resource
        self._matches = matches
        self._bookmarks = bookmarks
        self._end = time.monotonic() + seconds
        self._next_bookmark = self._bookmark_time()

    async def events(self, version: str) -> AsyncIterator[Object]:
        """From a resourceVersion on; '' and '0' begin with the objects that exist."""
        if version in ("", "0"):
            position = self._store.revision
            for key, obj in list(self._store.snapshot(position)):
                if self._matches(key, obj):
                    yield {"type": "ADDED", "object": obj}
        else:
            position = int(version)
        while time.monotonic() < self._end:
            if position < self._store.floor:
                message = f"too old resource version: {position} ({self._store.floor})"
                yield {"type": "ERROR", "object": expired(message).body}
                return
            for change in self._store.since(position):
                position = change.revision
                if event := self._seen_by_watcher(change):
                    yield event
            if self._bookmarks and time.monotonic() >= self._next_bookmark:
                self._next_bookmark = self._bookmark_time()
                yield self._bookmark(max(position, self._store.revision))
            await self._wait(position)

    async def _wait(self, position: int) -> None:
        if position < self._store.revision:
            return
        until = min(self._end, self._next_bookmark) - time.monotonic()
        with contextlib.suppress(TimeoutError, asyncio.TimeoutError):
            await asyncio.wait_for(self._store.changed(), max(until, 0.01))

    def _seen_by_watcher(self, change: Change) -> Object | None:
        """An object that begins or ceases to match the selector is ADDED or DELETED for the watcher."""
        if change.key.resource != self._resource:
            return None
        matched = change.previous is not None and self._matches(change.key, change.previous)
        matches = self._matches(change.key, change.object)
        if change.type == "DELETED":
            kind = "DELETED" if matched or matches else None
        elif matches:
            kind = "MODIFIED" if matched else "ADDED"
        else:
            kind = "DELETED" if matched else None
        return {"type": kind, "object": change.object} if kind else None

    def _bookmark_time(self) -> float:
        now = time.monotonic()
        before_end = self._end - BOOKMARK_BEFORE_END
        return min(now + BOOKMARK_SECONDS, before_end if before_end > now else self._end + 1)

    def _bookmark(self, revision: int) -> Object:
        obj = {
            "kind": self._resource.kind,
            "apiVersion": self._resource.group_version,
            "metadata": {"resourceVersion": str(revision), "creationTimestamp": None},
        }
        return {"type": "BOOKMARK", "object": obj}


def _without_kind(obj: Object) -> Object:
    return {name: value for name, value in obj.items() if name not in ("kind", "apiVersion")}


def _write_token(revision: int, after: list[str]) -> str:
    return base64.urlsafe_b64encode(json.dumps([revision, after]).encode()).decode().rstrip("=")


def _read_token(token: str) -> tuple[int, list[str]]:
    try:
        revision, after = json.loads(base64.urlsafe_b64decode(token + "=="))
    except ValueError:
        raise bad_request("continue key is not valid") from None
    return revision, after
