"""The cluster's time, from what its answers say: our own clock may be minutes wrong, and deadlines are the cluster's."""

from __future__ import annotations

import time
from collections.abc import Callable
from email.utils import parsedate_to_datetime

_COARSE = 2.0  # seconds that an answer's date may be off by itself: whole seconds, and the way


class Clock:
    """Right by what was heard last."""

    def __init__(self, local: Callable[[], float] = time.time) -> None:
        self._local = local
        self._ahead = 0.0  # of us

    def hear(self, date: str | None) -> None:
        """The Date of an answer that has just come."""
        try:
            told = parsedate_to_datetime(date or "").timestamp()
        except ValueError:
            return
        ahead = told - self._local()
        self._ahead = 0.0 if abs(ahead) <= _COARSE else ahead

    def now(self) -> float:
        """Seconds since 1970."""
        return self._local() + self._ahead
