"""The sweeps of a broker: from what is known of trials to the next ones, again and again.

Level-triggered as runs are: a turn looks at the trials that have not ended, writes what has changed into the journal, asks for
as many new ones as are free, and makes their runs. What a turn did not come to, the next one does, in another broker too.
"""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dh_kernel.errors import Conflict, DHError, NotFound, Unavailable

from ..clock import awake, seconds
from ..disks import explained, is_disk_fault
from ..runs.manager import RunManager
from ..runs.options import ProfileOf
from ..runs.states import FINISHED
from ..runs.tasks import make_task
from ..runs.turns import Turns
from . import trials
from .answering import Answering
from .beginning import Beginning
from .budget import Decision, deadline
from .champion import champion
from .checks import can_share, check_can_ask, check_picked, check_reuse
from .creating import SWEEP, build_sweep
from .ending import Ending
from .hands import STARTING
from .ledger import Entry, Trial
from .looking import Looking
from .news import News
from .reading import Reading
from .sampling import SamplerFailed
from .shown import status
from .study import Study

if TYPE_CHECKING:
    from dh_kernel._contract import Champion, Entity, EntityEvent

    from ..catalogue import Catalogue
    from ..tracking.tracker import Tracker

EVERY = 0.25  # seconds between two changes of a sweep's status
AGAIN = 10.0  # seconds until one that waits for a disk is looked at again
AT_ONCE = 50  # trials begun in one turn: then others have theirs
BY = "sweep"  # who stops a trial that is pruned

log = logging.getLogger("dh_jupyter.sweeps")


class Sweeps:
    """Thread-safe. The driver of all sweeps of this broker."""

    def __init__(
        self,
        catalogue: Catalogue,
        runs: RunManager,
        home: Path,
        tracker: Tracker,
        profile_of: ProfileOf,
        check: Callable[[str, Mapping[str, Any]], None],
    ) -> None:
        """`check(project, spec)` raises what speaks against a trial's run on its executor."""
        self._catalogue = catalogue
        self._runs = runs
        self._profile_of = profile_of
        self._check = check
        self._looking = Looking(catalogue, Answering(runs.observe.folder))
        self._reading = Reading(catalogue, runs.ownership, home)
        self._ending = Ending(catalogue, tracker)
        self._turns = Turns(self._turn, self._look_at_all)
        self._lock = threading.Lock()
        self._studies: dict[str, Study] = {}  # by the sweep's run id: those that go on here
        self._news = News()
        self._beginning = Beginning(runs, self._news)
        self._shown: dict[str, float] = {}  # when a sweep's status was last written

    # -- life ----------------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Drive what the run manager wakes."""
        self._turns.start()
        self._runs.drivers[SWEEP] = self
        self._runs.topics.on_news = self.news_of

    def close(self) -> None:
        """Let go: another broker of this home goes on with them."""
        self._turns.close()
        with self._lock:
            for study in self._studies.values():
                study.close()
            self._studies.clear()

    def wake(self, project: str, run_id: str) -> None:
        """See Driver."""
        self._turns.wake(project, run_id)

    def changed(self, event: EntityEvent) -> None:
        """Of any entity: when a trial's run has ended its sweep is looked at, and soon when it has moved."""
        found = self._news.come(event["id"])
        if found is None:
            return
        if event["action"] == "deleted" or event.get("state") in FINISHED:
            self._turns.wake(*found)
        else:
            self._turns.wake_at(seconds() + EVERY, *found)

    def news_of(self, run_id: str) -> None:
        """Of any run: what a trial reports matters where trials are pruned; one that asks waits for its answer."""
        found = self._news.place_of(run_id)
        study = self._studies.get(found[1]) if found else None
        if found and study and (study.prunes or study.answers):
            self._news.come(run_id)
            self._turns.wake_at(seconds() + (0 if study.answers else EVERY), *found)

    def _look_at_all(self) -> None:
        for place in self._news.lose_all():
            self._turns.wake(*place)

    # -- what a user asks ----------------------------------------------------------------------------------------------

    def create(self, project: str, posted: Mapping[str, Any], user: str) -> Entity:
        """See Driver."""
        built = build_sweep(project, posted, self._catalogue.resolve, self._profile_of)
        spec = built.document["spec"]
        executor = self._runs.executor(spec.get("executor", "local"))
        if spec["sweep"].get("conditional"):
            check_can_ask(executor)
        check_reuse(executor, spec)
        self._check(project, spec)
        for ref in spec["sweep"].get("warm_start") or ():
            self._reading.earlier(project, ref)
        make_task(self._catalogue, project, built.task, user)
        document = {**built.document, "status": self._runs.ownership.stamped(built.document["status"])}
        run, _ = self._catalogue.create("run", document, project=project, user=user, numbered_as=built.numbered_as)
        self.wake(project, run["id"])
        return run

    def ledger(self, project: str, run_id: str) -> tuple[Any, Mapping[str, Any]]:
        """What is known of a sweep's trials, and its SweepSpec. Raises NotFound."""
        run = self._reading.sweep(project, run_id)
        spec: Mapping[str, Any] = run["spec"]["sweep"]
        study = self._studies.get(run_id)
        return (study.ledger if study else self._reading.ledger(run)), spec

    def importance(self, project: str, run_id: str) -> dict[str, float]:
        """By parameter, together 1. Raises Invalid while there are too few trials."""
        from .sampling import sampling_for

        ledger, spec = self.ledger(project, run_id)
        ended = [trial for trial in list(ledger.trials) if trial.values]
        return sampling_for({**spec, "sampler": "random", "constraints": ()}, (), ended).importance()

    def champion(self, project: str, run_id: str) -> Champion:
        """The model that it has to beat, and what that reached; nothing if there is none."""
        return champion(self._catalogue, self._reading.sweep(project, run_id))

    def ask(self, project: str, run_id: str, entry: Entry) -> Entity:
        """pause, resume, extend or enqueue. Raises Conflict for a sweep that has ended. Returns its run."""
        run = self._reading.sweep(project, run_id)
        name = run["metadata"].get("reference", run_id)
        if run["status"].get("state") in FINISHED:
            raise Conflict(f"{name} has ended.", f"Go on from its trials in a new one: %dh sweep … --warm-start {name}")
        if entry["op"] == "enqueue":
            check_picked(run["spec"]["sweep"], entry["p"])
        with self._turns.lock_of(run_id):
            study = self._open(run)
            if study is None:
                raise Unavailable(f"Another broker drives {name}.", "Ask it there, or again when it has stopped.")
            try:
                study.write([entry])
            except OSError as error:
                if not is_disk_fault(error):
                    raise
                raise explained(error, "The sweep's journal") from error
            self._shown.pop(run_id, None)  # it is seen at once
        self._turn(project, run_id)
        return self._catalogue.get(project, "run", run_id)

    def stop_trial(self, project: str, run_id: str, number: int, user: str) -> Entity:
        """End one trial. Raises NotFound for a number that there is not. Returns the trial's run."""
        ledger, _ = self.ledger(project, run_id)
        if not 0 <= number < len(ledger.trials):
            raise NotFound(f"There is no trial {number}.", f"There are {len(ledger.trials)}, from 0 on.")
        return self._runs.stop(project, trials.run_id(run_id, number, ledger.trials[number].tries), user)

    # -- a turn --------------------------------------------------------------------------------------------------------

    def _turn(self, project: str, run_id: str) -> None:
        """Everything that is to be done for a sweep now."""
        with self._turns.lock_of(run_id):
            try:
                run, revision = self._catalogue.get_run(project, run_id)
            except NotFound:
                self._forget(run_id)
                return
            if run["status"].get("state") in FINISHED or not self._runs.ownership.is_ours(run):
                self._forget(run_id)
                return
            study = self._open(run)
            if study is None:
                return
            try:
                self._move(run, revision, study)
            except OSError as error:
                if not is_disk_fault(error):
                    raise
                self._hold(run, study, explained(error, "The sweep's journal"))
            except Unavailable as error:
                self._hold(run, study, error)
            except SamplerFailed as error:
                study.write([{"op": "done", "why": str(error)}])
                self._turns.wake(project, run_id)

    def _hold(self, run: Entity, study: Study, error: Unavailable) -> None:
        """It waits for a disk or a catalogue, and says so if that can be said: nothing counts that could not be stored."""
        log.warning("%s waits: %s", run["id"], error)
        self._turns.wake_at(seconds() + AGAIN, run["project"], run["id"])
        with contextlib.suppress(Unavailable, OSError):
            run, revision = self._catalogue.get_run(run["project"], run["id"])
            said = status(run["id"], study.ledger, study.spec, Decision(0), study.combinations)
            held = {**said, "message": f"It waits: {error.message} {error.hint}".strip()}
            self._ending.show(run, revision, study, Decision(0), held)

    def _move(self, run: Entity, revision: int, study: Study) -> None:
        stops = "stop_asked" in run["status"]
        self._look(run, study)
        self._prune(run, study)
        decision = Decision(0, "Stopped.") if stops else study.decide()
        if decision.over:
            self._end_rest(run, study, decision, stops)
        elif decision.asks and not self._runs.closing:
            study.ask(min(decision.asks, AT_ONCE))
        self._begin(run, study)
        if decision.asks > AT_ONCE:
            self._turns.wake(run["project"], run["id"])
        self._show(run, revision, study, decision)

    def _look(self, run: Entity, study: Study) -> None:
        """What trials have come to, since the last time."""
        try:
            ended = self._looking.look(run, study, self._news.take(run["id"]))
            study.write(ended)
        except BaseException:
            self._news.lose(run["id"])
            raise
        self._news.forget(
            trials.run_id(run["id"], entry["n"], study.ledger.trials[entry["n"]].tries) for entry in ended
        )

    def _begin(self, run: Entity, study: Study) -> None:
        """Runs for the trials that have none yet."""
        entries = self._beginning.begin(run, study)
        if entries:
            study.write(entries)
            self._turns.wake(run["project"], run["id"])

    def _prune(self, run: Entity, study: Study) -> None:
        hopeless = self._looking.hopeless(study)
        study.write([{"op": "prune", "n": trial.number, "step": trial.points[-1][0]} for trial in hopeless])
        for trial in hopeless:
            self._stop(run, trial)

    def _end_rest(self, run: Entity, study: Study, decision: Decision, stops: bool) -> None:
        """No new trial begins. Those that run are let end, unless somebody wants it all to stop, or nothing can come of it."""
        if stops or decision.failed:
            for number in sorted(study.ledger.open):
                self._stop(run, study.ledger.trials[number])

    def _stop(self, run: Entity, trial: Trial) -> None:
        try:
            self._runs.stop(run["project"], trials.run_id(run["id"], trial.number, trial.tries), BY)
        except NotFound:
            log.debug("trial %d of %s has no run", trial.number, run["id"])

    def _show(self, run: Entity, revision: int, study: Study, decision: Decision) -> None:
        """Its status: not too often while it goes on, and at once when it is over."""
        over = bool(decision.over) and not study.ledger.open
        due = self._shown.get(run["id"], 0.0) + EVERY
        if not over and awake() < due:
            self._turns.wake_at(seconds() + due - awake(), run["project"], run["id"])
            return
        said = status(run["id"], study.ledger, study.spec, decision, study.combinations)
        until = deadline(study.ledger, study.spec)
        if until is not None and not decision.over:
            self._turns.wake_at(until, run["project"], run["id"])
        shown = self._ending.end if over else self._ending.show
        if not shown(run, revision, study, decision, said):
            self._turns.wake(run["project"], run["id"])  # somebody else has changed it: look again
            return
        self._shown[run["id"]] = awake()
        self._runs.topics.notify(run["id"])
        if over:
            self._forget(run["id"])

    # -- studies -------------------------------------------------------------------------------------------------------

    def _known(self, run: Entity) -> list[Trial]:
        return self._reading.known(run, lambda other: self.ledger(other["project"], other["id"])[0].trials)

    def _open(self, run: Entity) -> Study | None:
        """The study; None while another process of this home has it."""
        study = self._studies.get(run["id"])
        if study is None:
            try:
                folder, spec = self._reading.folder(run), run["spec"]
                study = Study(folder, spec["sweep"], self._known(run), self._starting(spec))
            except BlockingIOError:
                return None
            open_trials = [study.ledger.trials[number] for number in study.ledger.open]
            place = run["project"], run["id"]
            self._news.expect(place, [trials.run_id(run["id"], one.number, one.tries) for one in open_trials])
            with self._lock:
                self._studies[run["id"]] = study
        return study

    def _starting(self, spec: Mapping[str, Any]) -> float | None:
        """See Study."""
        try:
            executor = self._runs.executor(spec.get("executor", "local"))
        except DHError:  # its plug-in is gone, as is said of each trial
            return None
        return getattr(executor, "starting", STARTING) if can_share(executor, spec) else None

    def _forget(self, run_id: str) -> None:
        with self._lock:
            study = self._studies.pop(run_id, None)
        self._news.leave(run_id)
        self._shown.pop(run_id, None)
        if study is not None:
            study.close()
