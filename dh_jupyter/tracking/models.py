"""Models in MLflow's store and registry. Of the writer's process."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

from mlflow.entities import LoggedModelOutput, LoggedModelStatus
from mlflow.exceptions import MlflowException

if TYPE_CHECKING:
    from mlflow import MlflowClient

    from .experiments import Experiments
    from .plan import PlannedModel

PARAMS_AT_ONCE = 100  # MLflow's limit


class Models:
    """Found by the tag `dh.path`, whatever name they have."""

    def __init__(self, client: MlflowClient, experiments: Experiments) -> None:
        self._client = client
        self._experiments = experiments

    def log(self, experiment: str, run_id: str | None, model: PlannedModel) -> str:
        """MLflow's id of a model, copied into its store if it is not there yet."""
        client = self._client
        mark = model["mark"].replace("'", "")
        found = client.search_logged_models([experiment], filter_string=f"tags.`dh.path` = '{mark}'")
        ready = [one for one in found if one.status == LoggedModelStatus.READY]
        made = ready[0] if ready else self._copied(experiment, run_id, model, mark)
        if run_id and not (ready and made.source_run_id != run_id):
            client.log_outputs(run_id, models=[LoggedModelOutput(made.model_id, step=0)])
        return str(made.model_id)

    def _copied(self, experiment: str, run_id: str | None, model: PlannedModel, mark: str) -> Any:
        client = self._client
        params = list(model["params"].items())
        made = client.create_logged_model(
            experiment,
            name=model["name"],
            source_run_id=run_id,
            tags={**model["tags"], "dh.path": mark},
            params=dict(params[:PARAMS_AT_ONCE]),
        )
        try:
            for start in range(PARAMS_AT_ONCE, len(params), PARAMS_AT_ONCE):
                client.log_model_params(made.model_id, dict(params[start : start + PARAMS_AT_ONCE]))
            client.log_model_artifacts(made.model_id, model["path"])
        except BaseException:
            with contextlib.suppress(Exception):  # the server may be away, too; what it was is to be told
                client.delete_logged_model(made.model_id)
            raise
        return client.finalize_logged_model(made.model_id, LoggedModelStatus.READY)

    def publish(self, request: dict[str, Any]) -> dict[str, Any]:
        """Make a version of a registered model, and point an alias at it. Answers {"name", "version"}."""
        client, model, project = self._client, request["model"], request["project"]
        model_id = self.log(self._experiments.of(project), None, model)  # first: what has no files gets no name
        name = self._registered(project, request["name"])
        for version in client.search_model_versions(f"name = '{name}'"):
            if version.tags.get("dh.path") == model["mark"]:
                break
        else:
            tags = {"dh.path": model["mark"], **model["tags"], "dh.project": project}
            version = client.create_model_version(
                name, f"models:/{model_id}", tags=tags, description=request.get("note") or None, model_id=model_id
            )
        answer = {"name": name, "version": str(version.version)}
        if request.get("alias"):
            try:
                client.set_registered_model_alias(name, request["alias"], str(version.version))
            except MlflowException as error:
                answer["warning"] = str(error)
        return answer

    def _registered(self, project: str, name: str) -> str:
        """The registry knows no projects: the first that takes a name has it, another one gets `project.name`."""
        for candidate in (name, f"{project}.{name}"):
            try:
                owner = self._client.get_registered_model(candidate).tags.get("dh.project")
            except MlflowException as error:
                if error.error_code != "RESOURCE_DOES_NOT_EXIST":
                    raise
                self._client.create_registered_model(candidate, tags={"dh.project": project})
                return candidate
            if owner == project:
                return candidate
        return f"{project}.{name}"
