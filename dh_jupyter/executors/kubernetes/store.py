"""What a reflector has seen of one kind of object, by name. Thread-safe; it asks nobody."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from typing import Any

Object = dict[str, Any]


def name_of(item: Object) -> str:
    """Its name; unique, as there is one namespace and one kind."""
    return str(item["metadata"]["name"])


class Store:
    """Objects, and an index: `groups` says where an object belongs."""

    def __init__(self, groups: Callable[[Object], Iterable[str]]) -> None:
        self._groups_of = groups
        self._lock = threading.Lock()
        self._items: dict[str, Object] = {}
        self._groups: dict[str, dict[str, Object]] = {}

    def __len__(self) -> int:
        return len(self._items)

    def get(self, name: str) -> Object | None:
        """The object as it was last seen. Not to be changed."""
        return self._items.get(name)

    def of(self, group: str) -> list[Object]:
        """The objects of a group."""
        with self._lock:
            return list(self._groups.get(group, {}).values())

    def names(self) -> set[str]:
        """All there are."""
        with self._lock:
            return set(self._items)

    def put(self, item: Object) -> bool:
        """Take a newer version. False: it was known, or older than what is known."""
        with self._lock:
            known = self._items.get(name_of(item))
            if known is not None and _same_object(known, item) and not _is_newer(item, known):
                return False
            if known is not None:
                self._leave_groups(known)
            self._items[name_of(item)] = item
            for group in self._groups_of(item):
                self._groups.setdefault(group, {})[name_of(item)] = item
            return True

    def remove(self, name: str) -> Object | None:
        """What it was."""
        with self._lock:
            known = self._items.pop(name, None)
            if known is not None:
                self._leave_groups(known)
            return known

    def replace(self, items: Iterable[Object], known_before: set[str]) -> tuple[list[Object], list[Object]]:
        """A whole list: what is new or changed, and what is gone. Objects that came while it was made are not gone."""
        changed, named = [], set()
        for item in items:
            named.add(name_of(item))
            if self.put(item):
                changed.append(item)
        gone = [self.remove(name) for name in known_before - named]
        return changed, [item for item in gone if item is not None]

    def _leave_groups(self, item: Object) -> None:
        for group in self._groups_of(item):
            members = self._groups.get(group, {})
            members.pop(name_of(item), None)
            if not members:
                self._groups.pop(group, None)


def _same_object(one: Object, other: Object) -> bool:
    return bool(one["metadata"].get("uid") == other["metadata"].get("uid"))


def _is_newer(item: Object, known: Object) -> bool:
    """Versions are numbers that grow, in every server there is; where they are not, whatever is different is newer."""
    one, other = str(item["metadata"]["resourceVersion"]), str(known["metadata"]["resourceVersion"])
    return int(one) > int(other) if one.isdigit() and other.isdigit() else one != other
