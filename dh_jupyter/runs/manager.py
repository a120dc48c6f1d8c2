"""The run manager: it stores intentions, does the next action, and records what it saw. It holds no truth of its own.

Every public method is synchronous and thread-safe; `follow` in stream.py is the only asynchronous part. What moves a run
on is `reconcile`, asked whenever something may have changed: a new run, a stop, the executor's `changed`, a free place,
and a safety pass every half minute (turns.py). Who gets a place is the waiting line's to say (waiting.py).
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dh_kernel.errors import Busy, Conflict, DHError, NotFound

from ..clock import seconds
from ..executors.base import Executor, Resources
from ..secrets.values import SecretValues
from .attempts import run_id_of
from .cancelling import Cancelling, note_stop
from .creating import Creator
from .driving import Driver
from .finish import Finisher, StoreWaits
from .live import LiveValues
from .observe import Observer
from .options import ProfileOf, no_profiles
from .ownership import Active, Ownership
from .placing import waiting_of
from .reconcile import Action, Cancel, Commit, Facts, Fail, Nothing, Record, Submit, next_action, seconds_left
from .records import waiting
from .retried import retried
from .same import Repeater
from .several import Several
from .shares import Waiting
from .states import FINISHED
from .submitting import Submitter
from .together import Together
from .topics import Topics
from .turns import Turns
from .waiting import WaitingLine

if TYPE_CHECKING:
    from dh_kernel._contract import Entity, EntityEvent

    from ..catalogue.catalogue import Catalogue
    from ..stores import Stores
    from ..tracking.tracker import Tracker

log = logging.getLogger("dh_jupyter.runs")

STEPS_AT_ONCE = 8  # a run that changes more often than this between two events is looked at again later


class RunManager:
    """Creates, stops, retries and moves runs. One for each broker."""

    def __init__(
        self,
        catalogue: Catalogue,
        executor: Callable[[str], Executor],
        home: Path,
        stores: Stores,
        tracker: Tracker,
        profile_of: ProfileOf = no_profiles,
        secrets: SecretValues | None = None,
    ) -> None:
        """`executor` gives the started executor of a name (or raises NotInstalled); outputs go to `stores`."""
        self.catalogue = catalogue
        self.executor = executor
        values = secrets or SecretValues(home)
        self._profile_of = profile_of
        self.topics = Topics()
        self.drivers: dict[str, Driver] = {}  # by the kind of runs that no executor executes
        self.ownership = Ownership(catalogue, home, executor)
        self.observe = Observer(catalogue, executor, home, self.ownership)
        self._turns = Turns(self._look, self.look_at_all)
        self._submitter = Submitter(catalogue, home, stores, values, self._turns.wake)
        self._finish = Finisher(catalogue, home, stores, tracker, values, self._turns.wake)
        repeat = Repeater(catalogue, executor, self.observe, values)
        self._creator = Creator(catalogue, executor, values, profile_of, self.ownership, repeat)
        self._live = LiveValues(catalogue, self.observe, tracker)
        self._cancelling = Cancelling(executor, self.observe)
        self._line = WaitingLine()
        parts = self.ownership, self.observe, self._submitter, self._finish, self._turns
        self._together = Together(catalogue, *parts, self._ended)
        self.several = Several(
            self._creator, self._together, executor, self._enter, lambda *run: self._turns.do(self._join, *run)
        )
        self._active: dict[str, Active] = {}  # by run id: those that are ours and have not ended
        self._told: set[str] = set()  # whose status says what they wait for

    # -- life ------------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Adopt every unfinished run of the catalogue, and go on."""
        self._turns.start()
        self.look_at_all()

    def close(self) -> None:
        """Let go; attempts run on, and the next broker adopts them."""
        self._submitter.close()
        self._turns.close()
        self.ownership.leave()
        self.topics.notify_all()

    @property
    def closing(self) -> bool:
        return self._turns.closing

    def look_at_all(self) -> None:
        """The safety pass: every unfinished run that is ours or can be, oldest first; and those that others have ended."""
        self.ownership.refresh()
        before = dict(self._active)
        for run, revision in self.catalogue.unfinished_runs():
            before.pop(run["id"], None)
            if not run["spec"].get("local_execution"):
                self._look_first(run, revision)
        for run_id, active in before.items():
            self._turns.wake(active.project, run_id)
        self._line.became_free()
        self._turns.do(self._serve_line)

    def _look_first(self, run: Entity, revision: int) -> None:
        if not self.ownership.may_move(run):
            if message := self.ownership.says_gone(run):
                self._say_waiting(run, revision, message)
            return
        self._active[run["id"]] = Active.of(run)
        if run["status"].get("attempt") or run["kind"] in self.drivers:
            self._turns.wake(run["project"], run["id"])
        elif not self._together.hands.waits_behind(run["id"]):
            self._queue(run)

    # -- what a user asks ------------------------------------------------------------------------------------------

    def create(self, project: str, posted: Mapping[str, Any], user: str, *, as_core: bool = False) -> Entity:
        """Store a run and start it, if there is a place. Raises Invalid or NotFound, with nothing stored. See Creator.store."""
        if (driver := self.drivers.get(str(posted.get("kind")))) is not None:
            return driver.create(project, posted, user)
        run, waits_for = self._creator.store(project, posted, user, self._line.refusal, as_core=as_core)
        if run["status"]["state"] in FINISHED or run["spec"].get("local_execution"):
            return run
        self._enter(run)
        self._told.update([run["id"]] if waits_for else ())
        self._line.add(waiting_of(run))
        self._serve_line()
        return run if waits_for else self.catalogue.get(project, "run", run["id"])

    def create_some(self, project: str, posted: Sequence[Mapping[str, Any]], user: str) -> list[Entity]:
        """Those of several, from the first on, that begin at once: all, where that costs less than one by one."""
        return self.several.create_beside(project, posted, user) or [self.create(project, posted[0], user)]

    def _enter(self, run: Entity) -> None:
        self._active[run["id"]] = Active.of(run)
        self._wake_in(seconds_left(self.observe.facts(run)), run)

    def stop(self, project: str, ident: str, user: str) -> Entity:
        """Ask a run to end. A finished one stays as it is. Returns the run as it is then."""
        note_stop(self.catalogue, self.ownership, project, ident, user)
        self._turns.look_now(project, ident)
        return self.catalogue.get(project, "run", ident)

    def retry(self, project: str, ident: str, changes: Mapping[str, Any], user: str) -> Entity:
        """A new run like an old one. `changes` holds options, `parameters` and `inputs` that replace the old ones."""
        return self.create(project, retried(self.catalogue.get(project, "run", ident), changes, self._profile_of), user)

    def delete(self, project: str, ident: str, *, unfinished: bool = False) -> Entity:
        """Forget a run, its folder too. One that has not ended is refused, or ended with `unfinished`."""
        run = self.catalogue.get(project, "run", ident)
        if not unfinished and run["status"].get("state") not in FINISHED and not run["spec"].get("local_execution"):
            raise Conflict(f"{run['metadata'].get('reference', ident)} has not ended.", "Stop it first: %dh stop RUN")
        for gone in self.catalogue.delete(project, "run", ident, cascade=True):
            self.discard(gone)
        return {**run, "status": {**run["status"], "state": "DELETING"}}

    def discard(self, run: Entity) -> None:
        """A run was deleted, alone or with its function or project: end what runs of it, then forget its folder."""
        if not self.ownership.is_theirs(run):
            self._cancelling.discard(run)

    # -- what moves a run ------------------------------------------------------------------------------------------

    def changed(self, handle: str) -> None:
        """The executor's call: an attempt may have changed; no handle: a place became free. Any thread."""
        run_id = run_id_of(handle)
        active = self._active.get(run_id)
        if self._cancelling.knows(run_id):
            self._turns.do(self._cancelling.look, run_id)
        elif active is not None:
            self._together.hear(active.project, run_id)
        elif not handle:
            self._line.became_free()
            self._turns.do(self._serve_line)
        self.topics.notify(run_id)

    def heard(self, event: EntityEvent) -> None:
        """Another broker has changed something: look at a run that is ours, and wake who listens to one. Any thread."""
        if event["id"] in self._active or (event["type"], event["action"]) == ("run", "deleted"):
            self._turns.wake(event["project"], event["id"])
        self.topics.notify(event["id"])

    def _queue(self, run: Entity) -> None:
        """Put a run into the line."""
        self._line.add(waiting_of(run))
        self._wake_in(seconds_left(self.observe.facts(run)), run)

    def _join(self, project: str, run_id: str) -> None:
        """Put a run into the line that it has not waited in before, if it is still there."""
        for run, _ in self.catalogue.many_runs.read(project, [run_id]):
            self._queue(run)
        self._serve_line()

    def _serve_line(self) -> None:
        if self._line.serve(self._place):
            self._turns.do(self._serve_line)

    def _place(self, waiting: Waiting) -> None:
        """Its turn has come. Raises Busy if there is no place for it; to ask first is cheaper than to try.

        A fault of ours with one run keeps nobody else waiting: the safety pass brings it back.
        """
        try:
            if waiting.run_id in self._told:
                self.executor(waiting.executor).room(Resources(cpu=waiting.cores, gpu=waiting.gpus))
            self.reconcile(waiting.project, waiting.run_id)
        except Busy:
            raise
        except Exception:
            log.exception("run %s could not be started; the next pass tries again", waiting.run_id)

    def _look(self, project: str, run_id: str) -> None:
        """A run was woken. One that waits for its first place is left to the line, but for its timer."""
        try:
            self.reconcile(project, run_id)
        except Busy:
            self._serve_line()

    def reconcile(self, project: str, run_id: str) -> None:
        """Do what is to be done for a run now. Raises Busy if it waits for a place."""
        with self._turns.lock_of(run_id):
            try:
                self._move(project, run_id)
            except NotFound:
                self._forget_deleted(project, run_id)
            except StoreWaits as wait:
                self._say_waiting(*self.catalogue.get_run(project, run_id), str(wait))
                self._turns.wake_at(seconds() + wait.pause, project, run_id)
            finally:
                self.topics.notify(run_id)

    def _move(self, project: str, run_id: str) -> None:
        """Action after action, until there is nothing to do. Whoever else moves it makes us read it again."""
        run, revision = self.catalogue.get_run(project, run_id)
        for _ in range(STEPS_AT_ONCE):
            if run["status"].get("state") in FINISHED or not self.ownership.may_move(run):
                self._forget(run_id)
                return
            if not self.ownership.is_ours(run):
                self._take(run, revision)
                run, revision = self.catalogue.get_run(project, run_id)
                continue
            if (driver := self.drivers.get(run["kind"])) is not None:
                driver.wake(project, run_id)
                return
            facts = self.observe.facts(run)
            action = next_action(facts)
            if isinstance(action, Nothing):
                self._leave(run, revision, facts)
                return
            if isinstance(action, Cancel):
                self._cancelling.cancel(run, facts.attempt)
                return
            after = self._do(action, run, revision, facts)
            run, revision = (after, revision + 1) if after else self.catalogue.get_run(project, run_id)

    def _do(self, action: Action, run: Entity, revision: int, facts: Facts) -> Entity | None:
        """The run as it is stored then; None if someone else has changed it, and nothing was done."""
        if isinstance(action, Submit):
            return self._submit(run, revision, action.attempt)
        if isinstance(action, Record):
            return self._store(run, revision, waiting(run["status"], action.state, action.message, action.progress))
        exit = facts.observation.exit if facts.observation else None
        if isinstance(action, Commit):
            return self._finish.commit(run, revision, action.result, exit)
        if isinstance(action, Fail):
            return self._finish.fail(run, revision, action.cause, exit)
        return self._finish.stopped(run, revision, exit)

    def _submit(self, run: Entity, revision: int, attempt: int) -> Entity | None:
        try:
            self._together.submit(self.executor, run, attempt)
        except Busy as busy:
            self._queue(run)
            self._say_waiting(run, revision, busy.message)
            self._told.add(run["id"])
            raise
        except DHError as error:
            return self._finish.refused(run, revision, error)
        return self._store(run, revision, {**waiting(run["status"], "PENDING"), "attempt": attempt})

    def _take(self, run: Entity, revision: int) -> None:
        """From now on it is ours, unless somebody else was faster."""
        taken = self._store(run, revision, self.ownership.stamped(run["status"]))
        if taken is not None:
            self._active[run["id"]] = Active.of(run)
            self._submitter.write_again(taken)

    def _store(self, run: Entity, revision: int, status: dict[str, Any]) -> Entity | None:
        return self.catalogue.compare_and_set_status(run["project"], run["id"], expect=revision, status=status)

    def _say_waiting(self, run: Entity, revision: int, message: str) -> Entity | None:
        if run["status"].get("message") == message:
            return run
        return self._store(run, revision, {**run["status"], "message": message})

    def _leave(self, run: Entity, revision: int, facts: Facts) -> None:
        """Nothing is to be done now."""
        self._wake_in(seconds_left(facts), run)
        moment = self._live.take(run, revision) if facts.state == "RUNNING" else None
        if moment is not None:
            self._turns.wake_at(moment, run["project"], run["id"])

    def _wake_in(self, left: float | None, run: Entity) -> None:
        if left is not None:
            self._turns.wake_at(seconds() + left, run["project"], run["id"])

    def _forget_deleted(self, project: str, run_id: str) -> None:
        """Somebody has deleted it: end what runs of it here."""
        active = self._active.get(run_id)
        self._forget(run_id)
        if not self._cancelling.knows(run_id):
            self._cancelling.discard_left(project, run_id, active.executor if active else None)

    def _ended(self, run_id: str) -> None:
        self._forget(run_id)
        self.topics.notify(run_id)

    def _forget(self, run_id: str) -> None:
        active = self._active.pop(run_id, None)
        if active is not None:
            self._line.remove(active.project, run_id)
            self._turns.forget(active.project, run_id)
            for first in self._together.hands.leave(run_id):
                self._turns.do(self._join, active.project, first)
        self._told.discard(run_id)
        self._live.forget(run_id)
        self.observe.ages.forget(run_id)
        self._cancelling.forget(run_id)
