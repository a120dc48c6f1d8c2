"""Times as Core writes them, and as we count them."""

from __future__ import annotations

import time
from datetime import UTC, datetime


def seconds() -> float:
    """Now, in seconds since 1970."""
    return time.time()


def awake() -> float:
    """Seconds on a clock that nobody sets, and that stands still while the machine sleeps; only differences mean anything."""
    return time.monotonic()


def as_text(moment: float) -> str:
    """ISO 8601 with milliseconds and Z: 2026-11-23T10:57:32.721Z."""
    return datetime.fromtimestamp(moment, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def as_seconds(text: str) -> float:
    """The other way."""
    return datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()
