"""Namespaces: a default service account in each; a deleted one is emptied, then removed."""

import contextlib
import copy
from collections.abc import Iterable

from ..errors import ApiError
from ..objects import terminating
from ..registry import DeleteOptions
from ..resources import NAMESPACES, SERVICE_ACCOUNTS, Key, namespace_key
from ..store import Change
from .base import Controller

AT_ONCE = DeleteOptions(propagation="Background", grace=0)


class NamespaceController(Controller):
    def concerns(self, change: Change) -> Iterable[Key]:
        if change.key.resource == NAMESPACES:
            yield change.key
        elif change.type == "DELETED" and change.key.namespace:
            yield namespace_key(change.key.namespace)

    def sync(self, key: Key) -> None:
        namespace = self.store.get(key)
        if namespace is None:
            return
        if terminating(namespace):
            self._empty(key)
        elif self.store.get(Key(SERVICE_ACCOUNTS, key.name, "default")) is None:
            self.registry.create(SERVICE_ACCOUNTS, key.name, {"metadata": {"name": "default"}})

    def _empty(self, key: Key) -> None:
        for content in self.store.keys_in_namespace(key.name):
            with contextlib.suppress(ApiError):  # went with an owner meanwhile
                self.registry.delete(content, AT_ONCE)
        namespace = self.store.get(key)
        if namespace and not self.store.keys_in_namespace(key.name):
            self.store.remove(key, copy.deepcopy(namespace))
