"""How an attempt ended, and what the matter with it is: by what was seen of its pods, its Job, events and its queue."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

from . import pods, ranks
from .attempt import Attempt
from .client import Client, Unreachable
from .delivery import exit_as_told
from .diagnosis import Finding, diagnose
from .refusals import Refused
from .view import BATCH, View

if TYPE_CHECKING:
    from dh_kernel._contract import Exit

Object = dict[str, Any]


class Telling:
    """Of one cluster. Changes nothing, but that it may ask for what a watch has not told yet."""

    def __init__(self, client: Client, view: View) -> None:
        self._client = client
        self._view = view

    def job_of(self, attempt: Attempt) -> Object | None:
        """Its Job, as it was last seen; None if it has no part of it any more."""
        return None if attempt.is_withdrawn else self._view.job_of(attempt.handle)

    def as_handed_over(self, attempt: Attempt) -> Exit | None:
        """Of several machines it is the first one's word: good where nothing is known of the others any more."""
        ended = None if attempt.nodes > 1 and attempt.pods else attempt.files.read_ended()
        return exit_as_told(ended, pods.memory_limit(attempt.pod)) if ended else None

    def read_job(self, attempt: Attempt) -> None:
        """Ask the cluster for its Job now. Raises Refused or Unreachable."""
        self._view.jobs.put(self._client.once("GET", self._client.path("jobs", attempt.job_name, group=BATCH)))

    def end_of(self, attempt: Attempt) -> Exit:
        """By its pod, and its Job."""
        limit = pods.memory_limit(attempt.pod)
        return pods.exit_of(
            attempt.job, attempt.pod, stopped=attempt.was_cancelled, memory_limit=limit, now=self._client.clock.now()
        )

    def explained(self, attempt: Attempt, ended: Exit) -> Exit:
        """With what the cluster did to it, where that is more than how its process ended."""
        found = None if attempt.was_cancelled else self.finding(attempt) or self._finding_later(attempt, ended)
        placed = with_node(ended, attempt.pod)
        if found and found.code == "timeout":  # a worker that was told to stop knows no more than that
            placed = {**placed, "reason": "timeout"}
        return {**placed, "finding": found.document()} if found and not found.waiting else placed

    def _finding_later(self, attempt: Attempt, ended: Exit) -> Finding | None:
        """Of one that was told to stop: what its queue did is told by other watches, which may be later than the pod's."""
        if ended["reason"] not in ("killed", "stopped"):
            return None
        with contextlib.suppress(Refused, Unreachable):
            self.read_job(attempt)
            self._view.kueue.look_again(attempt.job_name)
        return self.finding(attempt)

    def finding(self, attempt: Attempt) -> Finding | None:
        """What is the matter with it, by what is known now."""
        there = attempt.own(self._view.pods.of(attempt.handle))
        shown = ranks.shown(there or list(attempt.pods.values()), attempt.nodes)
        names = (attempt.job_name, *(str(pod["metadata"]["name"]) for pod in shown))
        job, events = self.job_of(attempt), self._view.events_about(*names)
        workload = self._view.kueue.of(attempt.job_name)
        place = self._view.kueue.place_of(workload) if pods.is_held_back(job) else None
        return diagnose(job, shown, events, workload, position=place, gone=not there, now=self._client.clock.now())


def with_node(ended: Exit, pod: Object | None) -> Exit:
    """And where that was."""
    node = pod["spec"].get("nodeName") if pod else None
    return {**ended, "node": node} if node else ended


def is_open(ended: Exit) -> bool:
    """Whether the cluster may know more of why."""
    return ended["reason"] in ("stopped", "killed", "lost") or ended.get("code", 0) != 0
