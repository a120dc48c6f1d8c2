"""What is known of the cluster: Jobs, pods and events of ours in one namespace, each kept by one reflector for all runs."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from .beside import as_seen_by
from .client import Client
from .kueue import Kueue
from .names import SELECTOR, handles_of
from .reflector import Reflector
from .store import Store

Object = dict[str, Any]
BATCH = "batch/v1"


class View:
    """`changed(handle, object, gone)` is called from the watching threads: it must be quick."""

    def __init__(self, client: Client, changed: Callable[[str, Object, bool], None]) -> None:
        self.jobs = Store(handles_of)
        self.pods = Store(handles_of)
        self.events = Store(lambda event: (_about(event),))
        self.kueue = Kueue(client, self._tell_queue)
        self._changed = changed
        self._was_waited_for = False

        def watch(plural: str, store: Store, tell: Callable[[Object, bool], None], **options: Any) -> Reflector:
            return Reflector(client, client.path(plural, group=options.pop("group", "")), store, tell, **options)

        self._reflectors = (
            watch("jobs", self.jobs, self._tell, group=BATCH, selector=SELECTOR),
            watch("pods", self.pods, self._tell, selector=SELECTOR),
            watch("events", self.events, self._tell_event, wanted=_is_about_ours),
        )

    def start(self) -> None:
        """Returns at once."""
        for reflector in self._reflectors:
            reflector.start()
        self.kueue.start()

    def close(self) -> None:
        """End the watches."""
        for reflector in self._reflectors:
            reflector.close()
        self.kueue.close()

    def wait(self, seconds: float) -> bool:
        """Whether Jobs and pods have been listed; waits that long at most, and only the first who asks does."""
        until = time.monotonic() + (0.0 if self._was_waited_for else seconds)
        found = all(one.synced.wait(max(0.0, until - time.monotonic())) for one in self._reflectors[:2])
        self._was_waited_for = True
        return found

    def job_of(self, handle: str) -> Object | None:
        """An attempt's Job, as it was last seen."""
        job = next(iter(self.jobs.of(handle)), None)
        return None if job is None else as_seen_by(handle, job)

    @property
    def trouble(self) -> str:
        """Why what is known may be out of date; empty if it is not."""
        return next((one.trouble for one in self._reflectors[:2] if one.trouble), "")

    def events_about(self, *names: str) -> list[Object]:
        """Of a Job and its pods, the oldest first."""
        found = [event for name in names for event in self.events.of(name)]
        return sorted(found, key=lambda event: str(event.get("lastTimestamp") or event.get("eventTime") or ""))

    def _tell(self, item: Object, gone: bool) -> None:
        for handle in handles_of(item):
            self._changed(handle, as_seen_by(handle, item), gone)

    def _tell_event(self, item: Object, gone: bool) -> None:
        name = _about(item)
        subject = self.pods.get(name) or self.jobs.get(name)
        if subject is not None and not gone:
            self._tell(subject, False)

    def _tell_queue(self, name: str) -> None:
        job = self.jobs.get(name)
        if job is not None:
            self._tell(job, False)


def _about(event: Object) -> str:
    return str((event.get("involvedObject") or {}).get("name") or "")


def _is_about_ours(event: Object) -> bool:
    """Events have no labels of what they are about; our names begin like this."""
    return _about(event).startswith("dh-")
