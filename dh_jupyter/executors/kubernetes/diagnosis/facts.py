"""What the cluster says of one attempt: its Job, its pods, and what was said about them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from ..manifest import CONTAINER
from ..pods import container_state, newest, reported

Object = dict[str, Any]
OVER = ("Succeeded", "Failed")


@dataclass(frozen=True)
class Facts:
    """Objects as the API server gives them. `events` are about the Job and its pods, the oldest first. `workload` is Kueue's,
    `position` the place in its queue, from 0. `gone`: pods are as they were seen last, and are no more."""

    job: Object | None
    pods: tuple[Object, ...] = ()
    events: tuple[Object, ...] = ()
    workload: Object | None = None
    position: int | None = None
    gone: bool = False
    now: float | None = None

    @cached_property
    def pod(self) -> Object | None:
        """The one that counts."""
        return newest(self.pods)

    @property
    def status(self) -> Object:
        """Of the pod."""
        return self.pod["status"] if self.pod else {}

    @property
    def is_over(self) -> bool:
        """Whether the pod has ended by itself, or its node says that it has."""
        return self.status.get("phase") in OVER or bool(self.state("terminated"))

    @property
    def overdue(self) -> float:
        """Seconds since the pod should have ended, as it was told."""
        end = self.pod["metadata"].get("deletionTimestamp") if self.pod else None
        return self.now - datetime.fromisoformat(end).timestamp() if end and self.now is not None else 0.0

    @property
    def spec(self) -> Object:
        """Of the pod, or of those that the Job would make."""
        if self.pod:
            return dict(self.pod["spec"])
        return dict(self.job["spec"]["template"]["spec"]) if self.job else {}

    def state(self, kind: str) -> Object:
        """`waiting`, `running` or `terminated` of the worker's container; empty if it is not in it."""
        return dict(container_state(self.pod).get(kind) or {}) if self.pod else {}

    @property
    def others(self) -> Iterator[tuple[str, Object]]:
        """Containers that begin before the worker, or beside it: the cluster may have put some in. Name and state."""
        for group in ("initContainerStatuses", "containerStatuses"):
            for one in self.status.get(group) or []:
                if one["name"] != CONTAINER:
                    yield one["name"], _state_of(one)

    @cached_property
    def report(self) -> Object:
        """The last word of the pod's supervisor (PodEnd); empty where there is none."""
        return reported(self.state("terminated"))

    def told(self, *reasons: str, says: str = "") -> str:
        """The message of the last event with one of these reasons; empty if there is none."""
        said = (
            str(event.get("message") or "")
            for event in reversed(self.events)
            if event.get("reason") in reasons and says in str(event.get("message") or "")
        )
        return next(said, "")

    @property
    def limits(self) -> Object:
        """Of the worker's container, as it was asked for."""
        worker: Object = next((one for one in self.spec.get("containers") or [] if one["name"] == CONTAINER), {})
        return dict((worker.get("resources") or {}).get("limits") or {})


def condition(item: Object | None, kind: str) -> Object:
    """A condition of a Job, a pod or a workload; empty if there is none."""
    return next(iter(_conditions(item, (kind,))), {})


def holds(item: Object | None, kind: str) -> bool:
    """Whether the condition is there, and true."""
    return bool(condition(item, kind).get("status") == "True")


def _conditions(item: Object | None, kinds: Iterable[str]) -> list[Object]:
    found = ((item or {}).get("status") or {}).get("conditions") or []
    return [one for one in found if one["type"] in kinds]


def _state_of(status: Object) -> Object:
    return dict(status.get("state") or {})
