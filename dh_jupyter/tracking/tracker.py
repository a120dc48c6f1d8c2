"""The broker's side of tracking: what is to be written is noted first, and forgotten when it is written.

A note is a file in the home folder, so that nothing is lost when the broker, the writer or MLflow is down: it is tried
again after a while, and by the next start. Nothing here holds a run up.
"""

from __future__ import annotations

import itertools
import logging
import shutil
import threading
import time
from collections import OrderedDict, deque
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dh_kernel.errors import DHError, Unavailable
from dh_kernel.states import FINISHED

from ..clock import seconds
from .notes import MOST, Notes
from .plan import is_plain, plan_model
from .planning import Planner
from .process import Refused, WriterProcess, is_database

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from dh_kernel._contract import Entity

    from ..catalogue.catalogue import Catalogue
    from .plan import Plan

log = logging.getLogger("dh_jupyter.tracking")

IDLE = 300.0  # seconds after which the writer's process ends; it starts again when needed
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 300.0  # seconds after a failure; each one doubles it
PATIENCE = 2.0  # seconds that a stopping broker gives to what is being written
SHOWN = 200  # characters of what MLflow said
AT_ONCE = 50  # runs in one request, where MLflow's store is a database
GATHERING = 0.5  # seconds from a request to the next while runs end: those that have ended meanwhile go together
LIVE_AFTER = 10.0  # seconds that a run must have run to be seen in MLflow before its end, and between two looks


@dataclass
class _Away:
    """Since when nothing could be written, and what MLflow said last."""

    since: float
    error: str
    pause: float = FIRST_PAUSE
    until: float = 0.0  # by the monotonic clock


def _cause(error: Exception) -> str:
    """What MLflow said, without its address, which stands before it."""
    if not isinstance(error, DHError):
        return f"{type(error).__name__}: {error}"[:SHOWN]
    said = error.message.partition(": ")[2] or error.message
    return said if len(said) <= SHOWN else said[: SHOWN - 1] + "…"


class Tracker:
    """Thread-safe. `run_moved` and `run_ended` return at once; `publish` waits for MLflow's answer."""

    def __init__(
        self,
        catalogue: Catalogue,
        home: Path,
        uri: str | None,
        folder_of: Callable[[Entity], Path | None],
        local_path: Callable[[str], str] = str,
    ) -> None:
        """`uri` is MLflow's tracking URI; none means an SQLite file and a folder in the home.

        `folder_of` gives the `mlflow` folder of a run's newest attempt, `local_path` a path of this machine for a URI.
        """
        self._folder_of = folder_of
        self._planner = Planner(catalogue, local_path)
        self.uri = uri or f"sqlite:///{home / 'mlflow.sqlite'}"
        self.artifacts = "" if uri else str(home / "mlartifacts")
        self._notes = Notes(home / "tracking")
        self._process = WriterProcess(self.uri, self.artifacts, home / "tracking.log")
        self._news = threading.Condition()
        self._asked: deque[tuple[Callable[[], Any], Future[Any]]] = deque()
        self._waiting: OrderedDict[str, None] = OrderedDict()  # run ids, the next first
        self._writing: list[str] = []  # the runs that are being written
        self._at_once = AT_ONCE if is_database(self.uri) else 1
        self._gathered = 0.0  # when those that wait are written, by the monotonic clock
        self._moving: dict[str, str] = {}  # run id → project: to be seen before their ends
        self._seen_next: dict[str, float] = {}  # run id → when it may be written again, by the monotonic clock
        self._refused: dict[str, str] = {}  # run id → why; tried again by the next start
        self._away: _Away | None = None
        self._hurry = False  # somebody asks for a try at once
        self._closing = False
        self._thread = threading.Thread(target=self._serve, name="dh-tracking", daemon=True)

    def start(self) -> None:
        """Go on with what an earlier broker left. Starts no process if there is nothing."""
        with self._news:
            self._waiting.update(dict.fromkeys(self._notes.load()))
        self._thread.start()

    def close(self) -> None:
        """End the writer's process. What is noted stays noted, also what it is about to write: that may be done by half."""
        with self._news:
            self._closing = True
            self._news.notify_all()
        if self._thread.ident is not None:
            self._thread.join(timeout=PATIENCE)
            if self._thread.is_alive():  # MLflow alone takes seconds to be imported
                self._process.break_off()
                self._thread.join(timeout=10)

    def note(self, project: str, run_id: str) -> None:
        """Say that a run is about to end: before its end is stored."""
        self._notes.add(project, run_id)

    def run_ended(self, run: Entity) -> None:
        """A noted run's end is stored: write it."""
        with self._news:
            self._moving.pop(run["id"], None)
            self._seen_next.pop(run["id"], None)
            self._waiting[run["id"]] = None
            if len(self._waiting) > MOST:
                self._notes.leave_out(self._waiting.popitem(last=False)[0])
            self._news.notify_all()

    def run_moved(self, run: Entity) -> None:
        """A run has reported something: show it in MLflow, if it has run for a while."""
        now = time.monotonic()
        with self._news:
            if self._seen_next.setdefault(run["id"], now + LIVE_AFTER) <= now:
                self._seen_next[run["id"]] = now + LIVE_AFTER
                self._moving[run["id"]] = run["project"]
                self._news.notify_all()

    def publish(self, model: Entity, name: str, alias: str | None, note: str = "") -> dict[str, Any]:
        """Make a version of the registered model `name`. Answers {"name", "version"}. Raises Unavailable."""
        what: dict[str, Any] = {"project": model["project"], "name": name, "alias": alias, "note": note}
        what["model"] = self._planner.with_files(plan_model(model))
        future: Future[Any] = Future()
        with self._news:
            self._asked.append((lambda: self._process.ask("publish", what), future))
            self._news.notify_all()
        return dict(future.result(timeout=300))

    def catch_up(self, run: Entity, timeout: float) -> bool:
        """Wait until MLflow has what is stored of a run, also where its end was stored a moment ago, and we are told of that
        only now. False: not all yet, or MLflow is away."""
        is_left = run["status"].get("state") in FINISHED and self._notes.project_of(run["id"]) is not None
        with self._news:
            if is_left and run["id"] not in self._writing:
                self._waiting.setdefault(run["id"], None)
                self._news.notify_all()
            self._news.wait_for(lambda: self._away or not self._is_behind, timeout)
            return not self._is_behind

    def settle(self, timeout: float | None = None) -> bool:
        """Wait until nothing is to be written. False: something still is."""
        with self._news:
            return self._news.wait_for(lambda: not self._is_behind, timeout)

    @property
    def _is_behind(self) -> bool:
        return bool(self._waiting or self._moving or self._writing)

    def health(self) -> tuple[bool, str]:
        """(whether all is well, what is to be said of it after the address). Whoever asks makes it try again now."""
        with self._news:
            count, away, refused = len(self._waiting) + len(self._writing), self._away, dict(self._refused)
            if away:
                away.until, away.pause = 0.0, FIRST_PAUSE
                self._hurry = True  # also if a try that fails is on its way
                self._news.notify_all()
        runs = "1 run is" if count == 1 else f"{count} runs are"
        said = []
        if away:
            since = time.strftime("%Y-%m-%d %H:%M", time.localtime(away.since))
            said.append(f"away since {since}, {runs} waiting, will be sent ({away.error})")
        if refused:
            said.append(f"{len(refused)} refused, tried again at the next start: {next(iter(refused.values()))}")
        if self._notes.left_out:
            said.append(f"{self._notes.left_out} left out, since more than {MOST} waited")
        return not said, "; ".join(said)

    # -- the thread ------------------------------------------------------------------------------------------------

    def _serve(self) -> None:
        while True:
            with self._news:
                while not (self._closing or self._asked or self._is_due()):
                    if not self._news.wait(self._timeout()) and self._process.is_alive and not self._waiting:
                        self._process.end()
                if self._closing:
                    break
                asked = self._asked.popleft() if self._asked else None
                if not asked:
                    self._writing, project = self._next()
            if asked:
                self._answer(*asked)
            else:
                self._try(self._writing, project)
        self._process.end()
        for _, future in self._asked:
            future.set_exception(Unavailable("The broker is stopping.", "Ask again when the server is back."))

    def _is_due(self) -> bool:
        if self._away and time.monotonic() < self._away.until:
            return False
        return bool(self._moving) or self._is_gathered()

    def _is_gathered(self) -> bool:
        """Whether those that are over are to be written. A batch that failed is tried one by one."""
        is_time = bool(self._away) or len(self._waiting) >= self._at_once or time.monotonic() >= self._gathered
        return bool(self._waiting) and is_time

    def _timeout(self) -> float | None:
        """Until the next try; until the process is idle; or for ever."""
        if self._away and (self._waiting or self._moving):
            return max(0.0, self._away.until - time.monotonic())
        if self._waiting:
            return max(0.0, self._gathered - time.monotonic())
        return IDLE if self._process.is_alive else None

    def _next(self) -> tuple[list[str], str]:
        """(ids, project) of runs: those that are over first. Of them the notes know the project."""
        if not self._is_gathered():
            run_id, project = self._moving.popitem()
            return [run_id], project
        self._gathered = time.monotonic() + GATHERING
        most = 1 if self._away else self._at_once
        return [self._waiting.popitem(last=False)[0] for _ in range(min(most, len(self._waiting)))], ""

    def _answer(self, work: Callable[[], Any], future: Future[Any]) -> None:
        try:
            future.set_result(work())
        except Exception as error:  # noqa: BLE001 - the thread goes on; who waits gets it
            future.set_exception(error)
        else:
            self._is_back()

    def _try(self, runs: list[str], project: str) -> None:
        """Write runs that are over, or one that goes on in `project`; of whatever one meets, the others know nothing."""
        faults: dict[str, Exception] = {}
        asked = self._write_live(project, runs[0], faults) if project else self._write_ended(runs, faults)
        refused = {run_id: fault for run_id, fault in faults.items() if isinstance(fault, Refused)}
        away = {run_id: fault for run_id, fault in faults.items() if run_id not in refused}
        for run_id, fault in refused.items():
            log.warning("Run %s is not in MLflow: %s", run_id, fault)
            self._refused[run_id] = fault.message
        if away and not self._closing:
            self._is_away(next(iter(away.values())))
        elif asked and not away:
            self._is_back()
        with self._news:
            if not project:
                self._waiting.update(dict.fromkeys(away))  # at the end: if one is to blame, the others have their turn
            self._writing = []
            self._news.notify_all()

    def _write_ended(self, runs: Sequence[str], faults: dict[str, Exception]) -> bool:
        """Whether MLflow was asked. Plain runs go together, one with files goes alone: the others are left for later."""
        planned = self._planned(runs, faults)
        together = list(itertools.takewhile(lambda one: is_plain(one[1]), planned)) or planned[:1]
        self._leave([run["id"] for run, _ in planned[len(together) :]])
        if not together:
            return False
        for (run, _), fault in zip(together, self._process.write([plan for _, plan in together]), strict=True):
            if fault is not None:
                faults[run["id"]] = fault
            else:
                self._is_written(run)
        return True

    def _leave(self, runs: Sequence[str]) -> None:
        """They are next."""
        with self._news:
            for run_id in reversed(runs):
                self._waiting[run_id] = None
                self._waiting.move_to_end(run_id, last=False)
                self._gathered = 0.0

    def _planned(self, runs: Sequence[str], faults: dict[str, Exception]) -> list[tuple[Entity, Plan]]:
        """Without those whose end an earlier broker has not stored before it died: of them we are told again."""
        projects = {run_id: self._notes.project_of(run_id) or "" for run_id in runs}
        found: dict[str, tuple[Entity, Plan]] = {}
        for project in dict.fromkeys(projects.values()):
            same = [run_id for run_id in runs if projects[run_id] == project]
            try:
                plans, gone = self._planner.plans(project, same, self._folder_of, faults)
            except Exception as error:  # noqa: BLE001 - the thread goes on; doctor and log say it
                faults.update(dict.fromkeys(same, error))
                continue
            found.update(plans)
            for run_id in gone:
                self._notes.remove(run_id)
        return [found[run_id] for run_id in runs if run_id in found]

    def _is_written(self, run: Entity) -> None:
        """The note goes, and MLflow's files in the run's folder with it."""
        self._notes.remove(run["id"])
        if (folder := self._folder_of(run)) is not None:
            shutil.rmtree(folder, ignore_errors=True)

    def _write_live(self, project: str, run_id: str, faults: dict[str, Exception]) -> bool:
        """Write what there is of a run that goes on. Best effort: its end comes anyway."""
        try:
            plan = self._planner.live(project, run_id)
            if plan is not None:
                self._process.ask("run", plan)
        except Exception as error:  # noqa: BLE001 - as above
            faults[run_id] = error
            return False
        return plan is not None

    def _is_away(self, error: Exception) -> None:
        text = _cause(error)
        if self._away is None:
            log.warning("MLflow is away, runs wait for it: %s", text)
        with self._news:
            away = self._away or _Away(seconds(), text)
            away.error = text
            away.until = 0.0 if self._hurry else time.monotonic() + away.pause
            self._hurry = False
            away.pause = min(LONGEST_PAUSE, away.pause * 2)
            self._away = away

    def _is_back(self) -> None:
        with self._news:
            if self._away is not None:
                log.warning("MLflow is back after %.0f s.", seconds() - self._away.since)
            self._away, self._hurry = None, False
