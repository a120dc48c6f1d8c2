"""Storage: objects, one revision counter, and the history that watches and snapshots read.

The counter counts every write of every kind, as etcd's does. History is bounded: whoever asks for a
revision older than `floor` gets 410 Expired and must list again.
"""

import asyncio
from bisect import bisect_right
from collections.abc import Callable, Iterator
from typing import NamedTuple

from .errors import not_found
from .objects import Object, owners
from .resources import Key, Resource

HISTORY_LIMIT = 20_000
HISTORY_DROP = 5_000


class Change(NamedTuple):
    """One write. `type` is ADDED, MODIFIED or DELETED; `previous` is None for ADDED."""

    revision: int
    type: str
    key: Key
    object: Object
    previous: Object | None


class Store:
    """Objects in it are never changed in place: writers put in new ones."""

    def __init__(self) -> None:
        self.revision = 1
        self.floor = 0
        self._objects: dict[Key, Object] = {}
        self._history: list[Change] = []
        self._observers: list[Callable[[Change], None]] = []
        self._next_change = asyncio.Event()

    def get(self, key: Key) -> Object | None:
        return self._objects.get(key)

    def require(self, key: Key) -> Object:
        obj = self._objects.get(key)
        if obj is None:
            raise not_found(key)
        return obj

    def items(self, resource: Resource, namespace: str = "") -> list[tuple[Key, Object]]:
        """The objects of a kind, in one namespace or ('') in all."""
        return [
            (key, obj)
            for key, obj in self._objects.items()
            if key.resource == resource and namespace in ("", key.namespace)
        ]

    def objects(self, resource: Resource, namespace: str = "") -> list[Object]:
        return [obj for _, obj in self.items(resource, namespace)]

    def keys_in_namespace(self, namespace: str) -> list[Key]:
        return [key for key in self._objects if key.namespace == namespace]

    def owned_by(self, uid: str) -> list[tuple[Key, Object]]:
        return [(key, obj) for key, obj in self._objects.items() if any(owner["uid"] == uid for owner in owners(obj))]

    def has_uid(self, uid: str) -> bool:
        return any(obj["metadata"]["uid"] == uid for obj in self._objects.values())

    def add(self, key: Key, obj: Object) -> Object:
        return self._write("ADDED", key, obj)

    def replace(self, key: Key, obj: Object) -> Object:
        return self._write("MODIFIED", key, obj)

    def remove(self, key: Key, obj: Object) -> Object:
        return self._write("DELETED", key, obj)

    def observe(self, observer: Callable[[Change], None]) -> None:
        """Calls the observer, synchronously, with every change from now on."""
        self._observers.append(observer)

    def since(self, revision: int) -> list[Change]:
        start = bisect_right(self._history, revision, key=lambda change: change.revision)
        return self._history[start:]

    def snapshot(self, revision: int) -> Iterator[tuple[Key, Object]]:
        """The objects as they were at a revision: what happened since is undone."""
        objects: dict[Key, Object | None] = dict(self._objects)
        for change in reversed(self.since(revision)):
            objects[change.key] = change.previous
        return ((key, obj) for key, obj in objects.items() if obj is not None)

    def forget_history(self) -> None:
        """As a restarted API server: watches from any earlier revision expire."""
        self._history.clear()
        self.floor = self.revision

    async def changed(self) -> None:
        """Returns after the next write."""
        await self._next_change.wait()

    def _write(self, kind: str, key: Key, obj: Object) -> Object:
        self.revision += 1
        obj["metadata"]["resourceVersion"] = str(self.revision)
        change = Change(self.revision, kind, key, obj, self._objects.get(key))
        if kind == "DELETED":
            self._objects.pop(key, None)
        else:
            self._objects[key] = obj
        self._remember(change)
        for observer in self._observers:
            observer(change)
        return obj

    def _remember(self, change: Change) -> None:
        self._history.append(change)
        if len(self._history) > HISTORY_LIMIT:
            self.floor = self._history[HISTORY_DROP - 1].revision
            del self._history[:HISTORY_DROP]
        self._next_change.set()
        self._next_change = asyncio.Event()
