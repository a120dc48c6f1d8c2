"""The process that writes to MLflow: one JSON request a line in, one JSON answer a line out.

Started by tracker.py as `python -m dh_jupyter.tracking.writer URI ARTIFACTS`. Each request may come twice: runs and
models are found again by their tags.
"""

from __future__ import annotations

import json
import logging
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
os.environ.setdefault("GIT_PYTHON_REFRESH", "quiet")
os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")

if TYPE_CHECKING:
    from mlflow import MlflowClient

METRICS_AT_ONCE = 1000  # MLflow's limit for one batch
PARAMS_AT_ONCE = 100


class Writer:
    """Requests are methods: `run`, `publish`."""

    def __init__(self, uri: str, artifacts: str) -> None:
        import mlflow
        from mlflow import MlflowClient

        mlflow.set_tracking_uri(uri)  # URIs like models:/m-… are looked up there
        mlflow.set_registry_uri(uri)
        self._client: MlflowClient = MlflowClient(tracking_uri=uri, registry_uri=uri)
        self._artifacts = artifacts
        self._experiments: dict[str, str] = {}

    def run(self, plan: dict[str, Any]) -> dict[str, Any]:
        """Write a finished run with its parameters, metrics and models. Answers {"run_id"}."""
        client = self._client
        experiment = self._experiment(plan["experiment"])
        run_id = self._find_run(experiment, plan["key"])
        if run_id is None:
            made = client.create_run(experiment, start_time=plan["start"], tags=plan["tags"], run_name=plan["name"])
            run_id = made.info.run_id
            self._log_values(run_id, plan)
            for model in plan["models"]:
                self._model(experiment, run_id, model)
            client.set_terminated(run_id, status=plan["status"], end_time=plan["end"])
        return {"run_id": run_id}

    def _log_values(self, run_id: str, plan: dict[str, Any]) -> None:
        from mlflow.entities import Metric, Param

        params = [Param(name, value) for name, value in plan["params"].items()]
        metrics = [Metric(name, value, moment, step) for name, value, moment, step in plan["metrics"]]
        for start in range(0, len(params), PARAMS_AT_ONCE):
            self._client.log_batch(run_id, params=params[start : start + PARAMS_AT_ONCE])
        for start in range(0, len(metrics), METRICS_AT_ONCE):
            self._client.log_batch(run_id, metrics=metrics[start : start + METRICS_AT_ONCE])

    def publish(self, request: dict[str, Any]) -> dict[str, Any]:
        """Make a version of a registered model, and point an alias at it. Answers {"name", "version"}."""
        from mlflow.exceptions import MlflowException

        client, model, project = self._client, request["model"], request["project"]
        name = self._registered(project, request["name"])
        model_id = self._model(self._experiment(project), None, model)
        for version in client.search_model_versions(f"name = '{name}'"):
            if version.tags.get("dh.path") == model["path"]:
                break
        else:
            tags = {"dh.path": model["path"], "dh.model": model["key"], "dh.project": project}
            version = client.create_model_version(
                name, f"models:/{model_id}", tags=tags, description=request.get("note") or None, model_id=model_id
            )
        if request.get("alias"):
            try:
                client.set_registered_model_alias(name, request["alias"], str(version.version))
            except MlflowException as error:
                return {"name": name, "version": str(version.version), "warning": str(error)}
        return {"name": name, "version": str(version.version)}

    def _experiment(self, project: str) -> str:
        if project not in self._experiments:
            found = self._client.get_experiment_by_name(project)
            place = Path(self._artifacts, project).as_uri() if self._artifacts else None
            self._experiments[project] = (
                found.experiment_id if found else self._client.create_experiment(project, artifact_location=place)
            )
        return self._experiments[project]

    def _find_run(self, experiment: str, key: str) -> str | None:
        found = self._client.search_runs([experiment], f"tags.`dh.run` = '{key}'", max_results=1)
        if found and found[0].info.status != "RUNNING":
            return str(found[0].info.run_id)
        for half_made in found:
            self._client.delete_run(half_made.info.run_id)
        return None

    def _model(self, experiment: str, run_id: str | None, model: dict[str, str]) -> str:
        """MLflow's id of a model, copied into its store if it is not there yet."""
        from mlflow.entities import LoggedModelOutput, LoggedModelStatus

        client = self._client
        found = client.search_logged_models([experiment], filter_string=f"tags.`dh.path` = '{model['path']}'")
        ready = [one for one in found if one.status == LoggedModelStatus.READY]
        if ready:
            return str(ready[0].model_id)
        made = client.create_logged_model(
            experiment,
            name=model["name"],
            source_run_id=run_id,
            tags={"dh.path": model["path"], "dh.model": model["key"]},
        )
        client.log_model_artifacts(made.model_id, model["path"])
        client.finalize_logged_model(made.model_id, LoggedModelStatus.READY)
        if run_id:
            client.log_outputs(run_id, models=[LoggedModelOutput(made.model_id, step=0)])
        return str(made.model_id)

    def _registered(self, project: str, name: str) -> str:
        """The registry knows no projects: the first that takes a name has it, another one gets `project.name`."""
        from mlflow.exceptions import MlflowException

        for candidate in (name, f"{project}.{name}"):
            try:
                owner = self._client.get_registered_model(candidate).tags.get("dh.project")
            except MlflowException:
                self._client.create_registered_model(candidate, tags={"dh.project": project})
                return candidate
            if owner == project:
                return candidate
        return f"{project}.{name}"


def main() -> None:
    """Answer requests until the input ends. What MLflow prints goes to standard error."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    os.nice(10)  # runs come first: nobody waits for what is written here, but for the rare publish
    logging.getLogger("mlflow").setLevel(logging.ERROR)
    logging.getLogger("alembic").setLevel(logging.ERROR)
    writer = Writer(*sys.argv[1:3])
    for line in sys.stdin:
        request = json.loads(line)
        try:
            answer = getattr(writer, request["do"])(request["what"])
        except Exception as error:  # noqa: BLE001 - whatever MLflow raises is the answer
            answer = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), file=answers, flush=True)


if __name__ == "__main__":
    main()
