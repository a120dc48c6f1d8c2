"""What is written of a sweep into its run: while it goes on, and at its end."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from dh_kernel.errors import DHError

from ..clock import seconds
from ..runs.records import ended, moved
from . import trials
from .budget import Decision
from .shown import results

if TYPE_CHECKING:
    from dh_kernel._contract import Entity

    from ..catalogue import Catalogue
    from ..tracking.tracker import Tracker
    from .ledger import Ledger, Trial
    from .study import Study

log = logging.getLogger("dh_jupyter.sweeps")


class Ending:
    """Each answers whether it was written; not so if somebody has changed the run since `revision`."""

    def __init__(self, catalogue: Catalogue, tracker: Tracker) -> None:
        self._catalogue = catalogue
        self._tracker = tracker
        self._told: dict[str, int] = {}  # trials of which a sweep's metrics know

    def show(self, run: Entity, revision: int, study: Study, decision: Decision, said: Mapping[str, Any]) -> bool:
        """Its status now."""
        if said == run["status"].get("sweep"):
            return True
        status = {**moved(run["status"], "RUNNING"), "sweep": said, **_progress(said)}
        done = self._catalogue.compare_and_set_status(run["project"], run["id"], expect=revision, status=status)
        if done is not None:
            self._tracker.run_moved(done)
        return done is not None

    def end(self, run: Entity, revision: int, study: Study, decision: Decision, said: Mapping[str, Any]) -> bool:
        """It is over."""
        best = self._run_of_best(run, study)
        found: dict[str, Any] = {"sweep": dict(said), "results": results(study.ledger, study.spec) or None}
        if best is not None:
            found["outputs"] = best["status"].get("outputs")
            found["value"] = None
        state = "COMPLETED"
        if "stop_asked" in run["status"]:
            state = "STOPPED"
        elif decision.failed or not study.ledger.best:
            state, found["diagnosis"] = "ERROR", _diagnosis(decision, study, lambda trial: self._name_of(run, trial))
            found["message"] = found["diagnosis"]["summary"]
        status = ended(moved(run["status"], "RUNNING"), state, **found)
        self._tracker.note(run["project"], run["id"])
        metrics = best_so_far(study.ledger, study.spec["objectives"][0])
        done = self._catalogue.commit_run(run["project"], run["id"], expect=revision, status=status, metrics=metrics)
        if done is not None:
            self._tracker.run_ended(done)
        return done is not None

    def _run_of_best(self, run: Entity, study: Study) -> Entity | None:
        return self._run_of(run, study.ledger.trials[study.ledger.best[0]]) if study.ledger.best else None

    def _run_of(self, run: Entity, trial: Trial) -> Entity | None:
        try:
            return self._catalogue.get(run["project"], "run", trials.run_id(run["id"], trial.number, trial.tries))
        except DHError as error:
            log.debug("the run of trial %d is gone: %s", trial.number, error)
            return None

    def _name_of(self, run: Entity, trial: Trial) -> str:
        """As it is typed: train-42."""
        found = self._run_of(run, trial)
        return found["metadata"]["reference"].rpartition("/")[2] if found else ""


def _progress(said: Mapping[str, Any]) -> dict[str, Any]:
    counts = said["counts"]
    done = counts["finished"] + counts["pruned"] + counts["failed"]
    return {"progress": {"done": done, **({"total": counts["total"]} if counts.get("total") else {})}}


def best_so_far(ledger: Ledger, objective: Mapping[str, Any]) -> dict[str, list[tuple[int, float, float]]]:
    """Of the first objective, each time that it became better: (trials that had ended before, time, value). MLflow holds the
    point with the highest step for the last one, and trials end in another order than they begin."""
    sign = 1.0 if objective["direction"] == "maximize" else -1.0
    found: list[tuple[int, float, float]] = []
    now = seconds()
    over = (trial for trial in ledger.trials if trial.ended or trial.values)
    for step, trial in enumerate(sorted(over, key=lambda trial: trial.ended)):
        value = (trial.values or {}).get(objective["name"])
        if value is not None and trial.is_feasible and (not found or sign * value > sign * found[-1][2]):
            found.append((step, now, value))
    return {objective["name"]: found} if found else {}


def _diagnosis(decision: Decision, study: Study, name_of: Callable[[Trial], str]) -> dict[str, Any]:
    """Why it failed, said once; the cure names the run of a trial that did, if it is still there."""
    if not study.ledger.trials and decision.exhausted:
        cure = "Widen the grid, or leave away what it was to begin with."
        return {"code": "sweep_failed", "summary": f"Nothing was left to try. {decision.over}", "cure": cure}
    failed = next((trial for trial in study.ledger.trials if trial.state == "failed"), None)
    summary = decision.over if decision.failed else "No trial finished."
    if failed is None and study.ledger.best:
        detail, cure = "", "Go on from its trials, e.g. with another sampler: %dh sweep … --warm-start SWEEP"
    elif failed is None:
        detail, cure = "Every trial was ended before it had a value.", "Let them run longer, or sweep without pruning."
    else:
        detail = "" if failed.message in summary else f"Trial {failed.number}: {failed.message}"
        name = name_of(failed)
        log = f"Its log: %dh logs {name} (trial {failed.number}). Then mend" if name else "Mend"
        cure = f"{log} the function and sweep again."
    found = {"code": "sweep_failed", "summary": summary, "detail": detail, "cure": cure}
    return {name: text for name, text in found.items() if text}
