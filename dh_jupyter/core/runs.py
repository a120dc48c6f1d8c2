"""Runs that execute at Core: started, stopped and followed there.

Core tells nobody of a change, so a run that somebody follows is asked for again and again: soon after it has changed, and
ever more seldom while it does not.
"""

from __future__ import annotations

import base64
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from dh_kernel.errors import DHError, Invalid, NotFound

from ..runs.build import build
from ..runs.observe import LOG_CHUNK
from ..runs.retried import retried
from ..runs.states import FINISHED
from ..runs.topics import News, Topics
from .catalogue import CoreCatalogue, path_of
from .http import Core

if TYPE_CHECKING:
    from dh_kernel._contract import Entity, Profile

SOON, SELDOM, FACTOR = 0.5, 5.0, 1.5  # seconds: the first pause, the longest, and how much longer each is
_NOT_CORES = ("executor", "timeout", "queue_timeout", "total_timeout", "retries", "nodes")
_SENT = ("inputs", "parameters", "resources", "envs", "secrets", "profile", "volumes", "function", "task")


class CoreRuns:
    """What handlers ask of the manager of runs. `told(run)` is called with each change that was seen."""

    def __init__(self, core: Core, catalogue: CoreCatalogue, told: Callable[[Entity], None]) -> None:
        self._core = core
        self.catalogue = catalogue
        self.topics = _Asked(self._look_soon)
        self.observe = CoreLogs(core)
        self.closing = False
        self._told = told
        self._open: dict[str, str] = {}  # id → project, of runs that were started here or are followed
        self._seen: dict[str, Any] = {}
        self._pauses: dict[str, float] = {}
        self._wake = threading.Event()
        self._thread = threading.Thread(target=self._follow, name="dh-core", daemon=True)

    def start(self) -> None:
        """Follow what is open."""
        self._thread.start()

    def close(self) -> None:
        """End; runs go on at Core."""
        self.closing = True
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join(10)
        self.topics.notify_all()

    def create(self, project: str, posted: Mapping[str, Any], user: str, *, as_core: bool = False) -> Entity:
        """Start one. Raises Invalid for what Core can't do; nothing is made then. (`as_core`: Core does as it does.)"""
        spec: Any = posted.get("spec") or {}
        if spec.get("same_as"):
            raise Invalid(
                "DigitalHub Core does not record the packages of a run, so it can't be done again exactly.",
                "Do it again with the same function and values: %dh retry RUN",
            )
        if spec.get("sweep"):
            raise Invalid("DigitalHub Core has no sweeps.", "Start runs one by one: %dh run FUNCTION lr=…")
        if spec.get("task"):  # in Core's own shape, of any kind
            run = self.catalogue.shown("run", self._core.ask("POST", f"/-/{quote(project, safe='')}/runs", body=posted))
            self._note(run)
            return run
        built = build(project, posted, self.catalogue.resolve, at_core)
        merged = built.document["spec"]
        _check_options(merged)
        self._make_task(project, built.task)
        metadata = {
            name: value for name, value in built.document["metadata"].items() if name in ("labels", "relationships")
        }
        body = {
            "kind": built.document["kind"],
            "project": project,
            "metadata": {"project": project, **metadata},
            "spec": {**{name: merged[name] for name in _SENT if merged.get(name)}, "local_execution": False},
        }
        run = self.catalogue.shown("run", self._core.ask("POST", f"/-/{quote(project, safe='')}/runs", body=body))
        self._note(run)
        return run

    def create_some(self, project: str, posted: Sequence[Mapping[str, Any]], user: str) -> list[Entity]:
        """The first of several: Core begins each alone."""
        return [self.create(project, posted[0], user)]

    def _make_task(self, project: str, task: Mapping[str, Any]) -> None:
        try:
            self._core.ask("GET", path_of(project, "task", task["id"]))
        except NotFound:
            self._core.ask("POST", f"/-/{quote(project, safe='')}/tasks", body=dict(task))

    def stop(self, project: str, ident: str, user: str) -> Entity:
        """Ask Core to end it."""
        self._core.ask("POST", f"{path_of(project, 'run', ident)}/stop", body={})
        run = self.catalogue.get(project, "run", ident)
        self._note(run)
        return run

    def retry(self, project: str, ident: str, changes: Mapping[str, Any], user: str) -> Entity:
        """A new run like an old one."""
        document = retried(self.catalogue.get(project, "run", ident), changes, at_core)
        document["spec"].pop("retry_of", None)
        return self.create(project, document, user)

    # -- following -------------------------------------------------------------------------------------------------

    def _note(self, run: Entity) -> None:
        self._seen[run["id"]] = run["status"]
        if run["status"].get("state") not in FINISHED:
            self._open[run["id"]] = run["project"]
            self._look_soon(run["id"])

    def _look_soon(self, ident: str) -> None:
        self._pauses[ident] = SOON
        self._wake.set()

    def _follow(self) -> None:
        """One thread for all: it wakes for what is due next, and sleeps while nothing is followed."""
        while not self.closing:
            due = min([self._pauses.get(ident, SOON) for ident in self._followed()], default=None)
            self._wake.wait(due)
            self._wake.clear()
            for ident in [] if self.closing else self._followed():
                self._look(ident)

    def _followed(self) -> list[str]:
        return list({**self._open, **dict.fromkeys(self.topics.listened())})

    def _look(self, ident: str) -> None:
        """Listeners read for themselves; whoever has none is read here."""
        project = self._open.get(ident) or self.catalogue.project_of.get(ident)
        if project is None:
            return None
        try:
            run = self.catalogue.get(project, "run", ident)
        except NotFound:
            self._forget(ident)
            return self.topics.notify(ident)
        except DHError:
            self._pauses[ident] = SELDOM
            return None
        log = self.observe.refreshed(run) if ident in self.topics.listened() else None
        now = (run["status"], log)
        changed = self._seen.get(ident) != now
        self._seen[ident] = now
        self._pauses[ident] = SOON if changed else min(self._pauses.get(ident, SOON) * FACTOR, SELDOM)
        if changed:
            self._told(run)
            self.topics.notify(ident)
        if run["status"].get("state") in FINISHED:
            self._forget(ident)
        return None

    def _forget(self, ident: str) -> None:
        for kept in (self._open, self._pauses, self._seen):
            kept.pop(ident, None)


class _Asked(Topics):
    """Topics that tell when somebody begins to listen."""

    def __init__(self, begun: Callable[[str], None]) -> None:
        super().__init__()
        self._begun = begun

    @contextmanager
    def listen(self, *run_ids: str) -> Iterator[News]:
        """As Topics."""
        with super().listen(*run_ids) as news:
            for run_id in run_ids:
                self._begun(run_id)
            yield news

    def listened(self) -> list[str]:
        """Runs that somebody listens to."""
        with self._lock:
            return list(self._listeners)


class CoreLogs:
    """What can be seen of a run beside its document: its log. Core gives it whole; what was read is kept for a while."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._kept: dict[str, bytes] = {}

    def refreshed(self, run: Any) -> int:
        """Read it anew; its length."""
        path = f"{path_of(run['project'], 'run', run['id'])}/logs"
        found = self._core.ask("GET", path) or []
        text = b"".join(base64.b64decode(one.get("content") or "") for one in found)
        self._kept = {**dict(list(self._kept.items())[-50:]), run["id"]: text}
        return len(text)

    def read_log(self, run: Any, start: int, size: int = LOG_CHUNK) -> bytes:
        """At most `size` bytes from `start` on."""
        if run["id"] not in self._kept or run["status"].get("state") in FINISHED:
            self.refreshed(run)
        text = self._kept[run["id"]]
        return text[start : start + size]

    def log_size(self, run: Any) -> int:
        """In bytes."""
        return self.refreshed(run)

    def environment(self, run: Any) -> Any:
        """Raises NotFound: Core does not say."""
        raise NotFound("DigitalHub Core does not record what a run's environment had.", "Its log may say: %dh logs RUN")

    def folder(self, run: Any) -> Path:
        """Of points that are reported while it runs: there is none, Core has no place for them."""
        return Path("/nonexistent") / str(run["id"])


def at_core(name: str) -> Profile:
    """A profile that Core knows: what it gives, Core adds."""
    return {"name": name, "options": {}, "limits": {}, "placement": {}}


def _check_options(spec: Mapping[str, Any]) -> None:
    asked = [name for name in _NOT_CORES if spec.get(name) not in (None, "", 0)]
    if asked:
        names = ", ".join(f"--{name.replace('_', '-')}" for name in asked)
        raise Invalid(
            f"DigitalHub Core has no {names.replace('--executor', '--on')}.", "Leave it out; runs execute at Core."
        )
