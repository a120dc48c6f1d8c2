"""What is the matter with an attempt, in words: one pure function over what the API server says.

By noun: `creating.py` (no pod is made), `queueing.py` (Kueue), `scheduling.py`, `images.py`, `starting.py`, `endings.py`.
A pod's status is believed before a Job's, and both before events, which are asked only for what a status leaves open.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from .creating import not_created, refused_pod
from .endings import ended, out_of_contact, over_without_pod
from .facts import Facts, Object, holds
from .finding import Finding, waits
from .images import no_image
from .queueing import queued
from .scheduling import unscheduled
from .starting import not_begun

__all__ = ["Finding", "diagnose", "refused_pod"]


def diagnose(
    job: Object | None,
    pods: Iterable[Object] = (),
    events: Iterable[Object] = (),
    workload: Object | None = None,
    *,
    position: int | None = None,
    gone: bool = False,
    now: float | None = None,
) -> Finding | None:
    """Why the attempt does not run (`waiting`), or why it ended. None: it runs, or it ended and what the worker wrote says
    why. Objects as the API server gives them, events the oldest first. `gone`: the pods are, and are given as they were seen
    last. `position` in Kueue's queue, from 0. `now` in seconds since 1970, to tell an overdue end."""
    facts = Facts(job, tuple(pods), tuple(events), workload, position, gone, now)
    return next((found for row in _ROWS if (found := row(facts))), None)


def _at_rest(facts: Facts) -> Finding | None:
    """No pod, and nothing that says why."""
    if facts.pods or facts.job is None or holds(facts.job, "Complete"):
        return None
    if facts.job["spec"].get("suspend"):
        return waits("queue", "Waiting in the cluster's queue.")
    return waits("starting", "Waiting for the cluster to make its pod.")


def _gone(facts: Facts) -> Finding | None:
    """The Job is over, or gone with its pods; what is left of them said nothing."""
    if facts.is_over:
        return None
    is_live = facts.pod is not None and not facts.gone
    return None if is_live and not holds(facts.job, "Failed") else over_without_pod(facts)


_ROWS: tuple[Callable[[Facts], Finding | None], ...] = (
    ended,
    _gone,
    queued,
    not_created,
    out_of_contact,
    unscheduled,
    no_image,
    not_begun,
    _at_rest,
)
