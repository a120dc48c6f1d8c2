"""What an executor is: where attempts of runs run.

The run manager is the only caller. All methods are synchronous, may be called from several threads at once, and must be
safe to repeat: the manager persists its intention first, then acts, and acts again after a crash. A handle is derived
from (run, attempt), so that repeating a submit finds the first one. An executor knows folders and processes (or pods);
it knows nothing of the catalogue.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Protocol

from dh_kernel._contract import Environment, Exit, Progress

Purpose = Literal["interactive", "sweep", "schedule"]
Phase = Literal["starting", "running", "exited", "missing"]


@dataclass(frozen=True)
class Resources:
    """What an attempt may use. `memory` and `disk` in bytes, `cpu` in cores, `gpu` in devices; None = no limit asked."""

    cpu: float = 1.0
    memory: int | None = None
    gpu: int = 0
    disk: int | None = None


@dataclass(frozen=True)
class Following:
    """An attempt that differs from the one before it in its folder, and in these variables."""

    handle: str
    folder: Path
    env: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Submission:
    """One attempt, ready to run: the folder holds run.json and dh_code.py."""

    handle: str  # "<run id>-<attempt>", unique and stable
    folder: Path  # the attempt's folder
    resources: Resources = field(default_factory=Resources)
    requirements: tuple[str, ...] = ()  # PEP 508, of the function
    imports: tuple[str, ...] = ()  # top-level modules that the code imports, for warm starts
    env: Mapping[str, str] = field(default_factory=dict)  # of the user's process
    secrets: Mapping[str, str] = field(
        default_factory=dict, repr=False
    )  # also; to be kept off disks, and out of the log
    timeout: float | None = None  # seconds of running
    placement: Mapping[str, Any] = field(
        default_factory=dict
    )  # of the profile: those fields that the executor `honours`
    python: str = ""  # minor version that the code was written for, e.g. 3.12
    any_python: bool = False  # `python` is a wish: another version may run it where that one can't
    nodes: int = 1  # processes on machines of their own, started and ended together: where the executor `spans_nodes`
    user: str = ""  # who started the run
    purpose: Purpose = "interactive"  # whom it serves: in this order they come, where something decides by it
    packages: tuple[str, ...] | None = None  # exactly these in place of `requirements`: what another run had
    then: tuple[Following, ...] = ()  # in the same place after it, one after another: where the executor `takes_hands`
    share: float = 0.0  # seconds after which those of them that have not begun are given back
    beside: tuple[Following, ...] = ()  # at the same time, each in a place of its own: where the executor `takes_many`
    handed: Any = None  # what the executor's `asks` gave


@dataclass(frozen=True)
class Observation:
    """What can be seen of an attempt now.

    `starting`: accepted, the worker does not run yet. `running`: the worker's process is alive. `exited`: it is over and
    `exit` says how. `missing`: no trace of a process and no exit; the attempt is lost.
    `waiting_for` says in words what an attempt that does not run yet waits for; `progress` how far that is. `is_queued`: it
    was accepted and has no place to run yet (a pod without a node), so the run's time in the queue goes on.
    """

    phase: Phase
    exit: Exit | None = None
    waiting_for: str = ""
    progress: Progress | None = None
    is_queued: bool = False


class Executor(Protocol):
    """See the module's text. Errors are DHErrors; anything else is a fault of the executor.

    An executor that can give what a profile sets beyond resources (an image, a queue, …; schemas/profiles.json, Placement)
    has an attribute `honours`, a frozenset of those fields. A run that needs others is refused. One that can say which
    requirements it would have to install first has `lacks(requirements, python)`, which gives those. One whose attempts
    every broker sees by their handles, wherever they were started (pods), has `is_shared = True`: runs of a broker that is
    gone may then be taken by another one, whose folder of the attempt holds what the first one's held when it was submitted.
    One whose attempts hand over what they make to the store themselves has `deliver_by(deliveries)`, which is called before
    `start` (see ../deliveries.py). It has `asks(submission)` then: what is to be called before `submit` if the store has to
    answer first, in a thread that may hang in it, and whose answer goes into `Submission.handed`; None if there is nothing.
    One whose attempts see what is written into their folders while they run has `answers = True`.
    One whose workers can have several attempts one after another has `takes_hands = True`. Each of them is observed and
    cancelled as any other; where the whole worker has to end for that, the others have not counted. What was not begun, or does
    not count, since the time was over or whoever had it died, ends for the reason `returned`.
    One that can begin several attempts at once by less than to begin each has `takes_many()`, which says whether it can now.
    They are observed, cancelled and adopted as any others; which of them it has taken `poll` tells after `submit`.
    Where its workers take long to start, `starting` says about how many seconds.
    One whose attempts can be spoken to while they run has `reach(handle, folder, port)`, which gives a connected stream socket
    to a port of the attempt's own machine, on its loopback address. It may block for seconds; raises DHError or OSError.
    One that knows how many GPUs are free has `gpus_free(placement)`, which says it in words, of those that a profile means.
    One that can run an attempt on several machines has `spans_nodes = True`; what the first of them makes counts.
    """

    name: str

    def start(self, changed: Callable[[str], None]) -> None:
        """Called once before all else. `changed(handle)` may then be called from any thread, as often as wished:
        something about that attempt may have changed (log, metrics, phase); `changed("")` means a place became free."""

    def check(self, resources: Resources, python: str = "") -> None:
        """Raise Invalid if the request can never be met here (says what there is). Must be quick; starts nothing."""

    def room(self, resources: Resources) -> None:
        """Raise Busy, as `submit` would, if there is surely no place now. Cheap; it takes nothing, and may do nothing."""

    def compare(self, recorded: Environment) -> list[str]:
        """What of an environment that a run had would be different here, in sentences. Raises Invalid if it can't be had."""

    def prepare(self, requirements: tuple[str, ...], imports: tuple[str, ...]) -> None:
        """A hint that such a function will probably run soon. Returns at once; may do nothing; never raises."""

    def submit(self, submission: Submission) -> None:
        """Start the attempt, or do nothing if it was started before. Returns when the attempt will survive our death.

        Raises Busy (with what it waits for, and what it lacks) if no place is free now: the manager tries again after
        `changed("")`.
        """

    def poll(self, handles: Mapping[str, Path]) -> dict[str, Observation]:
        """Observe attempts, all at once: handle → folder in, handle → observation out."""

    def cancel(self, handle: str, folder: Path, grace: float) -> None:
        """Ask the attempt to end (SIGTERM or the like), and make it end `grace` seconds later. Returns at once."""

    def log(self, handle: str, folder: Path, since: int, limit: int) -> bytes:
        """At most `limit` bytes of the log from byte `since`; empty if there are none (yet)."""

    def doctor(self) -> Iterable[tuple[str, bool, str]]:
        """Rows for `%dh doctor`: (what, is it well, detail or cure)."""

    def close(self) -> None:
        """Release what this process holds. Attempts go on."""
