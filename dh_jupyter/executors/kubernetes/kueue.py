"""Kueue, where a cluster has it and we may look: the Workloads of our Jobs, watched, and their places in the queues.

It is an add-on: which version is served is asked first, and what the cluster does not serve or not let us see is left out.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable
from typing import Any

from dh_kernel.errors import Invalid, Unavailable

from .client import Client, Unreachable
from .reflector import Reflector
from .refusals import Refused
from .rights import WORKLOADS, allows
from .store import Store, name_of

Object = dict[str, Any]
GROUP = "kueue.x-k8s.io"
VISIBILITY = "visibility.kueue.x-k8s.io"
AGAIN = 60.0  # seconds after which an API that was not there is asked for once more
FRESH = 10.0  # seconds that places in a queue are taken as they were told


class Kueue:
    """Of one cluster. `changed(job)` is told the name of the Job whose Workload or place there is another now."""

    def __init__(self, client: Client, changed: Callable[[str], None]) -> None:
        self.workloads = Store(lambda workload: (job_of(workload),))
        self.places = Places(client, self._of_ours)
        self.may_watch = False
        self._client = client
        self._changed = changed
        self._served = Served(client, GROUP)
        self._lock = threading.Lock()
        self._reflector: Reflector | None = None

    def start(self) -> None:
        """Returns at once."""
        threading.Thread(target=self._begin, name="dh-kueue", daemon=True).start()

    def close(self) -> None:
        """End the watch."""
        if self._reflector is not None:
            self._reflector.close()

    def version(self) -> str:
        """What is served, e.g. kueue.x-k8s.io/v1beta1; empty: there is no Kueue. Raises Refused or Unreachable."""
        found = self._served.version()
        if found:
            self._watch(found)
        return found

    def check(self, queue: str) -> None:
        """Raise Invalid for a queue where nobody serves queues: it would be waited in for ever."""
        try:
            if not queue or self.version():
                return
        except Unreachable as error:
            raise Unavailable(f"The cluster can't be reached: {error}.", "It is tried again.") from error
        except Refused:
            return  # it does not tell what it serves
        raise Invalid(
            f"The run is to wait in the queue '{queue}', and the cluster has no Kueue, which serves queues.",
            "Take a profile without a queue, or have Kueue installed. c.DhExtension.kubernetes_queue sets one for all.",
        )

    def of(self, job: str) -> Object | None:
        """The Workload of a Job, as it was last seen."""
        return next(iter(self.workloads.of(job)), None)

    def look_again(self, job: str) -> None:
        """Ask for the Workload of a Job: what the watch has told may be a moment old. Raises Refused, Unreachable."""
        if (known := self.of(job)) is not None:
            path = self._client.path("workloads", name_of(known), group=self._served.version())
            self.workloads.put(self._client.once("GET", path))

    def place_of(self, workload: Object | None) -> int | None:
        """In its queue, from 0; None if it is not known."""
        return None if workload is None else self.places.of(workload)

    def _begin(self) -> None:
        for number in range(1000):
            try:
                self.version()
                return
            except (Refused, Unreachable) as error:
                if self._client.pause(number, error):
                    return

    def _watch(self, version: str) -> None:
        with self._lock:
            if self._reflector is not None or not allows(self._client, WORKLOADS):
                return
            path = self._client.path("workloads", group=version)
            self._reflector = Reflector(self._client, path, self.workloads, self._tell, wanted=_is_ours)
            self.may_watch = True
            self._reflector.start()

    def _tell(self, workload: Object, gone: bool) -> None:
        self.places.grow_old(queue_of(workload))
        self._changed(job_of(workload))

    def _of_ours(self, names: set[str]) -> None:
        for name in names:
            if (workload := self.workloads.get(name)) is not None:
                self._changed(job_of(workload))


class Served:
    """Which version of an API group a cluster serves. Thread-safe."""

    def __init__(self, client: Client, group: str) -> None:
        self._client = client
        self._group = group
        self._found = ""
        self._next = 0.0
        self._lock = threading.Lock()

    def version(self) -> str:
        """Asked until there is one, but not too often. Empty: none. Raises Refused or Unreachable."""
        with self._lock:
            if not self._found and time.monotonic() >= self._next:
                self._found = self._ask()
                self._next = time.monotonic() + AGAIN
            return self._found

    def _ask(self) -> str:
        try:
            told = self._client.call("GET", f"/apis/{self._group}")
        except Refused as refused:
            if refused.status == 404:
                return ""
            raise
        return str(told["preferredVersion"]["groupVersion"])


class Places:
    """Places in queues by Workload, as Kueue's visibility API tells them. There is no watch for them: they are asked for anew
    while somebody looks. `moved(names)` is told whose place is another now."""

    def __init__(self, client: Client, moved: Callable[[set[str]], None]) -> None:
        self._client = client
        self._moved = moved
        self._served = Served(client, VISIBILITY)
        self._told: dict[str, dict[str, int]] = {}
        self._asked: dict[str, float] = {}
        self._lock = threading.Lock()

    def of(self, workload: Object) -> int | None:
        """What was told last; returns at once."""
        queue = queue_of(workload)
        with self._lock:
            if queue and time.monotonic() - self._asked.get(queue, -FRESH) >= FRESH:
                self._asked[queue] = time.monotonic()
                threading.Thread(target=self._ask, args=(queue,), name="dh-places", daemon=True).start()
            return self._told.get(queue, {}).get(name_of(workload))

    def grow_old(self, queue: str) -> None:
        """What is in it is known to be different now."""
        with self._lock:
            self._asked.pop(queue, None)

    def _ask(self, queue: str) -> None:
        with contextlib.suppress(Refused, Unreachable):  # then there are none: it is more than is needed
            version = self._served.version()
            if not version:
                return
            told = self._client.once(
                "GET", self._client.path("localqueues", f"{queue}/pendingworkloads", group=version)
            )
            places = {name_of(one): int(one["positionInClusterQueue"]) for one in told.get("items") or []}
            with self._lock:
                before, self._told[queue] = self._told.get(queue, {}), places
            self._moved({name for name in before.keys() | places.keys() if before.get(name) != places.get(name)})


def queue_of(workload: Object) -> str:
    """The LocalQueue's name."""
    return str(workload["spec"].get("queueName") or "")


def job_of(workload: Object) -> str:
    """The name of the Job that a Workload is of."""
    owners = workload["metadata"].get("ownerReferences") or []
    return next((str(one["name"]) for one in owners if one["kind"] == "Job"), "")


def _is_ours(workload: Object) -> bool:
    """Workloads have not all labels of their Jobs; our names begin like this."""
    return job_of(workload).startswith("dh-")
