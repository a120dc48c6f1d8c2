"""A Job whose pods have an attempt each, at the same time: what each is told, and how the Job is for one of them.

The Job is Indexed, and an index is an attempt. Of the Job's Secret each pod sees the part of its own index, by a path with
its number in it; so does one that shares a claim of the attempts' folders. An index whose pod has failed is over, and says
nothing of the others (backoffLimitPerIndex). To end one is to delete its pod; where it has none yet, what it would be told
is replaced by that it is not to begin.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dh_kernel.errors import Invalid
from dh_kernel.rundir import RunFolder

from ..base import Submission
from .hand import Sharing
from .names import BESIDE, INDEX, INSTANCE, handles_of, secret_of
from .objects import JOB

if TYPE_CHECKING:
    from dh_kernel._contract import Exit

Object = dict[str, Any]
OLDEST = (1, 29)  # servers that keep indexes apart
NUMBER = "$(JOB_COMPLETION_INDEX)"
FEWER = "kueue.x-k8s.io/job-min-parallelism"  # an annotation: a queue without room for all may begin some


@dataclass
class Beside(Sharing):
    """Attempts that have a pod of one Job each."""

    @property
    def exits(self) -> list[Exit]:
        """How they ended; none until all are here, and have."""
        found = [RunFolder(one).read_exit() for one in self.here.values()]
        ended = [one for one in found if one is not None]
        return ended if len(ended) == len(self.handles) else []

    @property
    def secret(self) -> str:
        """The Secret's name."""
        return secret_of(self.job, self.handles)

    def pods_of(self, handle: str) -> str:
        """The label selector of its pods."""
        return f"{INSTANCE}={self.job},{INDEX}={self.handles.index(handle)}"

    def withdrawn(self, handle: str) -> Object:
        """The Secret's patch by which a pod of it that comes later ends at once (PodWithdrawn)."""
        told = json.dumps({"format": 1, "withdrawn": True})
        return {"data": {key_of(self.handles.index(handle)): base64.b64encode(told.encode()).decode()}}


def key_of(index: int) -> str:
    """In the Secret."""
    return f"{index}.{JOB}"


def size_of(count: int, server: tuple[int, int]) -> Object:
    """Of the Job's spec: all at once, and each fails alone. Raises Invalid where one would fail for all."""
    if server < OLDEST:
        version = ".".join(map(str, server))
        raise Invalid(
            f"Several runs in one Job need Kubernetes 1.29 or newer; the cluster has {version}.",
            "Start them one by one.",
        )
    return {"completions": count, "parallelism": count, "completionMode": "Indexed", "backoffLimitPerIndex": 0}


def annotations_of(submission: Submission) -> dict[str, str]:
    """Of the Job and its pods."""
    return {BESIDE: " ".join(one.handle for one in submission.beside)} if submission.beside else {}


def annotations_for(submission: Submission, queue: str) -> dict[str, str]:
    """Of the Job, for its queue."""
    return {FEWER: "1"} if submission.beside and queue else {}


def as_seen_by(handle: str, item: Object) -> Object:
    """A Job as it is for one of its attempts: over when its own index is. Anything else is as it is."""
    if "template" not in item["spec"] or BESIDE not in (item["metadata"].get("annotations") or {}):
        return item
    status, index = item.get("status") or {}, handles_of(item).index(handle)
    conditions = [one for one in status.get("conditions") or [] if not _is_of_indexes(one)]
    if index in set(_numbers(status.get("failedIndexes"))):
        conditions.append(_condition("Failed", "BackoffLimitExceeded", "Its pod has failed."))
    elif index in set(_numbers(status.get("completedIndexes"))):
        conditions.append(_condition("Complete", "", ""))
    return {**item, "status": {**status, "conditions": conditions}}


def _is_of_indexes(condition: Object) -> bool:
    """Whether it only says what indexes have said."""
    return condition["type"] == "Complete" or condition.get("reason") in ("FailedIndexes", "MaxFailedIndexesExceeded")


def _condition(kind: str, reason: str, message: str) -> Object:
    return {"type": kind, "status": "True", "reason": reason, "message": message}


def _numbers(text: str | None) -> Iterator[int]:
    """As a Job's status has them: 1,3-5,7."""
    for part in filter(None, (text or "").split(",")):
        first, _, last = part.partition("-")
        yield from range(int(first), int(last or first) + 1)
