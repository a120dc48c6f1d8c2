"""A reflector keeps a Store as the cluster is: list once, then watch; on whatever goes wrong list again, and tell the difference.

One for each kind and namespace, whatever the number of runs. Rules: a list comes in pages; a watch ends by itself after
minutes (so that a server can be drained) and goes on from the last version, which bookmarks keep young; 410 means that our
version is too old; a read that takes longer than the watch may means that nobody is at the other end any more.
"""

from __future__ import annotations

import json
import logging
import random
import threading
from collections.abc import Callable, Mapping
from typing import Any

from .client import Client, Lines, Unreachable
from .refusals import Refused
from .store import Store, name_of

Object = dict[str, Any]
Changed = Callable[[Object, bool], None]  # an object, and whether it is gone

PAGE = 500
WATCH = (240, 300)  # seconds: by chance between these, so that not all watches end at once
OVERTIME = 15.0  # seconds after which a watch that should have ended is taken for dead
GONE = 410

_log = logging.getLogger(__name__)


class Reflector:
    """`trouble` says why the store may be out of date; empty: it is not. `wanted` leaves out what is not worth keeping."""

    def __init__(
        self,
        client: Client,
        path: str,
        store: Store,
        changed: Changed,
        *,
        selector: str = "",
        wanted: Callable[[Object], bool] = lambda item: True,
        watch: tuple[int, int] = WATCH,
        overtime: float = OVERTIME,
    ) -> None:
        self.store = store
        self.trouble = "The cluster has not been asked yet."
        self.synced = threading.Event()  # set from the first whole list on
        self._client = client
        self._path = path
        self._changed = changed
        self._query: dict[str, Any] = {"labelSelector": selector} if selector else {}
        self._wanted = wanted
        self._watch_time = watch
        self._overtime = overtime
        self._closing = False
        self._lines: Lines | None = None
        self._thread = threading.Thread(target=self._run, name=f"dh-watch-{path.rpartition('/')[2]}", daemon=True)

    def start(self) -> None:
        """Returns at once."""
        self._thread.start()

    def close(self) -> None:
        """End the watch. Close the client, too: a pause ends by that."""
        self._closing = True
        if self._lines is not None:
            self._lines.stop()

    def refresh(self) -> None:
        """List again soon: the safety pass."""
        if self._lines is not None:
            self._lines.stop()

    def _run(self) -> None:
        failures = 0
        while not self._closing:
            try:
                version = self._list()
                self.synced.set()
                self.trouble = ""
                failures = 0
                while not self._closing:
                    version = self._watch(version)
            except (Refused, Unreachable) as error:
                if self._closing or self._pause(error, failures):
                    return
                failures += 1
            except Exception:  # noqa: BLE001  an answer of a shape that nobody foresaw does not end the watching for ever
                _log.exception("the watch of %s failed", self._path)
                if self._client.pause(failures):
                    return
                failures += 1

    def _pause(self, error: Refused | Unreachable, failures: int) -> bool:
        """True if we are being closed. An old version is no trouble: the list that follows is at once."""
        if isinstance(error, Refused) and error.status == GONE and not failures:
            return False
        if failures:
            before, self.trouble = self.trouble, _words(error)
            _log.log(logging.WARNING if self.trouble != before else logging.DEBUG, "%s: %s", self._path, self.trouble)
        return self._client.pause(failures, error)

    # -- list ----------------------------------------------------------------------------------------------------------

    def _list(self) -> str:
        """All pages; the version from which to watch."""
        before = self.store.names()
        items: list[Object] = []
        more: Mapping[str, Any] = {}
        while True:
            page = self._client.once("GET", self._path, query={**self._query, "limit": PAGE, **more})
            items += (item for item in page.get("items") or [] if self._wanted(item))
            if not page["metadata"].get("continue"):
                break
            more = {"continue": page["metadata"]["continue"]}
        changed, gone = self.store.replace(items, before)
        for item in changed:
            self._changed(item, False)
        for item in gone:
            self._changed(item, True)
        return str(page["metadata"]["resourceVersion"])

    # -- watch ---------------------------------------------------------------------------------------------------------

    def _watch(self, version: str) -> str:
        """Until the server ends it; the last version seen."""
        seconds = random.randint(*self._watch_time)
        query = {
            **self._query,
            "watch": "1",
            "allowWatchBookmarks": "true",
            "resourceVersion": version,
            "timeoutSeconds": seconds,
        }
        with self._client.lines(self._path, query, seconds + self._overtime) as lines:
            self._lines = lines
            try:
                for line in lines:
                    version = self._take(json.loads(line))
            except ValueError as error:
                raise Unreachable(f"a line of the watch is no JSON: {error}") from error
            finally:
                self._lines = None
        return version

    def _take(self, event: Mapping[str, Any]) -> str:
        """The version that an event brings."""
        item = event["object"]
        if event["type"] == "ERROR":
            raise Refused(int(item.get("code") or 500), str(item.get("reason") or ""), str(item.get("message") or ""))
        if event["type"] != "BOOKMARK" and self._wanted(item):
            if event["type"] == "DELETED":
                self.store.remove(name_of(item))
                self._changed(item, True)
            elif self.store.put(item):
                self._changed(item, False)
        return str(item["metadata"]["resourceVersion"])


def _words(error: Refused | Unreachable) -> str:
    if isinstance(error, Unreachable):
        return f"The cluster can't be reached: {error}."
    if error.status in (401, 403):
        return f"The cluster does not let us watch: {error.message}."
    return f"The cluster does not answer as it should: {error.message}."
