"""A token bucket: so many at once, and so many a second after that."""

from __future__ import annotations

import threading
import time


class Bucket:
    """`take` waits for its turn."""

    def __init__(self, rate: float, burst: float) -> None:
        self._rate, self._burst = rate, burst
        self._left, self._at = burst, time.monotonic()
        self._lock = threading.Lock()

    def take(self, closing: threading.Event) -> None:
        """One. Returns at once when we are being closed."""
        closing.wait(self.reserve(time.monotonic()))

    def reserve(self, now: float) -> float:
        """Take one of the future's if need be: the seconds until it is ours."""
        with self._lock:
            self._left = min(self._burst, self._left + (now - self._at) * self._rate) - 1
            self._at = now
            return max(0.0, -self._left / self._rate)
