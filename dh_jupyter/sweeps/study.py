"""One sweep in memory: its ledger, its journal and its sampler, always told together. Used under the sweep's lock."""

from __future__ import annotations

import contextlib
import gc
import logging
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from dh_kernel.errors import DHError, Invalid

from ..clock import seconds
from . import hands, journal, pruning, space
from .budget import Decision, decide, workers_left
from .journal import Journal
from .ledger import ENDED, Entry, Ledger, Trial
from .pruning import Points, Reported
from .sampling import SamplerFailed, Sampling, sampling_for
from .suggesting import asked_for, check_suggested, is_of_one_kind

KEPT = 4  # sweeps
MOST_SAID = 500  # characters of what a sampler raised

T = TypeVar("T")
log = logging.getLogger("dh_jupyter.sweeps")


def ledger_of(spec: Mapping[str, Any], entries: Iterable[Entry]) -> Ledger:
    """What follows from entries. `spec` is a SweepSpec."""
    ledger = Ledger([objective["direction"] == "maximize" for objective in spec["objectives"]])
    ledger.apply_all(entries)
    return ledger


class Reader:
    """Ledgers of sweeps that are over, or somebody else's: those that were read last are kept, and read on from where
    they were left. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: dict[Path, tuple[int, Ledger]] = {}  # how far each was read

    def read(self, folder: Path, spec: Mapping[str, Any]) -> Ledger:
        """Nobody changes what is given. Raises FileNotFoundError."""
        with self._lock:
            place, ledger = self._kept.pop(folder, (0, None))
            if place > journal.length(folder):
                place, ledger = 0, None  # another file took its place
            if ledger is None:
                ledger, place = _read_whole(folder, spec)
            else:
                entries, place = journal.read_from(folder, place)
                ledger.apply_all(entries)
            rest = list(self._kept.items())[-KEPT + 1 :]
            self._kept = {**dict(rest), folder: (place, ledger)}
            return ledger


def read_ledger(folder: Path, spec: Mapping[str, Any]) -> Ledger:
    """What is in a journal now. Raises FileNotFoundError."""
    return _read_whole(folder, spec)[0]


def _read_whole(folder: Path, spec: Mapping[str, Any]) -> tuple[Ledger, int]:
    moment = journal.written(folder)
    with _no_collecting():
        entries, place = journal.read_from(folder, 0)
        ledger = ledger_of(spec, entries)
    ledger.rebase(moment)
    return ledger, place


@contextlib.contextmanager
def _no_collecting() -> Iterator[None]:
    """While so much is made that stays: to look for cycles in it, again and again, takes as long as to read it.

    Of two threads that do this the first to leave turns it on again: that costs the other some time, and no more.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


class Study:
    """Each change is on the disk before it counts."""

    def __init__(
        self, folder: Path, spec: Mapping[str, Any], known: Sequence[Trial] = (), starting: float | None = None
    ) -> None:
        """`known` are finished trials of other sweeps; `starting`: seconds that a worker takes to start, where it can have
        several trials one after another. Raises BlockingIOError while another process has it."""
        self.spec = spec
        self._starting = starting
        self.workers = hands.Workers()
        self.combinations = _left_of_the_grid(spec["space"], known) if spec["sampler"] == "grid" else None
        self.reported = Reported(more=spec["objectives"][0]["direction"] == "maximize")  # by trials that have ended
        self.made: set[str] = set()  # ids of runs that were made for trials, or found made, since it was opened
        self._journal = Journal(folder)
        with _no_collecting():
            self.ledger = ledger_of(spec, self._journal.entries())
        self.ledger.rebase(journal.written(folder))
        self._known = known
        self._sampling: Sampling | None = None
        for trial in self.ledger.trials:
            self._remember(trial)
        if not self.ledger.began:
            self.write(
                [{"op": "begin", "time": seconds()}, *({"op": "enqueue", "p": p} for p in spec.get("fixed") or ())]
            )

    def write(self, entries: Sequence[Entry]) -> None:
        """Onto the disk, then into memory. Raises OSError with nothing done."""
        self._journal.append(entries)
        for entry in entries:
            self.ledger.apply(entry)
            if entry["op"] == "end":
                self._tell(self.ledger.trials[entry["n"]])

    @property
    def prunes(self) -> bool:
        """Whether what trials report while they run matters."""
        return bool((self.spec.get("pruner") or {}).get("kind", "none") != "none")

    @property
    def answers(self) -> bool:
        """Whether trials ask while they run."""
        return bool(self.spec.get("conditional"))

    def decide(self) -> Decision:
        """Whether more may begin now."""
        taken = hands.lengths(self.ledger)
        starting = self._starting or 0.0
        most = hands.most_in_hand(self.spec, taken, starting) if starting else 1
        self.workers.deals_ahead = hands.deals_ahead(self.spec, taken, most, starting)
        busy = self.workers.busy(self.ledger.open) - len(self.workers.ripe(self.ledger.open))
        return decide(self.ledger, self.spec, seconds(), self.combinations, busy, most)

    def share(self, count: int) -> float:
        """Seconds that a worker may have for so many trials."""
        return hands.seconds_of(count, hands.lengths(self.ledger), self._starting or hands.STARTING)

    def ask(self, count: int) -> list[Trial]:
        """So many new trials, on the disk. Raises SamplerFailed."""
        first, before = len(self.ledger.trials), frozenset(self.ledger.open)
        try:
            self.write(self._sampled(lambda: self._asked(first, count)))
        except OSError:
            self._sampling = None  # it has asked for what does not count
            raise
        new = self.ledger.trials[first:]
        self.workers.deal([trial.number for trial in new], before, workers_left(self.ledger, self.spec))
        return new

    def _asked(self, first: int, count: int) -> list[Entry]:
        picked = list(self.ledger.picked)[:count]
        entries: list[Entry] = []
        for place in range(count):
            given = picked[place] if place < len(picked) else None
            now, later = _parted(given, self.spec["space"])
            parameters = self.sampling.ask(first + place, now)
            more = {} if given is None else {"picked": True, **({"rest": later} if later else {})}
            entries.append({"op": "ask", "n": first + place, "p": parameters, **more})
        return entries

    def _sampled(self, ask: Callable[[], T]) -> T:
        """What a sampler gives; one that fails is made anew, once."""
        for again in (True, False):
            try:
                return ask()
            except (DHError, OSError):
                raise
            except Exception as error:
                log.exception("the sampler '%s' failed", self.spec["sampler"])
                self._sampling = None
                if not again:
                    why = f"The sampler '{self.spec['sampler']}' failed: {type(error).__name__}: {error}"
                    raise SamplerFailed(why[:MOST_SAID]) from error
        raise AssertionError("it is given or it is raised")

    def suggest(self, number: int, name: str, one: space.Dimension) -> Any:
        """What a trial asks for while it runs, on the disk: asked for again it is the same. Raises Invalid or SamplerFailed."""
        trial = self.ledger.trials[number]
        if name in trial.parameters:
            return asked_for(trial.parameters, name, one)
        if self.ledger.done:
            raise Invalid(self.ledger.done)
        check_suggested(name, one, self.ledger.space)
        self._forget_others(name, one)
        given = trial.picked.get(name)
        held = name in trial.picked and space.holds(one, given)
        value = self._sampled(lambda: self.sampling.suggest(number, name, one, [given] if held else []))
        try:
            self.write([{"op": "suggest", "n": number, "name": name, "of": dict(one), "v": value}])
        except OSError:
            self._sampling = None
            raise
        return value

    def _forget_others(self, name: str, one: space.Dimension) -> None:
        """Trials of other sweeps that had asked for something else by that name tell nothing here."""
        fit = [trial for trial in self._known if is_of_one_kind(trial.space.get(name), one)]
        if len(fit) < len(self._known):
            self._known, self._sampling = fit, None

    def is_hopeless(self, number: int, points: Points) -> bool:
        """Whether a trial that has reported this is not worth it, beside those that ended, and for halving those that run."""
        pruner: Mapping[str, Any] = self.spec.get("pruner") or {"kind": "none"}
        running: list[Points] = []
        if pruner["kind"] == "hyperband":
            running = [self.ledger.trials[other].points for other in self.ledger.open if other != number]
        return pruning.is_hopeless(points, self.reported, pruner, running)

    def importance(self) -> dict[str, float]:
        """See Sampling."""
        return self.sampling.importance()

    def close(self) -> None:
        """Let another process have it."""
        self._journal.close()

    @property
    def sampling(self) -> Sampling:
        """Made when it is first needed: Optuna takes its time."""
        if self._sampling is None:
            self._sampling = sampling_for(self.spec, self.ledger.trials, self._known)
        return self._sampling

    def _tell(self, trial: Trial) -> None:
        self._remember(trial)
        if self._sampling is not None:
            self._sampling.tell(trial)

    def _remember(self, trial: Trial) -> None:
        if trial.state in ENDED and trial.points:
            self.reported.add(trial.number, trial.points)


def _left_of_the_grid(varied: space.Space, known: Sequence[Trial]) -> int:
    """How many combinations there are to try: without those that another sweep has tried."""
    return space.grid_size(varied) - len(space.tried(varied, [trial.parameters for trial in known if trial.values]))


def _parted(picked: Mapping[str, Any] | None, varied: space.Space) -> tuple[dict[str, Any] | None, dict[str, Any]]:
    """What was picked of the space, and what the function may ask for."""
    if picked is None:
        return None, {}
    now = {name: value for name, value in picked.items() if name in varied}
    return now or None, {name: value for name, value in picked.items() if name not in varied}
