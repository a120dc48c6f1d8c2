"""The triggers of all projects: one thread that waits for the next tick, or for what it is told, and starts runs.

It holds no truth: which triggers are on, the catalogue says, and is asked again after each change of one. Ticks that came
while no broker ran are not made up for. Brokers that share a catalogue fire together, and make one run.
"""

from __future__ import annotations

import functools
import logging
import queue
import threading
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from dh_kernel.errors import Conflict, DHError, Invalid, NotFound

from ..clock import as_text, seconds
from ..runs.build import task_of
from ..runs.inputs import with_keys
from ..validation import check_new
from . import cron, pattern
from .firing import DEFAULT_STATES, KINDS, checked, run_of, with_executable

if TYPE_CHECKING:
    from dh_kernel._contract import Entity

    from ..catalogue import Catalogue

log = logging.getLogger("dh_jupyter.triggers")

LATE = 60.0  # seconds; a tick that is seen later was missed (the machine slept)
LONGEST_WAIT = 3600.0  # seconds; then the clock is looked at again, which somebody may have set
AFTER_FAULT = 30.0  # seconds until the catalogue is asked again when it could not be read
PAGE = 1000

Job = Callable[[], object]


class Active(NamedTuple):
    """A trigger that is on, in the form in which it is looked at."""

    trigger: Entity
    schedule: cron.Schedule | None
    key: pattern.KeyPattern | None


class Triggers:
    """Thread-safe. `start_run` is given (project, document, user)."""

    def __init__(self, catalogue: Catalogue, start_run: Callable[[str, Mapping[str, Any], str], Entity]) -> None:
        self._catalogue = catalogue
        self._start_run = start_run
        self._todo: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._last_change = object()
        self._read: tuple[object, list[Active]] | None = None  # the last change before it, and what is on
        self._due: dict[tuple[str, str, str], float] = {}  # (project, id, schedule) → seconds since 1970
        self._thread = threading.Thread(target=self._work, name="dh-triggers", daemon=True)

    def start(self) -> None:
        """Go on with the triggers that are on."""
        self._thread.start()

    def close(self) -> None:
        """Fire no more."""
        self._todo.put(None)
        self._thread.join(10)

    # -- what a user asks ------------------------------------------------------------------------------------------

    def create(self, project: str, posted: Mapping[str, Any], user: str) -> Entity:
        """Store a trigger; it is on at once. Raises Invalid. Kinds that are not ours are stored as they come."""
        document = dict(posted)
        if posted.get("kind") in KINDS:
            from ..catalogue.steps import STATES

            spec = dict(posted.get("spec") or {})
            task = task_of(project, spec, self._catalogue.resolve)
            if task is None:
                raise Invalid("spec: missing task", "e.g. spec.task = python+job://PROJECT/ID")
            checked(project, posted["kind"], spec, STATES)
            document.update(spec=with_executable(spec, task), status={"state": "RUNNING"})
        return self._catalogue.create("trigger", document, project=project, user=user)[0]

    def move(self, project: str, ident: str, event: str, user: str) -> Entity:
        """`run` turns it on, `stop` off; to do it twice is to do it once."""
        state = {"run": "RUNNING", "stop": "STOPPED"}[event]
        status = self._catalogue.get(project, "trigger", ident)["status"]
        if status.get("state") == state:
            return self._catalogue.get(project, "trigger", ident)
        body = {"status": {**status, "state": state}}
        return self._catalogue.update(project, "trigger", ident, body, user=user)

    # -- what the catalogue tells, from any thread -----------------------------------------------------------------

    def changed(self) -> None:
        """A trigger was made, changed or deleted: at once, what was read before holds no more."""
        self._last_change = object()
        self._todo.put(_look_again)

    def entered(self, document: Entity, state: str) -> None:
        """An entity came into a state."""
        active = self._known()
        if active is None or any(each.key and each.key.project == document["project"] for each in active):
            self._todo.put(functools.partial(self._fire_for, document, state))

    def settle(self) -> None:
        """Return when all that was told before is done."""
        done = threading.Event()
        self._todo.put(done.set)
        done.wait()

    # -- the thread ------------------------------------------------------------------------------------------------

    def _work(self) -> None:
        while True:
            try:
                job = self._todo.get(timeout=self._wait())
            except queue.Empty:
                job = self._tick
            if job is None:
                return
            try:
                job()
            except Exception:
                log.exception("a trigger could not be looked at")

    def _wait(self) -> float | None:
        """Seconds until the next tick; None if there is none."""
        try:
            self._plan()
        except Exception:
            log.exception("the triggers can't be read; again in %.0f seconds", AFTER_FAULT)
            return AFTER_FAULT
        left = min(self._due.values(), default=None)
        return None if left is None else min(max(left - seconds(), 0.0), LONGEST_WAIT)

    def _plan(self) -> None:
        """The next tick of each schedule that is on."""
        now, due = seconds(), {}
        for trigger, schedule, _ in self._all_active():
            if schedule is not None:
                place = (trigger["project"], trigger["id"], str(trigger["spec"]["schedule"]))
                tick = self._due.get(place) or cron.next_tick(schedule, now)
                if tick is not None:
                    due[place] = tick
        self._due = due

    def _known(self) -> list[Active] | None:
        """None: something was changed since it was read."""
        read = self._read
        return read[1] if read is not None and read[0] is self._last_change else None

    def _all_active(self) -> list[Active]:
        active = self._known()
        if active is None:
            change = self._last_change
            active = [each for trigger in self._running() if (each := _active(trigger)) is not None]
            self._read = change, active
        return active

    def _running(self) -> list[Entity]:
        from ..catalogue import Query

        found: list[Entity] = []
        page, last = 0, False
        while not last:
            query = Query(state="RUNNING", kinds_all=True)
            answer = self._catalogue.list("trigger", query=query, page=page, size=PAGE, sort=[("id", "ASC")])
            found += answer["content"]
            page, last = page + 1, answer["last"] or answer["empty"]
        return found

    def _tick(self) -> None:
        now = seconds()
        for place, moment in list(self._due.items()):
            if moment <= now:
                del self._due[place]
                if now - moment <= LATE:
                    self._fire(place[0], place[1], {"timestamp": as_text(moment)}, f"{moment:.0f}")

    def _fire_for(self, document: Entity, state: str) -> None:
        for trigger, _, key in self._all_active():
            if key is None or state not in (trigger["spec"].get("states") or DEFAULT_STATES):
                continue
            if key.matches(_type_of(document["key"]), document):
                moment = document["metadata"]["updated"]
                context = {"timestamp": moment, "key": trigger["spec"]["key"], "state": state, "input": document}
                occasion = f"{document['key']}\0{state}\0{moment}"
                self._fire(trigger["project"], trigger["id"], context, occasion)

    def _fire(self, project: str, ident: str, context: Mapping[str, Any], occasion: str) -> None:
        """Start the run, and write into the trigger's status which it was, or why there is none."""
        try:
            trigger = self._catalogue.get(project, "trigger", ident)
            if trigger["status"].get("state") != "RUNNING":
                return
            started = self._started(trigger, context, occasion)
            if started is not None:
                told = {"fired": context["timestamp"], **started}
                self._catalogue.update(project, "trigger", ident, {"status": told}, user=trigger["user"])
        except NotFound:
            log.debug("trigger %s is gone", ident)

    def _started(self, trigger: Entity, context: Mapping[str, Any], occasion: str) -> dict[str, Any] | None:
        """The run, or why there is none; None if another broker has started it."""
        try:
            document = with_keys(run_of(trigger, context, occasion))
            check_new("run", document)
            return {"run": self._start_run(trigger["project"], document, trigger["user"])["key"]}
        except Conflict:
            return None
        except DHError as error:
            log.warning("trigger %s started no run: %s", trigger["key"], error)
            return {"message": f"No run was started: {error.message} {' '.join(error.details)}".strip()}


def _look_again() -> None:
    """What wakes the thread; it asks the catalogue before it waits again."""


def _active(trigger: Entity) -> Active | None:
    """None for one that can't be read: other people's kinds."""
    spec = trigger["spec"]
    try:
        if trigger["kind"] == "scheduler":
            return Active(trigger, cron.parse(str(spec.get("schedule"))), None)
        if trigger["kind"] == "lifecycle":
            return Active(trigger, None, pattern.parse(str(spec.get("key")), trigger["project"]))
    except DHError as error:
        log.warning("trigger %s can't be read: %s", trigger["key"], error)
    return None


def _type_of(key: str) -> str:
    parts = key.removeprefix("store://").split("/")
    return parts[1] if len(parts) > 1 else "project"
