"""Who waits for news of a run: asyncio events, set from any thread."""

from __future__ import annotations

import asyncio
import threading
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager


class Topics:
    """`notify(run)` wakes all that `listen(run)`; a listener clears its event before it looks."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._listeners: dict[str, set[tuple[asyncio.AbstractEventLoop, asyncio.Event]]] = defaultdict(set)

    @contextmanager
    def listen(self, run_id: str) -> Iterator[asyncio.Event]:
        """An event that is set whenever something about the run may have changed. Call it in the loop's thread."""
        entry = (asyncio.get_running_loop(), asyncio.Event())
        with self._lock:
            self._listeners[run_id].add(entry)
        try:
            yield entry[1]
        finally:
            with self._lock:
                self._listeners[run_id].discard(entry)
                if not self._listeners[run_id]:
                    del self._listeners[run_id]

    def notify(self, run_id: str) -> None:
        """Wake the run's listeners."""
        with self._lock:
            listeners = list(self._listeners.get(run_id, ()))
        for loop, event in listeners:
            loop.call_soon_threadsafe(event.set)

    def notify_all(self) -> None:
        """Wake every listener, e.g. to end."""
        with self._lock:
            runs = list(self._listeners)
        for run_id in runs:
            self.notify(run_id)
