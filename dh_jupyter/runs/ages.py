"""How long a run has been waiting: counted while the machine is awake, and on a clock that nobody sets."""

from __future__ import annotations

from ..clock import awake, seconds


class Ages:
    """The stored moment of creation counts once, when a run is first seen; from then on only the steady clock does.

    So a clock that is set, or a laptop that sleeps, neither ends a run that waits nor keeps it for ever.
    """

    def __init__(self) -> None:
        self._first: dict[str, tuple[float, float]] = {}  # run id → when it was first seen, and its age then

    def age(self, run_id: str, created: float) -> float:
        """Seconds since the run was posted, at `created`."""
        seen, age = self._first.setdefault(run_id, (awake(), max(0.0, seconds() - created)))
        return age + awake() - seen

    def forget(self, run_id: str) -> None:
        """The run is over."""
        self._first.pop(run_id, None)
