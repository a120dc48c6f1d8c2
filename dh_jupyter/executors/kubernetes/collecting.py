"""ConfigMaps that attempts share go when no Job needs them, and none has for long: looked at now and then, when one is made."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from .client import Client, Unreachable
from .manifest import CODE_VOLUME, WORKER_VOLUME
from .names import SELECTOR
from .refusals import Refused
from .store import Store, name_of

Object = dict[str, Any]
EVERY = 6 * 3600.0  # seconds between two looks
IDLE = 7 * 86_400.0  # seconds after which one that no Job has is not needed soon: a Job stays a day when it is over
_OURS = ("dh-worker-", "dh-code-")


def needed_by(job: Object) -> set[str]:
    """Names of the shared ConfigMaps that its pods mount."""
    volumes = job["spec"]["template"]["spec"].get("volumes") or []
    return {one["configMap"]["name"] for one in volumes if one["name"] in (CODE_VOLUME, WORKER_VOLUME)}


def unneeded(maps: Iterable[Object], jobs: Iterable[Object], now: float) -> list[Object]:
    """Those that may go. `now` in seconds since 1970."""
    needed = {name for job in jobs for name in needed_by(job)}
    return [one for one in maps if _is_idle(one, now) and name_of(one) not in needed]


def _is_idle(one: Object, now: float) -> bool:
    made = datetime.fromisoformat(str(one["metadata"]["creationTimestamp"]).replace("Z", "+00:00")).timestamp()
    return name_of(one).startswith(_OURS) and now - made > IDLE


class Collector:
    """Thread-safe. `forget(name)` is told before one is removed."""

    def __init__(self, client: Client, jobs: Store, forget: Callable[[str], None]) -> None:
        self._client = client
        self._jobs = jobs
        self._forget = forget
        self._next = time.monotonic()
        self._lock = threading.Lock()

    def is_due(self) -> bool:
        """Whether it is time to look; once for each time."""
        with self._lock:
            due = time.monotonic() >= self._next
            if due:
                self._next = time.monotonic() + EVERY
            return due

    def collect(self, now: float) -> None:
        """Remove what may go. What can't be done now is done the next time."""
        path = self._client.path("configmaps")
        maps = self._client.call("GET", path, query={"labelSelector": SELECTOR})["items"]
        jobs = [job for name in self._jobs.names() if (job := self._jobs.get(name))]
        for one in unneeded(maps, jobs, now):
            self._forget(name_of(one))
            same = {"uid": one["metadata"]["uid"], "resourceVersion": one["metadata"]["resourceVersion"]}
            with contextlib.suppress(Refused, Unreachable):
                self._client.once("DELETE", f"{path}/{name_of(one)}", {"preconditions": same})
