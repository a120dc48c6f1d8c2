"""From a run in the catalogue to its plan: reads entities and the files of models, asks nobody else."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING

from dh_kernel.errors import NotFound
from dh_kernel.refs import parse

from ..clock import as_seconds
from .logged import logged_runs
from .plan import RUNNING, STATUS, plan_of, plan_run

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from dh_kernel._contract import Entity

    from ..catalogue.catalogue import Catalogue
    from .plan import Plan, PlannedModel, PlannedRun, Series

log = logging.getLogger("dh_jupyter.tracking")


def is_over(run: Entity) -> bool:
    """Whether its end is stored."""
    return run["status"].get("state") in STATUS


class Planner:
    """`local_path` gives a path of this machine for a URI."""

    def __init__(self, catalogue: Catalogue, local_path: Callable[[str], str]) -> None:
        self._catalogue = catalogue
        self._local_path = local_path

    def plans(
        self,
        project: str,
        run_ids: Sequence[str],
        folder_of: Callable[[Entity], Path | None],
        faults: dict[str, Exception],
    ) -> tuple[dict[str, tuple[Entity, Plan]], set[str]]:
        """(the runs that are over, with their plans; the ids of those that are gone). What one of them meets goes to `faults`."""
        runs, series = self._catalogue.many_runs.read_measured(project, run_ids, is_over)
        parents: dict[str, PlannedRun | None] = {}  # a sweep's trials have one
        found: dict[str, tuple[Entity, Plan]] = {}
        for run_id in (one for one in run_ids if one in series):
            try:
                found[run_id] = runs[run_id], self._plan(runs[run_id], series[run_id], folder_of(runs[run_id]), parents)
            except Exception as error:  # noqa: BLE001 - the others go on; it is tried again
                faults[run_id] = error
        return found, set(run_ids) - set(runs)

    def live(self, project: str, run_id: str) -> Plan | None:
        """Of a run that goes on; None if it is over, or gone."""
        try:
            run = self._catalogue.get(project, "run", run_id)
            series = self._catalogue.metric_points(project, "run", run_id)
        except NotFound:
            return None
        return None if is_over(run) else self._plan(run, series, None, {})

    def _plan(self, run: Entity, series: Series, folder: Path | None, parents: dict[str, PlannedRun | None]) -> Plan:
        planned = self._planned(run, series)
        if planned["parent"] not in parents:
            parents[planned["parent"]] = self._parent(run, planned["parent"])
        return plan_of(run, planned, logged_runs(folder) if folder else [], parents[planned["parent"]])

    def _planned(self, run: Entity, series: Series) -> PlannedRun:
        status = run["status"]
        created = run["metadata"]["created"]
        keys = (status.get("outputs") or {}).values()
        models = [self._resolved(key, run["project"]) for key in keys if parse(key).entity == "model"]
        ended = status.get("ended", created)
        started = as_seconds(status.get("started", created))
        planned = plan_run(run, started, as_seconds(ended), series, [model for model in models if model])
        return {**planned, "models": self._there(planned["models"])}

    def _there(self, models: list[PlannedModel]) -> list[PlannedModel]:
        """Those whose files are there, on this machine."""
        found = []
        for model in models:
            try:
                found.append(self.with_files(model))
            except NotFound as error:
                log.warning("Model '%s' is not in MLflow: %s", model["name"], error)
        return found

    def with_files(self, model: PlannedModel) -> PlannedModel:
        """MLflow would take a model without files for one that has none. Raises NotFound."""
        path = self._local_path(model["path"])
        if not Path(path).exists():
            raise NotFound(f"The files of model '{model['name']}' are not there: {path}", "Publish another version.")
        return {**model, "path": path}

    def _parent(self, run: Entity, key: str) -> PlannedRun | None:
        """As it is begun: it is filled at its own end."""
        found = self._resolved(key, run["project"]) if key else None
        if found is None:
            return None
        started = as_seconds(found["status"].get("started", found["metadata"]["created"]))
        return {**plan_run(found, started, started, {}, []), "status": RUNNING}

    def _resolved(self, key: str, project: str) -> Entity | None:
        """None if it is there no more."""
        try:
            return self._catalogue.resolve(key, project=project)
        except NotFound:
            return None
