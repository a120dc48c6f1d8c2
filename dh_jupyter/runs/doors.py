"""How many of our threads are in the store at once: where it hangs, the others move the runs that need no store."""

from __future__ import annotations

import contextlib
import threading
from collections import deque
from collections.abc import Callable, Iterator

from .turns import THREADS

Run = tuple[str, str]  # project, run id


class Door:
    """Thread-safe. `wake(project, run_id)` is called for runs that found it full, when somebody has left."""

    def __init__(self, wake: Callable[[str, str], object], most: int = THREADS // 2) -> None:
        self._wake = wake
        self._most = most
        self._lock = threading.Lock()
        self._inside = 0
        self._waiting: deque[Run] = deque()

    @contextlib.contextmanager
    def passed(self, project: str, run_id: str) -> Iterator[bool]:
        """Whether there is room for a run now; if so, it is inside until the block ends."""
        entered = self._enter((project, run_id))
        try:
            yield entered
        finally:
            if entered:
                self._leave()

    def _enter(self, run: Run) -> bool:
        with self._lock:
            if self._inside < self._most:
                self._inside += 1
                return True
            if run not in self._waiting:
                self._waiting.append(run)
            return False

    def _leave(self) -> None:
        """More than one is called: who is deleted meanwhile doesn't come, and those who come late ask again."""
        with self._lock:
            self._inside -= 1
            called = [self._waiting.popleft() for _ in range(min(len(self._waiting), self._most))]
        for run in called:
            self._wake(*run)
