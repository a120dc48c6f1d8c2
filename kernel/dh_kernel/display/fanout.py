"""Many runs of one function in one line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from ..states import FINISHED, SHOWN
from . import html

_ORDER = ("running", "starting", "queued", "failed", "stopped")


def fanout_text(name: str, total: int | None, states: Sequence[str]) -> str:
    """`train · 12 of 50 ended · 8 running, 1 failed`; `states` are Core's, of the runs that were started. No total: it is
    not known."""
    ended = sum(state in FINISHED for state in states)
    counts = Counter(SHOWN.get(state, state.lower()) for state in states)
    parts = [f"{counts[word]:,} {word}" for word in _ORDER if counts[word]]
    waiting = 0 if total is None else total - len(states)
    if waiting:
        parts.append(f"{waiting:,} to start")
    share = f"{ended:,} ended" if total is None else f"{ended:,} of {total:,} ended"
    return " · ".join(part for part in (name, share, ", ".join(parts)) if part)


def fanout_bundle(function: Mapping[str, Any], total: int | None, states: Sequence[str]) -> dict[str, Any]:
    """The line for all viewers."""
    text = fanout_text(function["name"], total, states)
    if total is None:
        return {"text/plain": text, "text/html": html.card(html.text(text))}
    share = sum(state in FINISHED for state in states) / total if total else 1.0
    return {"text/plain": text, "text/html": html.card(html.bar(share, text))}
