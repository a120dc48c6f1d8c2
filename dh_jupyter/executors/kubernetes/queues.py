"""What of a Job concerns its queue: which one, and who comes before whom. Pure.

With a queue, Kueue decides who is next, by a WorkloadPriorityClass that the Job's label names; without, the scheduler does,
by the pods' PriorityClass. What a profile says is the pods' own; Kueue goes by that where there is no label.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..base import Submission
from .names import QUEUE
from .settings import KubernetesSettings

PRIORITY = "kueue.x-k8s.io/priority-class"
Object = dict[str, Any]


def queue_of(wanted: Mapping[str, Any], settings: KubernetesSettings) -> str:
    """The profile's, or the one of all; empty: none."""
    return str(wanted.get("queue") or settings.queue)


def labels_of(submission: Submission, settings: KubernetesSettings) -> dict[str, str]:
    """Of the Job."""
    queue = queue_of(submission.placement, settings)
    if not queue:
        return {}
    priority = "" if submission.placement.get("priority") else settings.priorities.get(submission.purpose, "")
    return {QUEUE: queue, **({PRIORITY: priority} if priority else {})}


def held_back(submission: Submission, settings: KubernetesSettings) -> Object:
    """Of the Job's spec: one with a queue starts when Kueue says so, even if its webhook is down at the moment."""
    return {"suspend": True} if queue_of(submission.placement, settings) else {}


def priority_of(submission: Submission, settings: KubernetesSettings) -> Object:
    """Of the pods' spec."""
    queue = queue_of(submission.placement, settings)
    ours = "" if queue else settings.priorities.get(submission.purpose, "")
    name = submission.placement.get("priority") or ours
    return {"priorityClassName": name} if name else {}
