"""What is written into a run's status, and when: pure, over plain dicts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..clock import as_text, seconds
from .states import may_step


def moved(status: Mapping[str, Any], state: str, moment: float | None = None) -> dict[str, Any]:
    """The status after a step to `state`: with the time in `transitions`, and `started` at the first RUNNING."""
    current = status.get("state", "CREATED")
    if current == state or not may_step(current, state):
        return dict(status)
    text = _not_back(status, moment)
    after = {**status, "state": state, "transitions": [*status.get("transitions", []), {"status": state, "time": text}]}
    if state == "RUNNING":
        after.setdefault("started", text)
    return after


def waiting(
    status: Mapping[str, Any], state: str, message: str = "", progress: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """The status in `state`, with what it waits for; what it waited for before is dropped."""
    kept = {name: value for name, value in status.items() if name not in ("message", "progress")}
    said = {**({"message": message} if message else {}), **({"progress": dict(progress)} if progress else {})}
    return {**moved(kept, state), **said}


def ended(status: Mapping[str, Any], state: str, moment: float | None = None, **facts: Any) -> dict[str, Any]:
    """The status of a run that is over; facts that are None are left out (absent fields are never null on the wire)."""
    after = moved(status, state, moment)
    for name in ("progress", "message") if state == "STOPPED" else ("progress", "message", "stop_asked"):
        after.pop(name, None)
    after["ended"] = _not_back(after, moment)
    after.update({name: value for name, value in facts.items() if value is not None})
    return after


def _not_back(status: Mapping[str, Any], moment: float | None) -> str:
    """A moment as text, or the last step's where a clock that was set back says that this was before it."""
    before: list[str] = [step["time"] for step in status.get("transitions", [])[-1:]]
    return max([as_text(seconds() if moment is None else moment), *before])
