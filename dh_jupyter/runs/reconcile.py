"""From what is stored and what is seen to what to do next: one pure function.

It is level-triggered: it looks at the state of things, not at what happened, so it may be asked as often as one likes,
after a crash too, and the answer to the same facts is the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..executors.base import Observation
from .states import FINISHED

if TYPE_CHECKING:
    from dh_kernel._contract import Exit, Progress, Result


@dataclass(frozen=True)
class Facts:
    """All that the decision depends on. Times in seconds since 1970."""

    state: str  # as stored
    attempt: int = 0  # the newest attempt that was handed to the executor; 0 = none
    retries: int = 0
    stop_asked: bool = False
    created: float = 0.0
    queue_timeout: float | None = None
    total_timeout: float | None = None
    now: float = 0.0
    observation: Observation | None = None  # of that attempt
    result: Result | None = None  # of that attempt
    message: str = ""  # as stored

    @property
    def is_too_old(self) -> bool:
        """Whether waiting and running together have taken the time that they may."""
        return self.total_timeout is not None and self.now - self.created >= self.total_timeout

    @property
    def has_waited_too_long(self) -> bool:
        """Whether the time that it may wait for its first place is over. Whether it still waits is another question."""
        return self.queue_timeout is not None and self.now - self.created >= self.queue_timeout


@dataclass(frozen=True)
class Nothing:
    """Wait for the next change."""


@dataclass(frozen=True)
class Submit:
    """Hand an attempt to the executor."""

    attempt: int


@dataclass(frozen=True)
class Record:
    """Store that the run is in this state, and what it waits for."""

    state: str
    message: str = ""
    progress: Progress | None = None


@dataclass(frozen=True)
class Cancel:
    """Ask the executor to end the attempt."""


@dataclass(frozen=True)
class Commit:
    """Make the result's outputs entities, and end the run."""

    result: Result


@dataclass(frozen=True)
class Fail:
    """End the run: `cause` is a word that diagnosis/endings.py knows."""

    cause: str


@dataclass(frozen=True)
class End:
    """End the run as stopped."""


Action = Nothing | Submit | Record | Cancel | Commit | Fail | End

# An attempt that ended like this may end otherwise the next time: the user's code is not to blame.
PRUNED = 46  # a trial that has ended itself: nobody stopped it
INFRASTRUCTURE = frozenset({"lost", "killed"})


def next_action(facts: Facts) -> Action:
    """What to do now."""
    if facts.state in FINISHED:
        return Nothing()
    if facts.attempt == 0:
        return _waiting(facts)
    seen = facts.observation
    if seen is None or seen.phase in ("starting", "running"):
        return _alive(facts, seen)
    return _over(facts, seen.exit)


def seconds_left(facts: Facts) -> float | None:
    """Until the time alone will change the answer; None if it will not."""
    timers = [facts.total_timeout, facts.queue_timeout if _waits_for_its_first_place(facts) else None]
    left = [facts.created + seconds - facts.now for seconds in timers if seconds is not None]
    return min((seconds for seconds in left if seconds > 0), default=None)


def _waits_for_its_first_place(facts: Facts) -> bool:
    """Also in the queue of an executor that has accepted it."""
    seen = facts.observation
    return facts.attempt == 0 or (facts.attempt == 1 and seen is not None and seen.is_queued)


def _waiting(facts: Facts) -> Action:
    if facts.stop_asked:
        return End()
    if facts.has_waited_too_long:
        return Fail("queue_timeout")
    if facts.is_too_old:
        return Fail("total_timeout")
    return Submit(1)


def _alive(facts: Facts, seen: Observation | None) -> Action:
    if seen is None:
        return Nothing()
    if facts.stop_asked or facts.is_too_old or (facts.has_waited_too_long and _waits_for_its_first_place(facts)):
        return Cancel()
    if seen.phase == "running" and facts.state != "RUNNING":
        return Record("RUNNING")
    if seen.phase == "running" and seen.waiting_for not in ("", facts.message):
        return Record("RUNNING", seen.waiting_for)
    is_news = facts.state in ("CREATED", "BUILT", "READY") or seen.waiting_for != facts.message
    if seen.phase == "starting" and is_news and facts.state != "RUNNING":
        return Record("PENDING", seen.waiting_for, seen.progress)
    return Nothing()


def _over(facts: Facts, exit: Exit | None) -> Action:
    result = facts.result
    if result is not None and (result["state"] != "STOPPED" or result["exit_code"] == PRUNED):
        return Commit(result)
    if exit is not None and exit["reason"] == "returned":
        return _begin_again(facts)
    cause = cause_of(exit)
    if facts.stop_asked and cause in ("stopped", "killed", "lost", "exited"):
        return End()
    if facts.is_too_old and cause in ("timeout", *INFRASTRUCTURE):
        return Fail("total_timeout")
    if cause in INFRASTRUCTURE and facts.has_waited_too_long and _never_ran(facts, exit):
        return Fail("queue_timeout")
    if cause in INFRASTRUCTURE and facts.attempt <= facts.retries:
        return Submit(facts.attempt + 1)
    return Fail(cause)


def _begin_again(facts: Facts) -> Action:
    """Of an attempt that was given back before it began: it does not count."""
    again = _waiting(facts)
    return Submit(facts.attempt + 1) if isinstance(again, Submit) else again


def _never_ran(facts: Facts, exit: Exit | None) -> bool:
    return facts.attempt == 1 and facts.state != "RUNNING" and "started" not in (exit or {})


def cause_of(exit: Exit | None) -> str:
    """The word for how an attempt without a result ended: a word of diagnosis/endings.py."""
    if exit is None or exit["reason"] == "lost":
        return "lost"
    if exit["reason"] == "stopped":
        return "killed"  # ended by a signal that nobody asked us for; a stop that was asked for is looked at before
    if exit["reason"] != "exited":
        return exit["reason"]
    if "signal" in exit:
        return "killed" if exit["signal"] in (9, 15) else "crashed"
    return {43: "dependencies", 44: "integrity", 45: "killed"}.get(exit.get("code", 1), "exited")
