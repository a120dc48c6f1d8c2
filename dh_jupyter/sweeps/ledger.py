"""What a sweep knows of its trials: a state that follows from entries alone, one after another. Pure.

An entry is a dict with `op`, as a line of the journal. To apply the same entries again is to get the same state, so a broker
that begins anew is where the one before it was.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from operator import ge, mul
from typing import Any

from .space import Dimension
from .suggesting import widened

Entry = Mapping[str, Any]
Parameters = dict[str, Any]
ENDED = frozenset({"finished", "pruned", "failed"})
FAULTS_RUNNING = 3  # of the machine, after which a worker or a node is put aside
TIMES_THE_SAME = 5  # first trials that all fail alike: the rest would, too
TIMES_AT_ALL = 20  # and that all fail, each in its own way
_NUMBERS = re.compile(r"[-+]?\d[\w.+-]*")  # of a message, which may name what was tried


@dataclass(slots=True)
class Trial:
    """`tries` counts its runs: a fault of the machine gives another one with the same parameters."""

    number: int
    parameters: Parameters
    state: str = "waiting"
    tries: int = 1
    values: dict[str, float] | None = None
    violations: tuple[float, ...] = ()  # by how much constraints are broken; <= 0 is kept
    started: str = ""
    ended: str = ""
    seconds: float | None = None
    points: list[tuple[int, float]] = field(default_factory=list)  # (step, value) of the first objective, thinned out
    message: str = ""
    pruned_at: int | None = None  # it was asked to end, at this step
    space: dict[str, Dimension] = field(default_factory=dict)  # what it asked for while it ran
    picked: Parameters = field(default_factory=dict)  # by hand, and to be had when it asks
    attributes: dict[str, Any] = field(default_factory=dict)  # that its code noted
    revision: int = 0

    @property
    def is_feasible(self) -> bool:
        """Whether it keeps all constraints."""
        return all(violation <= 0 for violation in self.violations)


class Ledger:
    """All trials of a sweep, and what was asked of it since it began."""

    def __init__(self, directions: Sequence[bool]) -> None:
        """`directions`: for each objective whether more is better."""
        self.trials: list[Trial] = []
        self.open: set[int] = set()
        self.picked: deque[Parameters] = deque()  # by hand, and not begun
        self.paused = False
        self.more_trials = 0
        self.more_seconds = 0.0
        self.began = 0.0  # seconds since 1970
        self.counts = {"finished": 0, "pruned": 0, "failed": 0}
        self.best: list[int] = []  # numbers; of several objectives all that none beats
        self._front: dict[int, list[float]] = {}  # the values of the best, so that more is better
        self.since_better = 0  # finished in a row that were no better
        self.revision = 0
        self.done = ""  # why it can't go on
        self.spent = 0.0  # seconds of runs that are over, also of those that the machine ended
        self.aside: list[
            str
        ] = []  # what failed three times running: nodes, and "" for a worker of a machine without name
        self._faults: dict[str, int] = {}  # of the machine, in a row, by node
        self.space: dict[str, Dimension] = {}  # all that trials asked for while they ran
        self._signs = [1.0 if more else -1.0 for more in directions]
        self._failures: list[int] = []  # the first trials to fail, until one does not
        self._has_done_well = False  # one of them did not fail

    def apply(self, entry: Entry) -> None:
        """One entry. What is in it is the ledger's from now on."""
        self.revision += 1
        _APPLY[entry["op"]](self, entry)

    def apply_all(self, entries: Iterable[Entry]) -> None:
        """In their order."""
        for entry in entries:
            self.apply(entry)

    @property
    def fails_from_the_start(self) -> tuple[int, str]:
        """How many of the first trials all failed, and how the first of them did, once that is enough: they failed alike but
        for numbers, or are so many that it does not matter how; else (0, "")."""
        failures = [self.trials[number].message for number in self._failures]
        alike = {_NUMBERS.sub("", message) for message in failures[:TIMES_THE_SAME]}
        if len(failures) >= TIMES_THE_SAME and len(alike) == 1:
            return TIMES_THE_SAME, self._first_failure
        return (TIMES_AT_ALL, self._first_failure) if len(failures) >= TIMES_AT_ALL else (0, "")

    @property
    def _first_failure(self) -> str:
        return self.trials[min(self._failures)].message

    def see(self, number: int, **seen: Any) -> None:
        """What is seen of a trial that goes on; no entry, since it is seen again."""
        trial = self.trials[number]
        if any(getattr(trial, name) != value for name, value in seen.items()):
            for name, value in seen.items():
                setattr(trial, name, value)
            self._touch(trial)

    def rebase(self, base: int) -> None:
        """All trials changed at `base`: what is seen without an entry is counted from there, so who comes with a number of
        before asks for everything again."""
        self.revision = base
        for trial in self.trials:
            trial.revision = base

    def changed(self, since: int) -> list[Trial]:
        """Trials that have changed since a revision."""
        return [trial for trial in self.trials if trial.revision > since]

    def _touch(self, trial: Trial) -> None:
        self.revision += 1
        trial.revision = self.revision

    # -- entries -------------------------------------------------------------------------------------------------------

    def _begin(self, entry: Entry) -> None:
        self.began = float(entry["time"])

    def _ask(self, entry: Entry) -> None:
        """A new trial. Its number is the next one."""
        if entry["n"] != len(self.trials):
            return  # applied before
        if entry.get("picked") and self.picked:
            self.picked.popleft()
        trial = Trial(entry["n"], entry["p"], picked=entry.get("rest") or {})
        self.trials.append(trial)
        self.open.add(trial.number)
        self._touch(trial)

    def _suggest(self, entry: Entry) -> None:
        """A trial has asked for a parameter. The same one is never another."""
        trial, name = self.trials[entry["n"]], entry["name"]
        if name in trial.parameters:
            return
        trial.parameters[name], trial.space[name] = entry["v"], entry["of"]
        self.space[name] = widened(self.space.get(name), entry["of"])
        self._touch(trial)

    def _again(self, entry: Entry) -> None:
        """Another run for the same parameters."""
        trial = self.trials[entry["n"]]
        trial.tries, trial.state, trial.points, trial.pruned_at = entry["try"], "waiting", [], None
        self.spent += entry.get("seconds") or 0.0
        self._note_fault(entry.get("node", ""))
        self._touch(trial)

    def _prune(self, entry: Entry) -> None:
        self.trials[entry["n"]].pruned_at = entry["step"]

    def _end(self, entry: Entry) -> None:
        trial = self.trials[entry["n"]]
        if trial.state in ENDED:
            return  # a trial is told once
        self.open.discard(trial.number)
        trial.state = entry["state"]
        trial.values = entry.get("values") or None
        if "violations" in entry:
            trial.violations = tuple(entry["violations"])
        trial.points = [(int(step), float(value)) for step, value in entry["points"]] if "points" in entry else []
        trial.message = entry.get("message", "")
        trial.attributes = entry.get("attributes") or {}
        trial.started, trial.ended = entry.get("started", ""), entry.get("ended", "")
        trial.seconds = entry.get("seconds")
        self.counts[trial.state] += 1
        self.spent += trial.seconds or 0.0
        if entry.get("machine"):
            self._note_fault(entry.get("node", ""))
        else:
            self._faults.pop(entry.get("node", ""), None)
        self._note_failure(trial, entry)
        if trial.state == "finished":
            self._weigh(trial)
        self._touch(trial)

    def _note_fault(self, node: str) -> None:
        self._faults[node] = self._faults.get(node, 0) + 1
        if self._faults[node] == FAULTS_RUNNING:
            self.aside.append(node)
            del self._faults[node]

    def _note_failure(self, trial: Trial, entry: Entry) -> None:
        if trial.state != "failed":
            self._has_done_well = True
            self._failures.clear()
        elif not (self._has_done_well or entry.get("by_hand")) and len(self._failures) < TIMES_AT_ALL:
            self._failures.append(trial.number)

    def _pause(self, entry: Entry) -> None:
        self.paused = True

    def _resume(self, entry: Entry) -> None:
        self.paused = False

    def _extend(self, entry: Entry) -> None:
        self.more_trials += int(entry.get("trials") or 0)
        self.more_seconds += float(entry.get("timeout") or 0)

    def _enqueue(self, entry: Entry) -> None:
        self.picked.append(dict(entry["p"]))

    def _done(self, entry: Entry) -> None:
        self.done = str(entry["why"])

    # -- the best ------------------------------------------------------------------------------------------------------

    def _weigh(self, trial: Trial) -> None:
        self.since_better += 1
        if trial.violations and not trial.is_feasible:
            return
        mine = self._signed(trial)
        for theirs in self._front.values():
            if _covers(theirs, mine):
                return
        self._front = {number: theirs for number, theirs in self._front.items() if not _covers(mine, theirs)}
        self._front[trial.number] = mine
        self.best = list(self._front)
        self.since_better = 0

    def _signed(self, trial: Trial) -> list[float]:
        """Its values so that more is better."""
        return list(map(mul, self._signs, (trial.values or {}).values()))


def _covers(one: Sequence[float], other: Sequence[float]) -> bool:
    """Whether one is nowhere worse than the other: of two that are equal the first stays."""
    return all(map(ge, one, other))


_APPLY: dict[str, Callable[[Ledger, Entry], None]] = {
    name: getattr(Ledger, f"_{name}")
    for name in ("begin", "ask", "suggest", "again", "prune", "end", "pause", "resume", "extend", "enqueue", "done")
}
