"""What a look at the cluster says about an attempt, in words for the person who started the run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from .words import sentence, shortened

if TYPE_CHECKING:
    from dh_kernel._contract import Diagnosis

Changes = Mapping[str, Any]
LONGEST = 1000  # characters of what the cluster said


@dataclass(frozen=True)
class Finding:
    """`cure` says what to type; RUN and FUNCTION in it stand for names. `retry` is the same as changes of the options of a
    run, where typing is not needed. `detail`: what the cluster said itself.

    `waiting`: the attempt has not begun, and may still. `stuck`: it waits, but only somebody's change will help it.
    """

    code: str
    summary: str
    cure: str = ""
    detail: str = ""
    retry: Changes | None = None
    waiting: bool = False
    stuck: bool = False

    def document(self) -> Diagnosis:
        """As it is kept, and goes over the wire."""
        texts = {name: getattr(self, name) for name in ("code", "summary", "cure", "detail")}
        found = {name: text for name, text in texts.items() if text}
        return cast("Diagnosis", {**found, "retry": dict(self.retry)} if self.retry else found)


def waits(
    code: str, summary: str, cure: str = "", detail: str = "", retry: Changes | None = None, stuck: bool = False
) -> Finding:
    """It has not begun."""
    return Finding(code, summary, cure, _said(detail), retry, waiting=True, stuck=stuck)


def sticks(code: str, summary: str, cure: str = "", detail: str = "", retry: Changes | None = None) -> Finding:
    """It has not begun, and will not by itself."""
    return waits(code, summary, cure, detail, retry, stuck=True)


def ends(code: str, summary: str, cure: str = "", detail: str = "", retry: Changes | None = None) -> Finding:
    """It is over."""
    return Finding(code, summary, cure, _said(detail), retry)


def clusters_fault(code: str, summary: str, detail: str = "") -> Finding:
    """It is over, and the same again may go well: the cluster took its place away."""
    return ends(
        code, summary, "Run it again, by itself after such a fault: %dh retry RUN --retries 2", detail, {"retries": 2}
    )


def _said(text: str) -> str:
    return sentence(shortened(text, LONGEST)) if "\n" not in text.strip() else text.strip()[-LONGEST:]
