"""What a run is in MLflow's words: pure, from entities to plain dicts that cross to the writer's process."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, TypedDict

if TYPE_CHECKING:
    from dh_kernel._contract import Entity

STATUS = {"COMPLETED": "FINISHED", "ERROR": "FAILED", "STOPPED": "KILLED"}
LONGEST_PARAM = 6000  # characters, MLflow's limit

Series = Mapping[str, Iterable[tuple[int | None, float | None, float]]]


class PlannedModel(TypedDict):
    name: str
    key: str
    path: str


class PlannedRun(TypedDict):
    """Times in milliseconds since 1970; metrics are (name, value, milliseconds, step)."""

    experiment: str
    name: str
    key: str
    status: str
    start: int
    end: int
    params: dict[str, str]
    tags: dict[str, str]
    metrics: list[tuple[str, float, int, int]]
    models: list[PlannedModel]


def plan_run(run: Entity, started: float, ended: float, metrics: Series, models: Iterable[Entity]) -> PlannedRun:
    """One finished run. `started`, `ended` in seconds since 1970."""
    spec, status = run["spec"], run["status"]
    params = {**spec.get("inputs", {}), **spec.get("parameters", {})}
    tags = {
        "dh.run": run["key"],
        "dh.project": run["project"],
        "dh.function": spec.get("function", ""),
        "dh.state": status.get("state", ""),
        "mlflow.user": run.get("user", ""),
    }
    if status.get("message"):
        tags["dh.message"] = status["message"][:500]
    return {
        "experiment": run["project"],
        "name": run["metadata"].get("reference", run["id"]).rpartition("/")[2],
        "key": run["key"],
        "status": STATUS.get(status.get("state", ""), "RUNNING"),
        "start": round(started * 1000),
        "end": round(ended * 1000),
        "params": {name: str(value)[:LONGEST_PARAM] for name, value in params.items()},
        "tags": tags,
        "metrics": list(_points(metrics)),
        "models": [plan_model(model) for model in models],
    }


def plan_model(model: Entity) -> PlannedModel:
    """A model: where it lies, and the name that it has there."""
    return {"name": model["name"], "key": model["key"], "path": model["spec"]["path"]}


def _points(metrics: Series) -> Iterable[tuple[str, float, int, int]]:
    for name, points in metrics.items():
        for index, (step, moment, value) in enumerate(points):
            yield name, value, round((moment or 0.0) * 1000), index if step is None else step
