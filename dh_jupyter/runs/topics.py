"""Who waits for news of a run: asyncio events, set from any thread."""

from __future__ import annotations

import asyncio
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class News(asyncio.Event):
    """Set whenever something about one of the runs that are listened to may have changed; it knows which."""

    def __init__(self) -> None:
        super().__init__()
        self._of: set[str] = set()

    def come(self, run_id: str) -> None:
        """Something may have changed about that run."""
        self._of.add(run_id)
        self.set()

    def take(self) -> set[str]:
        """Runs with news since the last time; clears the event."""
        found, self._of = self._of, set()
        self.clear()
        return found


class Topics:
    """`notify(run)` wakes all that `listen(run)`; a listener clears its event before it looks."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.on_news: Callable[[str], None] = lambda run_id: (
            None
        )  # called for every run, in any thread; it returns soon
        self._listeners: dict[str, set[tuple[asyncio.AbstractEventLoop, News]]] = defaultdict(set)

    @contextmanager
    def listen(self, *run_ids: str) -> Iterator[News]:
        """An event that is set whenever something about the runs may have changed. Call it in the loop's thread."""
        entry = (asyncio.get_running_loop(), News())
        with self._lock:
            for run_id in run_ids:
                self._listeners[run_id].add(entry)
        try:
            yield entry[1]
        finally:
            with self._lock:
                for run_id in run_ids:
                    self._forget(run_id, entry)

    def _forget(self, run_id: str, entry: tuple[asyncio.AbstractEventLoop, News]) -> None:
        self._listeners[run_id].discard(entry)
        if not self._listeners[run_id]:
            del self._listeners[run_id]

    def notify(self, run_id: str) -> None:
        """Wake the run's listeners."""
        self.on_news(run_id)
        with self._lock:
            listeners = list(self._listeners.get(run_id, ()))
        for loop, news in listeners:
            loop.call_soon_threadsafe(news.come, run_id)

    def notify_all(self) -> None:
        """Wake every listener, e.g. to end."""
        with self._lock:
            runs = list(self._listeners)
        for run_id in runs:
            self.notify(run_id)
