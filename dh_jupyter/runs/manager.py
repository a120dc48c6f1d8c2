"""The run manager: it stores intentions, does the next action, and records what it saw. It holds no truth of its own.

Every public method is synchronous and thread-safe; `follow` in stream.py is the only asynchronous part. What moves a run
on is `reconcile`, asked whenever something may have changed: a new run, a stop, the executor's `changed`, a free place,
and a safety pass every half minute.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dh_kernel.errors import Busy, Conflict, DHError, NotFound

from ..clock import seconds
from ..executors.base import Executor
from .attempts import handle_of, run_id_of, submission_of, write_attempt
from .build import OPTIONS, BuiltRun, build, resources_of
from .finish import Finisher
from .live import LiveValues
from .observe import Observer
from .reconcile import Action, Cancel, Commit, End, Facts, Fail, Nothing, Record, Submit, next_action
from .records import moved
from .states import FINISHED
from .topics import Topics
from .waiting import Lane, WaitingLine

if TYPE_CHECKING:
    from dh_kernel._contract import Entity

    from ..catalogue.catalogue import Catalogue
    from ..tracking.tracker import Tracker

log = logging.getLogger("dh_jupyter.runs")

SAFETY_PASS = 30.0  # seconds
GRACE = 10.0  # seconds between asking an attempt to end and ending it
STEPS_AT_ONCE = 8  # a run that changes more often than this between two events is looked at again later


class RunManager:
    """Creates, stops, retries and moves runs. One for each broker."""

    def __init__(
        self, catalogue: Catalogue, executor: Callable[[str], Executor], home: Path, store_root: str, tracker: Tracker
    ) -> None:
        """`executor` gives the started executor of a name (or raises NotInstalled); `store_root` is where outputs go."""
        self.catalogue = catalogue
        self.executor = executor
        self.home = home
        self.topics = Topics()
        self.observe = Observer(catalogue, executor, home)
        self._finish = Finisher(catalogue, home, store_root, tracker)
        self._live = LiveValues(catalogue, self.observe)
        self._line = WaitingLine()
        self._active: dict[str, str] = {}  # run id → project
        self._pool = ThreadPoolExecutor(4, thread_name_prefix="dh-runs")
        self._work_lock = threading.Lock()
        self._working: dict[tuple[str, str], bool] = {}  # run → whether to look once more
        self._run_locks: dict[str, threading.Lock] = {}
        self._cancelled: set[str] = set()
        self._discarded: dict[str, Entity] = {}  # deleted while they ran
        self._alarm = threading.Condition()
        self._alarms: dict[tuple[str, str], float] = {}  # when to look at a run again
        self._closing = False

    # -- life ------------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Adopt every unfinished run of the catalogue, and go on."""
        threading.Thread(target=self._safety, name="dh-runs-safety", daemon=True).start()
        self.look_at_all()

    def close(self) -> None:
        """Let go; attempts run on, and the next broker adopts them."""
        with self._alarm:
            self._closing = True
            self._alarm.notify_all()
        self._pool.shutdown(wait=True, cancel_futures=True)
        self.topics.notify_all()

    @property
    def closing(self) -> bool:
        return self._closing

    def look_at_all(self) -> None:
        """The safety pass: every unfinished run, oldest first."""
        for run, _revision in self.catalogue.unfinished_runs():
            if run["spec"].get("local_execution"):
                continue
            self._active[run["id"]] = run["project"]
            if run["status"].get("attempt"):
                self._wake(run["project"], run["id"])
            else:
                self._line.add(run["project"], run["id"], _lane(run))
        self._submit_work(self._serve_line)

    # -- what a user asks ------------------------------------------------------------------------------------------

    def create(self, project: str, posted: Mapping[str, Any], user: str) -> Entity:
        """Store a run and start it, if there is a place. Raises Invalid or NotFound, with nothing stored."""
        if (posted.get("spec") or {}).get("local_execution"):
            return self.catalogue.create("run", dict(posted), project=project, user=user)[0]
        built = build(project, posted, self.catalogue.resolve)
        self._check_can_be_met(built)
        self.catalogue.create("task", built.task, project=project, user=user, on_duplicate="keep")
        run, _ = self.catalogue.create("run", built.document, project=project, user=user, numbered_as=built.numbered_as)
        self._active[run["id"]] = project
        self._line.add(project, run["id"], _lane(run))
        self._serve_line()
        return self.catalogue.get(project, "run", run["id"])

    def _check_can_be_met(self, built: BuiltRun) -> None:
        spec = built.document["spec"]
        if spec.get("profile"):
            raise NotFound(f"There is no profile '{spec['profile']}'.", "None is set up here; leave --profile out.")
        if spec.get("secrets"):
            raise NotFound(
                f"There is no secret '{spec['secrets'][0]}'.", "Secrets can't be set yet; leave --secret out."
            )
        self.executor(spec.get("executor", "local")).check(resources_of(spec))

    def stop(self, project: str, ident: str, user: str) -> Entity:
        """Ask a run to end. A finished one stays as it is. Returns the run as it is then."""
        for _ in range(STEPS_AT_ONCE):
            run, revision = self.catalogue.get_run(project, ident)
            if run["status"].get("state") in FINISHED or run["status"].get("stop_asked"):
                break
            status = {**run["status"], "stop_asked": {"by": user, "time": seconds()}}
            if self.catalogue.compare_and_set_status(project, ident, expect=revision, status=status):
                break
        self.reconcile(project, ident)
        return self.catalogue.get(project, "run", ident)

    def retry(self, project: str, ident: str, changes: Mapping[str, Any], user: str) -> Entity:
        """A new run like an old one. `changes` holds options, `parameters` and `inputs` that replace the old ones."""
        old = self.catalogue.get(project, "run", ident)
        spec = old["spec"]
        posted = {name: spec[name] for name in ("function", *OPTIONS) if name in spec}
        for name, value in changes.items():
            same = name in ("parameters", "inputs", "resources")
            posted[name] = {**spec.get(name, {}), **value} if same else value
        for name, other in (("parameters", "inputs"), ("inputs", "parameters")):
            kept = posted.get(name, spec.get(name, {}))
            posted[name] = {key: value for key, value in kept.items() if key not in changes.get(other, {})}
        metadata = {name: old["metadata"][name] for name in ("labels",) if name in old["metadata"]}
        document = {"kind": old["kind"], "metadata": metadata, "spec": {**posted, "retry_of": old["key"]}}
        return self.create(project, document, user)

    def delete(self, project: str, ident: str) -> Entity:
        """End a run and forget it, its folder too."""
        run = self.catalogue.get(project, "run", ident)
        if run["status"].get("state") not in FINISHED and not run["spec"].get("local_execution"):
            raise Conflict(f"{run['metadata'].get('reference', ident)} has not ended.", "Stop it first: %dh stop RUN")
        self.catalogue.delete(project, "run", ident, cascade=True)
        self.observe.forget(project, ident)
        return {**run, "status": {**run["status"], "state": "DELETING"}}

    def discard(self, run: Entity) -> None:
        """A run was deleted with its function or its project: end what runs of it, then forget its folder."""
        attempt = run["status"].get("attempt")
        if attempt and run["status"].get("state") not in FINISHED:
            self._discarded[run["id"]] = run
            executor = self.executor(run["spec"].get("executor", "local"))
            executor.cancel(handle_of(run["id"], attempt), self.observe.folder(run), GRACE)
        else:
            self.observe.forget(run["project"], run["id"])

    # -- what moves a run ------------------------------------------------------------------------------------------

    def changed(self, handle: str) -> None:
        """The executor's call: an attempt may have changed; no handle: a place became free. Any thread."""
        run_id = run_id_of(handle)
        project = self._active.get(run_id)
        if run_id in self._discarded:
            self._submit_work(self._forget_discarded, run_id)
        elif project is not None:
            self._wake(project, run_id)
        elif not handle:
            self._submit_work(self._serve_line)
        self.topics.notify(run_id)

    def _forget_discarded(self, run_id: str) -> None:
        run = self._discarded.get(run_id)
        if run is not None and self.observe.is_over(run):
            self.observe.forget(run["project"], run_id)
            self._discarded.pop(run_id, None)

    def _submit_work(self, function: Callable[..., None], *args: Any) -> None:
        if not self._closing:
            self._pool.submit(_logged, function, *args)

    def _wake(self, project: str, run_id: str) -> None:
        with self._work_lock:
            if (project, run_id) in self._working:
                self._working[project, run_id] = True
                return
            self._working[project, run_id] = False
        self._submit_work(self._work, project, run_id)

    def _work(self, project: str, run_id: str) -> None:
        again = True
        while again:
            try:
                self.reconcile(project, run_id)
            finally:
                with self._work_lock:
                    again = self._working.pop((project, run_id), False)
                    if again:
                        self._working[project, run_id] = False

    def _serve_line(self) -> None:
        self._line.serve(self.reconcile)

    def reconcile(self, project: str, run_id: str) -> bool:
        """Do what is to be done for a run now. False if it waits for a place."""
        with self._work_lock:
            lock = self._run_locks.setdefault(run_id, threading.Lock())
        with lock:
            try:
                for _ in range(STEPS_AT_ONCE):
                    run, revision = self.catalogue.get_run(project, run_id)
                    facts = self.observe.facts(run)
                    action = next_action(facts)
                    if isinstance(action, Nothing):
                        self._leave(run, revision)
                        break
                    if not self._do(action, run, revision, facts):
                        break
            except NotFound:  # deleted meanwhile
                self._forget(run_id)
            except Busy as busy:
                self._note_waiting(project, run_id, busy)
                return False
            finally:
                self.topics.notify(run_id)
        return True

    def _do(self, action: Action, run: Entity, revision: int, facts: Facts) -> bool:
        """Whether to look again at once."""
        if isinstance(action, Submit):
            return self._submit(run, revision, action.attempt)
        if isinstance(action, Record):
            self._store(run, revision, moved(run["status"], action.state))
            return True
        if isinstance(action, Cancel):
            return self._cancel(run, facts)
        exit = facts.observation.exit if facts.observation else None
        if isinstance(action, Commit):
            self._finish.commit(run, revision, action.result, exit)
        elif isinstance(action, Fail):
            self._finish.fail(run, revision, action.cause, exit)
        elif isinstance(action, End):
            self._finish.stopped(run, revision, exit)
        return True

    def _submit(self, run: Entity, revision: int, attempt: int) -> bool:
        executor = self.executor(run["spec"].get("executor", "local"))
        try:
            folder = write_attempt(
                self.home, run, attempt, lambda key: self.catalogue.resolve(key, project=run["project"])
            )
            executor.submit(submission_of(run, attempt, folder))
        except Busy:
            raise
        except DHError as error:
            self._finish.refused(run, revision, error)
            return True
        status = {**moved(run["status"], "PENDING"), "attempt": attempt}
        status.pop("message", None)
        self._store(run, revision, status)
        return True

    def _cancel(self, run: Entity, facts: Facts) -> bool:
        handle = handle_of(run["id"], facts.attempt)
        if handle not in self._cancelled:
            self._cancelled.add(handle)
            executor = self.executor(run["spec"].get("executor", "local"))
            executor.cancel(handle, self.observe.folder(run), GRACE)
        return False

    def _store(self, run: Entity, revision: int, status: dict[str, Any]) -> None:
        self.catalogue.compare_and_set_status(run["project"], run["id"], expect=revision, status=status)

    def _note_waiting(self, project: str, run_id: str, busy: Busy) -> None:
        run, revision = self.catalogue.get_run(project, run_id)
        self._line.add(project, run_id, _lane(run))
        if run["status"].get("message") != busy.message:
            self._store(run, revision, {**run["status"], "message": busy.message})
        if run["spec"].get("queue_timeout"):
            self._wake_at(self.observe.created(run) + run["spec"]["queue_timeout"], project, run_id)

    def _leave(self, run: Entity, revision: int) -> None:
        """Nothing is to be done now."""
        if run["status"].get("state") in FINISHED:
            self._forget(run["id"])
        elif run["status"].get("state") == "RUNNING":
            moment = self._live.take(run, revision)
            if moment is not None:
                self._wake_at(moment, run["project"], run["id"])

    def _forget(self, run_id: str) -> None:
        project = self._active.pop(run_id, None)
        if project is not None:
            self._line.remove(project, run_id)
        with self._work_lock:
            self._run_locks.pop(run_id, None)
        self._live.forget(run_id)
        self._cancelled = {handle for handle in self._cancelled if run_id_of(handle) != run_id}

    # -- timers ----------------------------------------------------------------------------------------------------

    def _wake_at(self, moment: float, project: str, run_id: str) -> None:
        with self._alarm:
            self._alarms.setdefault((project, run_id), moment)
            self._alarm.notify()

    def _safety(self) -> None:
        """One thread: wakes runs when their alarm is due, and all of them at each safety pass."""
        next_pass = seconds() + SAFETY_PASS
        while not self._closing:
            with self._alarm:
                now = seconds()
                due = [run for run, moment in self._alarms.items() if moment <= now]
                for run in due:
                    del self._alarms[run]
                if not due and now < next_pass:
                    self._alarm.wait(min([next_pass, *self._alarms.values()]) - now)
                    continue
            for project, run_id in due:
                self._wake(project, run_id)
            if now >= next_pass:
                next_pass = now + SAFETY_PASS
                _logged(self.look_at_all)


def _lane(run: Entity) -> Lane:
    return Lane(run["spec"].get("executor", "local"), resources_of(run["spec"]).gpu > 0)


def _logged(function: Callable[..., None], *args: Any) -> None:
    """The last resort of our own threads: a fault is logged, and the safety pass tries again."""
    try:
        function(*args)
    except Exception:
        log.exception("%s%r failed; the next pass tries again", getattr(function, "__name__", function), args)
