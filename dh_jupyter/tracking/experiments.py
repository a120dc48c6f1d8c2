"""A project is an experiment of MLflow, of the same name. Of the writer's process."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mlflow import MlflowClient


class Experiments:
    """Found or made, once for each name."""

    def __init__(self, client: MlflowClient, artifacts: str) -> None:
        """`artifacts`: a folder for files, or empty where MLflow's server knows a place."""
        self._client = client
        self._artifacts = artifacts
        self._known: dict[str, str] = {}

    def of(self, project: str) -> str:
        """The id. One that was deleted in MLflow is there again: the project's runs go on."""
        if project not in self._known:
            self._known[project] = self._found(project)
        return self._known[project]

    def _found(self, project: str) -> str:
        found = self._client.get_experiment_by_name(project)
        if found is None:
            place = Path(self._artifacts, project).as_uri() if self._artifacts else None
            return str(self._client.create_experiment(project, artifact_location=place))
        if found.lifecycle_stage != "active":
            self._client.restore_experiment(found.experiment_id)
        return str(found.experiment_id)
