"""Of which trials a sweep has news: those its next turn looks at, so that a turn costs what has changed and not what goes on."""

from __future__ import annotations

import threading
from collections.abc import Iterable

Place = tuple[str, str]  # project, the sweep's run id


class News:
    """Thread-safe. Whoever looks has said before what it looks at: what changes meanwhile is told by then."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._of_trial: dict[str, Place] = {}  # by the run id of a trial
        self._changed: dict[
            str, set[str]
        ] = {}  # by sweep: run ids of trials; a sweep that is not here is looked at as a whole

    def expect(self, place: Place, run_ids: Iterable[str]) -> None:
        """From now on these are trials of a sweep."""
        with self._lock:
            self._of_trial.update(dict.fromkeys(run_ids, place))

    def forget(self, run_ids: Iterable[str]) -> None:
        """They have ended, and the sweep knows it."""
        with self._lock:
            for run_id in run_ids:
                self._of_trial.pop(run_id, None)

    def come(self, run_id: str) -> Place | None:
        """A run may have changed: whose trial it is, if it is one."""
        with self._lock:
            place = self._of_trial.get(run_id)
            if place is not None and place[1] in self._changed:
                self._changed[place[1]].add(run_id)
            return place

    def place_of(self, run_id: str) -> Place | None:
        """Whose trial a run is."""
        return self._of_trial.get(run_id)

    def take(self, sweep: str) -> set[str] | None:
        """Run ids with news since the last time; None: look at all of them."""
        with self._lock:
            taken = self._changed.get(sweep)
            self._changed[sweep] = set()
            return taken

    def lose(self, sweep: str) -> None:
        """What was taken was not looked at: look at all the next time."""
        with self._lock:
            self._changed.pop(sweep, None)

    def lose_all(self) -> set[Place]:
        """As `lose`, for every sweep. Answers which there are."""
        with self._lock:
            self._changed.clear()
            return set(self._of_trial.values())

    def leave(self, sweep: str) -> None:
        """The sweep does not go on here."""
        with self._lock:
            self._changed.pop(sweep, None)
            self._of_trial = {run_id: place for run_id, place in self._of_trial.items() if place[1] != sweep}
