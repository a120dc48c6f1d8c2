"""What all processes of an attempt together may use, looked at now and then: memory, and their number."""

from __future__ import annotations

from . import processes

_COUNT = 0.2  # seconds between two looks at how many processes there are: a fork bomb is quick
_MEMORY_LOOK = 0.15  # and at the memory where it is limited
_MEMORY_PEEK = 1.0  # and where only the peak is asked for


class Limits:
    """`look` answers which limit is broken. `memory` in bytes, 0 or None: no limit; `peak` is the most that was seen."""

    def __init__(self, memory: int | None, most: int | None) -> None:
        self._memory = memory or 0
        self._most = most or 0
        self._memory_at = self._count_at = float("inf")
        self.peak = 0

    def begin(self, now: float) -> None:
        """From now on there is something to look at."""
        self._memory_at = now
        self._count_at = now if self._most else float("inf")

    @property
    def moment(self) -> float:
        """When to look again, on the clock of `now`."""
        return min(self._memory_at, self._count_at)

    def look(self, now: float, supervisor: int) -> str:
        """'memory', 'processes', or '' if all is well (or it is too soon to look)."""
        if now < self.moment:
            return ""
        family = processes.descendants(supervisor, self._most + 1 if self._most else None)
        self._count_at = now + _COUNT if self._most else float("inf")
        if self._most and len(family) > self._most:
            return "processes"
        if now >= self._memory_at:
            self._memory_at = now + (_MEMORY_LOOK if self._memory else _MEMORY_PEEK)
            used = processes.memory_of(family)
            self.peak = max(self.peak, used)
            if self._memory and used > self._memory:
                return "memory"
        return ""
