"""ttlSecondsAfterFinished: finished Jobs go after a while."""

import time
from collections.abc import Iterable

from ..objects import Object, job_finished, seconds
from ..registry import BACKGROUND
from ..resources import JOBS, Key
from ..store import Change
from .base import Controller


class TtlController(Controller):
    def concerns(self, change: Change) -> Iterable[Key]:
        if change.key.resource == JOBS and change.type != "DELETED":
            yield change.key

    def sync(self, key: Key) -> None:
        job = self.store.get(key)
        if job is None or not job_finished(job):
            return
        ttl = job["spec"].get("ttlSecondsAfterFinished")
        if ttl is None:
            return
        left = _finished_at(job) + ttl - time.time()
        if left > 0:
            self.look_again(key, left)
        else:
            self.registry.delete(key, BACKGROUND)


def _finished_at(job: Object) -> float:
    finished = (item for item in job["status"]["conditions"] if item["type"] in ("Complete", "Failed"))
    return seconds(next(finished)["lastTransitionTime"])
