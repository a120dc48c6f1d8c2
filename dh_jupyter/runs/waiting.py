"""The runs that wait for a place: first come, first served, for each executor and for GPU and CPU apart."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Lane:
    """Runs of one lane wait for the same kind of place; a GPU that is taken keeps nobody from a free core."""

    executor: str
    gpu: bool


class WaitingLine:
    """Thread-safe. It is only a memory of what the catalogue holds, and is filled from there at start."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._turn = threading.Lock()
        self._runs: dict[tuple[str, str], Lane] = {}

    def add(self, project: str, run_id: str, lane: Lane) -> None:
        """At the end of the line; a run that is in it keeps its place."""
        with self._lock:
            self._runs.setdefault((project, run_id), lane)

    def remove(self, project: str, run_id: str) -> None:
        """Its turn came, or it was stopped."""
        with self._lock:
            self._runs.pop((project, run_id), None)

    def serve(self, try_one: Callable[[str, str], bool]) -> None:
        """Try the runs in order; one that gets no place closes its lane for this round. One thread at a time."""
        with self._turn:
            closed: set[Lane] = set()
            with self._lock:
                line = list(self._runs.items())
            for (project, run_id), lane in line:
                if lane in closed:
                    continue
                if try_one(project, run_id):
                    self.remove(project, run_id)
                else:
                    closed.add(lane)
