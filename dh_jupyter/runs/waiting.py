"""The runs that wait for a place: who is tried next, and who is not tried again before something becomes free."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass

from dh_kernel.errors import Busy

from ..clock import awake
from .shares import Paid, Waiting, forget, join, next_of, pay

PASSES = 8  # runs that may pass one for which there is no place
HOLD = 120.0  # seconds for which then nobody passes, so that its places can become free together

Lane = tuple[str, str]  # executor, what is lacking: a taken GPU keeps nobody from a free core


def lanes_of(run: Waiting) -> list[Lane]:
    """What a run needs."""
    return [(run.executor, what) for what, wanted in (("CPU", run.cores), ("GPU", run.gpus)) if wanted]


def size_of(run: Waiting, lane: Lane) -> int:
    """How much of it."""
    return run.gpus if lane[1] == "GPU" else run.cores


@dataclass
class Hold:
    """The first run that found no place in its lane. So many have passed it; then the lane was held, since a moment.

    So small runs do not starve a big one, and it does not block them for ever while it waits for what never ends.
    """

    run: Waiting
    passed: int = 0
    since: float = 0.0

    def lets_pass(self, now: float) -> bool:
        """Whether another run may be tried now."""
        return self.passed < PASSES or now - self.since >= HOLD

    def was_passed(self, now: float) -> None:
        """Another run got a place."""
        self.passed = self.passed + 1 if self.passed < PASSES else 1
        self.since = now


class WaitingLine:
    """Thread-safe. It is only a memory of what the catalogue holds, and is filled from there at start."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._runs: dict[tuple[str, str], Waiting] = {}  # by project and run id, in the order of coming
        self._paid = Paid()
        self._refused: dict[Lane, tuple[int, str]] = {}  # the smallest that found no place, and in what words
        self._holds: dict[Lane, Hold] = {}
        self._freed = 0  # counts what became free
        self._serving = self._again = False

    def add(self, run: Waiting) -> None:
        """At the end of the line; a run that is in it keeps its place."""
        with self._lock:
            if (run.project, run.run_id) not in self._runs:
                join(self._paid, run, self._runs.values())
                self._runs[run.project, run.run_id] = run

    def refusal(self, run: Waiting) -> str:
        """What a run like this would wait for, if that is known; '' if it would be tried."""
        with self._lock:
            known = [self._refused[lane][1] for lane in lanes_of(run) if lane in self._refused]
            return known[0] if known and not self._is_open(run, awake()) else ""

    def remove(self, project: str, run_id: str) -> None:
        """It was stopped, or deleted."""
        with self._lock:
            self._drop(project, run_id)

    def became_free(self) -> None:
        """Something became free: everyone may be tried again."""
        with self._lock:
            self._freed += 1
            self._refused.clear()

    def serve(self, try_one: Callable[[Waiting], object]) -> bool:
        """Try the runs in their order, until there is no place for any. `try_one` raises Busy if there is none for that one.

        One thread at a time. True: someone else has asked meanwhile, and this should be called again.
        """
        with self._lock:
            if self._serving:
                self._again = True
                return False
            self._serving, self._again = True, False
        try:
            while (run := self._next()) is not None:
                self._try(run, try_one)
        finally:
            with self._lock:
                self._serving = False
        return self._again

    def _next(self) -> Waiting | None:
        """Many of those who wait ask for the same: what that means is found once."""
        now = awake()
        with self._lock:
            holders = {hold.run.run_id for hold in self._holds.values()}
            is_open: dict[tuple[str, int, int, bool], bool] = {}
            candidates = []
            for run in self._runs.values():
                demand = run.executor, run.cores, run.gpus, run.run_id in holders
                if demand not in is_open:
                    is_open[demand] = self._is_open(run, now)
                if is_open[demand]:
                    candidates.append(run)
            return next_of(candidates, self._paid) if candidates else None

    def _is_open(self, run: Waiting, now: float) -> bool:
        """Whether it makes sense, and is right, to try this one now."""
        for lane in lanes_of(run):
            if lane in self._refused and size_of(run, lane) >= self._refused[lane][0]:
                return False
            hold = self._holds.get(lane)
            if hold is not None and hold.run != run and not hold.lets_pass(now):
                return False
        return True

    def _try(self, run: Waiting, try_one: Callable[[Waiting], object]) -> None:
        freed = self._freed
        try:
            try_one(run)
        except Busy as busy:
            with self._lock:
                self._refuse(run, busy, still=self._freed == freed)
            return
        with self._lock:
            if self._drop(run.project, run.run_id):
                pay(self._paid, run)
                for lane in lanes_of(run):
                    if lane in self._holds:
                        self._holds[lane].was_passed(awake())

    def _refuse(self, run: Waiting, busy: Busy, *, still: bool) -> None:
        lane = (run.executor, "GPU" if busy.lacks == "GPU" else "CPU")
        self._holds.setdefault(lane, Hold(run))
        if still:  # nothing became free meanwhile
            self._refused[lane] = size_of(run, lane), busy.message

    def _drop(self, project: str, run_id: str) -> bool:
        run = self._runs.pop((project, run_id), None)
        if run is None:
            return False
        self._holds = {lane: hold for lane, hold in self._holds.items() if hold.run != run}
        forget(self._paid, self._runs.values())
        return True
