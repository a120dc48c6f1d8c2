"""From a run in the catalogue to its plan: reads entities and the files of models, asks nobody else."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING

from dh_kernel.errors import NotFound
from dh_kernel.refs import parse

from ..clock import as_seconds
from .logged import logged_runs
from .plan import RUNNING, plan_of, plan_run

if TYPE_CHECKING:
    from collections.abc import Callable

    from dh_kernel._contract import Entity

    from ..catalogue.catalogue import Catalogue
    from .plan import Plan, PlannedModel, PlannedRun

log = logging.getLogger("dh_jupyter.tracking")


class Planner:
    """`local_path` gives a path of this machine for a URI."""

    def __init__(self, catalogue: Catalogue, local_path: Callable[[str], str]) -> None:
        self._catalogue = catalogue
        self._local_path = local_path

    def plan(self, run: Entity, folder: Path | None) -> Plan:
        """Raises NotFound if the run was deleted meanwhile."""
        planned = self._planned(run)
        return plan_of(run, planned, logged_runs(folder) if folder else [], self._parent(run, planned["parent"]))

    def _planned(self, run: Entity) -> PlannedRun:
        status = run["status"]
        created = run["metadata"]["created"]
        series = self._catalogue.metric_points(run["project"], "run", run["id"])
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
