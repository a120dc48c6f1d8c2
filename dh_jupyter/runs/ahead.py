"""What an attempt needs of the store (links to what it reads, a grant, a place for its code) is asked for beside the placing
of runs: where the store hangs, others are placed."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future, wait
from typing import Any, TypeVar

from ..clock import awake
from ..leaving import LeavingThreads
from .finish import StoreWaits

T = TypeVar("T")

THREADS = 4
PATIENCE = 0.5  # seconds that the placing of others waits for a store that answers; it does so in milliseconds
KEPT = 60.0  # seconds after which what nobody has come for is forgotten: the run was stopped meanwhile

Need = tuple[str, str, object]  # project, run id, and which need of that run


class Ahead:
    """Thread-safe. `wake(project, run_id)` is called when there is what a run was told to wait for."""

    def __init__(self, wake: Callable[[str, str], object]) -> None:
        self._wake = wake
        self._threads = LeavingThreads(THREADS, "dh-ahead")
        self._lock = threading.Lock()
        self._asked: dict[Need, tuple[Future[Any], float]] = {}  # and since when

    def of(self, need: Need, ask: Callable[[], T]) -> T:
        """What `ask` gives, or raises. It is asked once at a time; raises StoreWaits while there is no answer."""
        future, patience = self._future(need, ask)
        wait([future], timeout=patience)
        if not future.done():
            future.add_done_callback(lambda _: self._wake(*need[:2]))
            raise StoreWaits("Waits for the store, which has to give it links and does not answer.")
        with self._lock:
            self._asked.pop(need, None)
        return future.result()

    def _future(self, need: Need, ask: Callable[[], T]) -> tuple[Future[T], float]:
        """What was asked, and how long to wait for it: not at all while an older one hangs."""
        with self._lock:
            now = awake()
            self._asked = {one: old for one, old in self._asked.items() if not (old[0].done() and now - old[1] > KEPT)}
            hangs = any(not future.done() and now - since >= PATIENCE for future, since in self._asked.values())
            if need not in self._asked:
                self._asked[need] = self._threads.submit(ask), now
            return self._asked[need][0], 0.0 if hangs else PATIENCE

    def close(self) -> None:
        """Wait for none."""
        self._threads.shutdown(wait=False)
