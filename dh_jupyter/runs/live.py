"""What a running run reports goes into the catalogue now and then, for those who read it there instead of its stream.

Best effort: at the end the whole of metrics.jsonl is committed, and replaces what was written here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dh_kernel.rundir import RunFolder

from ..clock import seconds
from .commit import series_of
from .observe import Observer

if TYPE_CHECKING:
    from dh_kernel._contract import Entity, MetricLine

    from ..catalogue.catalogue import Catalogue
    from ..tracking.tracker import Tracker

EVERY = 1.0  # seconds


@dataclass
class _Taken:
    attempt: int
    line: int = 0
    moment: float = 0.0


class LiveValues:
    """Called under the run's lock."""

    def __init__(self, catalogue: Catalogue, observe: Observer, tracker: Tracker) -> None:
        self._catalogue = catalogue
        self._observe = observe
        self._tracker = tracker
        self._taken: dict[str, _Taken] = {}

    def take(self, run: Entity, revision: int) -> float | None:
        """Write what is new. If it is too soon, the moment to come again."""
        now, attempt = seconds(), run["status"].get("attempt", 0)
        taken = self._taken.get(run["id"])
        if taken is None or taken.attempt != attempt:
            taken = self._taken[run["id"]] = _Taken(attempt, moment=now)  # a quick run is over before it is due
        if now < taken.moment + EVERY:
            return taken.moment + EVERY
        first = taken.line == 0
        lines, taken.line = RunFolder(self._observe.folder(run)).read_metrics(taken.line)
        if lines:
            taken.moment = now
            self._write(run, revision, lines, first)
        return None

    def _write(self, run: Entity, revision: int, lines: list[MetricLine], first: bool) -> None:
        project, ident = run["project"], run["id"]
        points = [(name, *point) for name, values in series_of(lines).items() for point in values]
        if first:  # an earlier broker may have appended some of the same lines
            known = self._catalogue.metric_points(project, "run", ident)
            points = [point for point in points if point[1:] not in known.get(point[0], [])]
        if points:
            self._catalogue.append_metrics(project, "run", ident, points)
            self._tracker.run_moved(run)
        progress = [line["progress"] for line in lines if "progress" in line]
        if progress:
            status = {**run["status"], "progress": progress[-1]}
            self._catalogue.compare_and_set_status(project, ident, expect=revision, status=status)

    def forget(self, run_id: str) -> None:
        """The run is over."""
        self._taken.pop(run_id, None)
