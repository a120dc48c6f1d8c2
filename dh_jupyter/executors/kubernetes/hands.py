"""The hands that are looked after in one cluster: which attempts are in one, and how one of them has ended."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from .attempt import Attempt
from .beside import Beside
from .hand import Hand
from .names import BESIDE, INSTANCE, handles_of

if TYPE_CHECKING:
    from dh_kernel._contract import Exit

CUT_OFF = ("stopped", "killed", "lost")  # reasons for which an attempt ends that was not done when its pod ended


class Hands:
    """By their Jobs. Each has a lead: one of its attempts, by which the pod is looked at, also when it is over itself."""

    def __init__(self) -> None:
        self._leads: dict[str, Attempt] = {}

    def lead_of(self, attempt: Attempt) -> Attempt:
        """Itself, where it is alone in its pod."""
        return self._leads.get(attempt.job_name, attempt)

    def lead_by(self, item: Mapping[str, Any]) -> Attempt | None:
        """That of a Job or a pod; None if it has one attempt only."""
        return self._leads.get(item["metadata"]["labels"][INSTANCE])

    def join(self, attempt: Attempt, job: Mapping[str, Any]) -> None:
        """Have it know the others that its Job has, if there are any."""
        handles, name = handles_of(job), str(job["metadata"]["name"])
        if BESIDE in (job["metadata"].get("annotations") or {}):
            attempt.beside = Beside(handles, attempt.folder.parents[1], name)
        elif len(handles) > 1:
            lead = self._leads.setdefault(name, attempt)
            attempt.hand = lead.hand or Hand(handles, attempt.folder.parents[1], name)

    def leave(self, attempt: Attempt, others: Iterable[Attempt]) -> None:
        """It is over; with the last of them that is looked after, all are."""
        if attempt.hand is not None and all(other.hand is not attempt.hand for other in others):
            self._leads.pop(attempt.hand.job, None)


def told(attempt: Attempt, ended: Exit) -> Exit:
    """How it ended, of which its pod's end says `ended`: what a pod was ended for that was another's is given back."""
    if attempt.hand is None or attempt.was_cancelled:
        return ended
    if attempt.waits_in_hand or (attempt.hand.is_cut_off and ended["reason"] in CUT_OFF):
        return {"reason": "returned", "ended": ended["ended"]}
    return ended
