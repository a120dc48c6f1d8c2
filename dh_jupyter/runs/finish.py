"""The ends of a run: committed, failed, refused, stopped. Each is one compare-and-set; the slower of two brokers does nothing.

Each answers the run as it is stored then, or None if someone else was faster.
"""

from __future__ import annotations

import contextlib
import logging
import random
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from dh_kernel import refs
from dh_kernel.errors import DHError
from dh_kernel.logged import mask_logged
from dh_kernel.masking import Masking
from dh_kernel.rundir import RunFolder

from ..catalogue.committing import Step
from ..clock import as_seconds, as_text, seconds
from ..secrets.values import SecretValues
from ..tracking.logged import joined, logged_points
from ..validation import check_shape
from . import commit
from .attempts import folder_of
from .diagnosis import Case, explain
from .doors import Door
from .left import left_by
from .reconcile import INFRASTRUCTURE, PRUNED
from .records import ended

if TYPE_CHECKING:
    from dh_kernel._contract import Entity, Exit, Result

    from ..catalogue.catalogue import Catalogue
    from ..stores import Stores
    from ..tracking.tracker import Tracker

_LOG_END = 32 * 1024  # bytes of a log in which a diagnosis looks for a reason


AGAIN = 10.0  # seconds
DONE = "Done"  # how a message begins that says what the end of a run waits for

log = logging.getLogger("dh_jupyter.runs")


class StoreWaits(Exception):
    """A run waits for the store: it is looked at again after `pause` seconds. The text says why."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.pause = AGAIN * random.uniform(0.7, 1.3)


class Ending(NamedTuple):
    """How a run ends, if nobody has changed it since `revision`."""

    run: Entity
    revision: int
    step: Step


class Finisher:
    """Used by the run manager only, under the run's lock."""

    def __init__(
        self,
        catalogue: Catalogue,
        home: Path,
        stores: Stores,
        tracker: Tracker,
        secrets: SecretValues,
        wake: Callable[[str, str], object],
    ) -> None:
        """`wake(project, run_id)` has a run looked at again."""
        self._door = Door(wake)
        self._catalogue = catalogue
        self._home = home
        self._secrets = secrets
        self._stores = stores
        self._tracker = tracker

    def commit(self, run: Entity, revision: int, result: Result, exit: Exit | None) -> Entity | None:
        """Outputs into the store, then outputs, metrics and the final state in one transaction."""
        if self._stores.is_s3 and not _is_said(run) and self._moves(run, result):
            saying = {**run["status"], "message": f"{DONE}; its outputs go into the store."}
            said = self._catalogue.compare_and_set_status(run["project"], run["id"], expect=revision, status=saying)
            if said is None:
                return None
            run, revision = said, revision + 1
        return self.store_all([self.committed(run, revision, result, exit)])[0]

    def _moves(self, run: Entity, result: Result) -> bool:
        """Whether outputs are to be moved from the attempt's folder, which takes as long as the store does."""
        check_shape("Result", result)
        folder = folder_of(self._home, run["project"], run["id"], result["attempt"])
        return any(not (commit.is_elsewhere(one) or commit.delivered_to(one, folder)) for one in result["outputs"])

    def committed(self, run: Entity, revision: int, result: Result, exit: Exit | None) -> Ending:
        """Outputs are in the store; what is left is to store the ending."""
        check_shape("Result", result)
        folder = folder_of(self._home, run["project"], run["id"], result["attempt"])
        documents = [self._store_output(run, output, folder) for output in result["outputs"]]
        error = result.get("error")
        kept = tuple(output["name"] for output in result["outputs"])
        explained = explain(Case.of(run, error=error, exit=exit, kept=kept)) if error else None
        status = ended(
            run["status"],
            result["state"],
            result["ended"],
            outputs=commit.with_names(
                {document["name"]: self._key(entity, document) for entity, document in documents}, result, run
            ),
            results=result["results"],
            value=result.get("value"),
            warnings=[*(run["status"].get("warnings") or []), *(result.get("warnings") or []), *_about_log(exit)]
            or None,
            error=error,
            diagnosis=explained,
            message=explained["summary"] if explained else _said(result),
            suggested=result.get("suggested"),
            node=_node(exit),
            pruned=result["exit_code"] == PRUNED or None,
            peak_memory=_peak(exit),
        )
        status["started"] = max(as_text(result["started"]), run["metadata"]["created"])
        status["ended"] = max(status["ended"], status["started"])
        return self._ending(run, revision, status, folder, documents)

    def _store_output(self, run: Entity, output: Any, folder: Path) -> tuple[str, dict[str, Any]]:
        ident = commit.output_id(run["id"], output)
        path = commit.place_of(output, run["project"], ident, self._stores.root, folder)
        if not (commit.is_elsewhere(output) or commit.delivered_to(output, folder)):
            self._move_in(run, output["name"], commit.source_of(output, folder), path)
        return output["entity"], commit.document_of(output, run, ident, path)

    def _move_in(self, run: Entity, name: str, source: Path, path: str) -> None:
        try:
            door = self._door.passed(run["project"], run["id"]) if self._stores.is_s3 else contextlib.nullcontext(True)
            with door as entered:
                if not entered:
                    raise StoreWaits(f"{DONE}; its outputs wait for the store, which is busy with those of others.")
                self._stores.of(path).move_in(source, path)
        except DHError as error:  # nothing is lost: it lies in the run's folder until the store takes it
            log.warning("%s: output '%s' waits for the store: %s", run["id"], name, error)
            raise StoreWaits(f"{DONE}; its outputs wait for the store. {error.message}") from error

    def _key(self, entity: str, document: dict[str, Any]) -> str:
        return refs.key_of(document["project"], entity, document["kind"], document["name"], document["id"])

    def fail(self, run: Entity, revision: int, cause: str, exit: Exit | None) -> Entity | None:
        """No result: say why."""
        waited = max(0.0, seconds() - as_seconds(run["metadata"]["created"]))
        step = self._step(run)
        explained = explain(Case.of(run, cause=cause, exit=exit, waited=waited, log=self._log_end(run), step=step))
        documents, left = self._left(run)
        status = ended(
            run["status"],
            "ERROR",
            exit["ended"] if exit else None,
            **left,
            diagnosis=explained,
            message=explained["summary"],
            fault="machine" if cause in INFRASTRUCTURE else None,
            node=_node(exit),
            peak_memory=_peak(exit),
        )
        return self._end(run, revision, status, self._newest(run), documents)

    def _left(self, run: Entity) -> tuple[list[tuple[str, dict[str, Any]]], dict[str, Any]]:
        """Outputs that an attempt without a commit has left, and what the status says of them."""
        folder = self._newest(run)
        if folder is None:
            return [], {}
        left = left_by(run, RunFolder(folder))
        documents = []
        for output in left.outputs:
            try:
                documents.append(self._store_output(run, output, folder))
            except (DHError, OSError) as error:
                log.warning("%s: output '%s' was lost: %s", run["id"], output["name"], error)
        outputs = {document["name"]: self._key(entity, document) for entity, document in documents}
        return documents, {"outputs": outputs or None, "results": left.results or None}

    def refused(self, run: Entity, revision: int, error: DHError) -> Entity | None:
        """It could not be handed to the executor."""
        explained = {
            "code": error.code,
            "summary": error.message,
            "detail": "\n".join(error.details),
            "cure": error.hint,
        }
        explained = {name: text for name, text in explained.items() if text}
        status = ended(run["status"], "ERROR", diagnosis=explained, message=error.message)
        return self._end(run, revision, status, None, [])

    def stopped(self, run: Entity, revision: int, exit: Exit | None) -> Entity | None:
        """Someone asked it to stop."""
        by = run["status"].get("stop_asked", {}).get("by")
        documents, left = self._left(run)
        status = ended(
            run["status"],
            "STOPPED",
            exit["ended"] if exit else None,
            **left,
            message=f"Stopped by {by}." if by else "Stopped.",
            peak_memory=_peak(exit),
        )
        return self._end(run, revision, status, self._newest(run), documents)

    def _log_end(self, run: Entity) -> str:
        """What an installer said, for one."""
        try:
            with open(RunFolder(self._newest(run) or "").log, "rb") as file:
                file.seek(max(0, file.seek(0, 2) - _LOG_END))
                return file.read().decode(errors="replace")
        except OSError:
            return ""

    def _step(self, run: Entity) -> str:
        """Which cell of a notebook was the last to begin: as the worker said, beside what user code says of its progress."""
        folder = self._newest(run)
        if folder is None or "path" not in (run["spec"].get("source") or {}):
            return ""
        said = (str(line.get("progress", {}).get("text")) for line in reversed(RunFolder(folder).read_metrics(0)[0]))
        return next((text for text in said if _CELL.fullmatch(text)), "")

    def _newest(self, run: Entity) -> Path | None:
        attempt = run["status"].get("attempt")
        return folder_of(self._home, run["project"], run["id"], attempt) if attempt else None

    def _end(self, run: Entity, revision: int, status: dict[str, Any], *made: Any) -> Entity | None:
        return self.store_all([self._ending(run, revision, status, *made)])[0]

    def _ending(self, run: Entity, revision: int, status: dict[str, Any], folder: Path | None, outputs: Any) -> Ending:
        if folder:
            self._mask_logged(run, RunFolder(folder))
        metrics = _series(RunFolder(folder)) if folder else {}
        return Ending(run, revision, Step(status, outputs=tuple(outputs), metrics=metrics))

    def store_all(self, endings: Sequence[Ending]) -> list[Entity | None]:
        """The ends of runs of one project, in one transaction."""
        for ending in endings:
            self._tracker.note(ending.run["project"], ending.run["id"])
        steps = [(ending.run["id"], ending.revision, ending.step) for ending in endings]
        stored = self._catalogue.many_runs.take_steps(endings[0].run["project"], steps) if endings else []
        for done in stored:
            if done is not None:
                self._tracker.run_ended(done)
        return stored

    def _mask_logged(self, run: Entity, folder: RunFolder) -> None:
        """Of a worker that was killed before it could do it."""
        values: dict[str, str] = {}
        for name in run["spec"].get("secrets") or []:
            with contextlib.suppress(DHError):  # deleted meanwhile
                values[name] = self._secrets.read(run["project"], name)
        with contextlib.suppress(OSError):
            mask_logged(folder.mlflow, Masking(values))


def _is_said(run: Entity) -> bool:
    return str(run["status"].get("message", "")).startswith(DONE)


_CELL = re.compile(r"cell \d+ of \d+")


def _series(folder: RunFolder) -> dict[str, Any]:
    """All points: what the run reported, and what only MLflow's files have, as of a process that it started."""
    return joined(commit.series_of(folder.read_metrics(0)[0]), logged_points(folder.mlflow))


def _about_log(exit: Exit | None) -> list[str]:
    missing = exit.get("log_missing") if exit else None
    return [f"The disk was full: the log lacks its last {missing:,} bytes."] if missing else []


def _said(result: Result) -> str | None:
    return "It was not worth going on: it ended itself." if result["exit_code"] == PRUNED else None


def _node(exit: Exit | None) -> str | None:
    return exit.get("node") if exit else None


def _peak(exit: Exit | None) -> int | None:
    return exit.get("peak_memory") if exit else None
