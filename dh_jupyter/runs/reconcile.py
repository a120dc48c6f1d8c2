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
    from dh_kernel._contract import Exit, Result


@dataclass(frozen=True)
class Facts:
    """All that the decision depends on. Times in seconds since 1970."""

    state: str  # as stored
    attempt: int = 0  # the newest attempt that was handed to the executor; 0 = none
    retries: int = 0
    stop_asked: bool = False
    created: float = 0.0
    queue_timeout: float | None = None
    now: float = 0.0
    observation: Observation | None = None  # of that attempt
    result: Result | None = None  # of that attempt


@dataclass(frozen=True)
class Nothing:
    """Wait for the next change."""


@dataclass(frozen=True)
class Submit:
    """Hand an attempt to the executor."""

    attempt: int


@dataclass(frozen=True)
class Record:
    """Store that the run is in this state."""

    state: str


@dataclass(frozen=True)
class Cancel:
    """Ask the executor to end the attempt."""


@dataclass(frozen=True)
class Commit:
    """Make the result's outputs entities, and end the run."""

    result: Result


@dataclass(frozen=True)
class Fail:
    """End the run: `cause` is a word of diagnosis.py."""

    cause: str


@dataclass(frozen=True)
class End:
    """End the run as stopped."""


Action = Nothing | Submit | Record | Cancel | Commit | Fail | End

# An attempt that ended like this may end otherwise the next time: the user's code is not to blame.
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


def _waiting(facts: Facts) -> Action:
    if facts.stop_asked:
        return End()
    if facts.queue_timeout is not None and facts.now - facts.created >= facts.queue_timeout:
        return Fail("queue_timeout")
    return Submit(1)


def _alive(facts: Facts, seen: Observation | None) -> Action:
    if seen is None:
        return Nothing()
    if facts.stop_asked:
        return Cancel()
    if seen.phase == "running" and facts.state != "RUNNING":
        return Record("RUNNING")
    if seen.phase == "starting" and facts.state in ("CREATED", "BUILT", "READY"):
        return Record("PENDING")
    return Nothing()


def _over(facts: Facts, exit: Exit | None) -> Action:
    result = facts.result
    if result is not None and result["state"] != "STOPPED":
        return Commit(result)
    cause = cause_of(exit)
    if facts.stop_asked and cause in ("stopped", "killed", "lost", "exited"):
        return End()
    if cause in INFRASTRUCTURE and facts.attempt <= facts.retries:
        return Submit(facts.attempt + 1)
    return Fail(cause)


def cause_of(exit: Exit | None) -> str:
    """The word for how an attempt without a result ended: a key of diagnosis.py's table."""
    if exit is None or exit["reason"] == "lost":
        return "lost"
    if exit["reason"] == "stopped":
        return "killed"  # ended by a signal that nobody asked us for; a stop that was asked for is looked at before
    if exit["reason"] != "exited":
        return exit["reason"]
    if "signal" in exit:
        return "killed" if exit["signal"] in (9, 15) else "crashed"
    return {43: "dependencies", 44: "integrity", 45: "killed"}.get(exit.get("code", 1), "exited")
