"""Whose turn it is: a few threads look at runs, each run in one thread at a time, and again at a moment that was asked for."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Any

from ..clock import awake, seconds
from ..leaving import LeavingThreads

log = logging.getLogger("dh_jupyter.runs")

THREADS = 4
SAFETY_PASS = 30.0  # seconds

Run = tuple[str, str]  # project, run id


class Turns:
    """Thread-safe. `look(project, run_id)` does what is to be done for a run now; `look_at_all` is the safety pass.

    Moments are waited for on a clock that nobody sets (`clock.awake`): one that is set back wakes nobody late.
    """

    def __init__(self, look: Callable[[str, str], object], look_at_all: Callable[[], None]) -> None:
        self._look = look
        self._look_at_all = look_at_all
        self._pool = LeavingThreads(THREADS, "dh-runs")
        self._lock = threading.Lock()
        self._working: dict[Run, bool] = {}  # run → whether to look once more
        self._run_locks: dict[str, threading.Lock] = {}
        self._alarm = threading.Condition()
        self._alarms: dict[Run, float] = {}  # when to look at a run again
        self.closing = False

    def start(self) -> None:
        """Begin to watch the clock."""
        threading.Thread(target=self._watch_clock, name="dh-runs-safety", daemon=True).start()

    def close(self) -> None:
        """Finish what is being done, unless it hangs, and begin nothing more."""
        with self._alarm:
            self.closing = True
            self._alarm.notify_all()
        self._pool.shutdown(wait=True, cancel_futures=True)

    def lock_of(self, run_id: str) -> threading.Lock:
        """Held while a run is looked at and moved."""
        with self._lock:
            return self._run_locks.setdefault(run_id, threading.Lock())

    def forget(self, project: str, run_id: str) -> None:
        """The run is over."""
        with self._lock:
            self._run_locks.pop(run_id, None)
        with self._alarm:
            self._alarms.pop((project, run_id), None)

    def do(self, function: Callable[..., object], *args: Any) -> None:
        """In one of our threads; a fault of it is logged."""
        if not self.closing:
            self._pool.submit(_logged, function, *args)

    def look_now(self, project: str, run_id: str) -> None:
        """In the calling thread. Where another one is with the run, maybe for minutes in a store that hangs, that one looks
        once more."""
        if self.lock_of(run_id).locked():
            self.wake(project, run_id)
        else:
            self._look(project, run_id)

    def wake(self, project: str, run_id: str) -> None:
        """Something about the run may have changed: look at it soon. However many wakes come meanwhile, once more is enough."""
        with self._lock:
            if (project, run_id) in self._working:
                self._working[project, run_id] = True
                return
            self._working[project, run_id] = False
        self.do(self._work, project, run_id)

    def _work(self, project: str, run_id: str) -> None:
        again = True
        while again:
            try:
                _logged(
                    self._look, project, run_id
                )  # a fault must not keep those who wake it meanwhile from their look
            finally:
                with self._lock:
                    again = self._working.pop((project, run_id), False)
                    if again:
                        self._working[project, run_id] = False

    # -- timers ----------------------------------------------------------------------------------------------------

    def wake_at(self, moment: float, project: str, run_id: str) -> None:
        """Look at the run at a moment (in seconds since 1970), or before."""
        due = awake() + max(0.0, moment - seconds())
        with self._alarm:
            self._alarms[project, run_id] = min(due, self._alarms.get((project, run_id), due))
            self._alarm.notify()

    def _watch_clock(self) -> None:
        """One thread: wakes runs when their alarm is due, and all of them at each safety pass."""
        next_pass = awake() + SAFETY_PASS
        while not self.closing:
            with self._alarm:
                now = awake()
                due = [run for run, moment in self._alarms.items() if moment <= now]
                for run in due:
                    del self._alarms[run]
                if not due and now < next_pass:
                    self._alarm.wait(min([next_pass, *self._alarms.values()]) - now)
                    continue
            for project, run_id in due:
                self.wake(project, run_id)
            if now >= next_pass:
                next_pass = now + SAFETY_PASS
                _logged(self._look_at_all)


def _logged(function: Callable[..., object], *args: Any) -> None:
    """The last resort of our own threads: a fault is logged, and the safety pass tries again."""
    try:
        function(*args)
    except Exception:
        log.exception("%s%r failed; the next pass tries again", getattr(function, "__name__", function), args)
