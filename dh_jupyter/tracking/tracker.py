"""The broker's side of tracking: what is to be written is noted first, and forgotten when it is written.

A note is a file in the home folder, so that nothing is lost when the broker, the writer or MLflow is down: the next
start goes on with what is there.
"""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
import threading
from concurrent.futures import Future
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any

from dh_kernel.errors import NotFound, Unavailable
from dh_kernel.refs import parse

from ..clock import as_seconds
from .plan import STATUS, plan_model, plan_run

if TYPE_CHECKING:
    from collections.abc import Callable

    from dh_kernel._contract import Entity

    from ..catalogue.catalogue import Catalogue

log = logging.getLogger("dh_jupyter.tracking")

IDLE = 300.0  # seconds after which the writer's process ends; it starts again when needed

Request = tuple["Callable[[], Any]", "Future[Any]"]


class Tracker:
    """Thread-safe. `run_ended` returns at once; `publish` waits for MLflow's answer."""

    def __init__(self, catalogue: Catalogue, home: Path, uri: str | None = None) -> None:
        """`uri` is MLflow's tracking URI; none means an SQLite file and a folder in the home."""
        self._catalogue = catalogue
        self._notes = home / "tracking"
        self._artifacts = "" if uri else str(home / "mlartifacts")
        self.uri = uri or f"sqlite:///{home / 'mlflow.sqlite'}"
        self._log_file = home / "tracking.log"
        self._requests: SimpleQueue[Request | None] = SimpleQueue()
        self._process: subprocess.Popen[str] | None = None
        self._thread = threading.Thread(target=self._serve, name="dh-tracking", daemon=True)

    def start(self) -> None:
        """Go on with what an earlier broker left. Starts no process if there is nothing."""
        self._notes.mkdir(parents=True, exist_ok=True)
        self._thread.start()
        for note in sorted(self._notes.glob("*.json")):
            self._ask(lambda note=note: self._write_run(note))  # type: ignore[misc]

    def close(self) -> None:
        """End the writer's process. What is noted stays noted."""
        self._requests.put(None)
        self._thread.join(timeout=10)

    def note(self, project: str, run_id: str) -> None:
        """Say that a run is about to end: before its end is stored."""
        self._notes.mkdir(parents=True, exist_ok=True)
        (self._notes / f"{run_id}.json").write_text(json.dumps({"project": project, "id": run_id}))

    def run_ended(self, run: Entity) -> None:
        """A noted run's end is stored: write it."""
        note = self._notes / f"{run['id']}.json"
        self._ask(lambda: self._write_run(note))

    def publish(self, model: Entity, name: str, alias: str | None, note: str = "") -> dict[str, Any]:
        """Make a version of the registered model `name`. Answers {"name", "version"}. Raises Unavailable."""
        what = {"project": model["project"], "name": name, "alias": alias, "note": note, "model": plan_model(model)}
        return dict(self._ask(lambda: self._write("publish", what)).result(timeout=300))

    # -- the thread ------------------------------------------------------------------------------------------------

    def _ask(self, work: Callable[[], Any]) -> Future[Any]:
        future: Future[Any] = Future()
        self._requests.put((work, future))
        return future

    def _serve(self) -> None:
        while True:
            try:
                request = self._requests.get(timeout=IDLE if self._process else None)
            except Empty:
                self._end_process()
                continue
            if request is None:
                self._end_process()
                return
            work, future = request
            try:
                future.set_result(work())
            except Exception as error:  # noqa: BLE001 - the thread goes on; who waits gets it, and the log
                log.warning("Not tracked, kept for the next start: %s", error)
                future.set_exception(error)

    def _write_run(self, note: Path) -> None:
        if not note.exists():
            return
        named = json.loads(note.read_text())
        try:
            run = self._catalogue.get(named["project"], "run", named["id"])
        except NotFound:
            note.unlink(missing_ok=True)
            return
        if run["status"].get("state") not in STATUS:
            return
        self._write("run", self._plan(run))
        note.unlink(missing_ok=True)

    def _plan(self, run: Entity) -> Any:
        status = run["status"]
        created = run["metadata"]["created"]
        series = self._catalogue.metric_points(run["project"], "run", run["id"])
        models = [
            self._catalogue.resolve(key, project=run["project"])
            for key in status.get("outputs", {}).values()
            if parse(key).entity == "model"
        ]
        ended = status.get("ended", created)
        return plan_run(run, as_seconds(status.get("started", created)), as_seconds(ended), series, models)

    # -- the process -----------------------------------------------------------------------------------------------

    def _write(self, do: str, what: Any) -> Any:
        process = self._process or self._start_process()
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            process.stdin.write(json.dumps({"do": do, "what": what}) + "\n")
            process.stdin.flush()
            answer = process.stdout.readline()
        except OSError:
            answer = ""
        if not answer:
            self._end_process()
            raise Unavailable(f"MLflow at {self.uri} can't be written to.", f"See the end of {self._log_file}.")
        answered = json.loads(answer)
        if "error" in answered:
            raise Unavailable(f"MLflow at {self.uri}: {answered['error']}", f"See the end of {self._log_file}.")
        return answered

    def _start_process(self) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "dh_jupyter.tracking.writer", self.uri, self._artifacts]
        with self._log_file.open("a") as errors:
            self._process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, text=True, env=dict(os.environ)
            )
        return self._process

    def _end_process(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        assert process.stdin is not None
        try:
            process.stdin.close()
            process.wait(timeout=10)
        except (OSError, subprocess.TimeoutExpired):
            process.kill()
            process.wait()
