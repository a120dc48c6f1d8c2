"""What a run is in MLflow's words: pure, from entities to plain dicts that cross to the writer's process."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, TypedDict

if TYPE_CHECKING:
    from dh_kernel._contract import Entity

    from .logged import LoggedDataset, LoggedModel, LoggedRun, Point

STATUS = {"COMPLETED": "FINISHED", "ERROR": "FAILED", "STOPPED": "KILLED"}
RUNNING = "RUNNING"
LONGEST_PARAM = 6000  # characters, MLflow's limits
LONGEST_TAG = 8000
LONGEST_NAME = 250
STEPS = 2**63 - 1
AUTOLOG = "mlflow.autologging"

# Of where user code ran, and of names and ids that it has in the folder only.
_LEFT_OUT = ("mlflow.user", "mlflow.source.", "mlflow.runName", "mlflow.parentRunId", "mlflow.log-model.history", "dh.")

Series = Mapping[str, Iterable[tuple[int | None, float | None, float]]]


class PlannedModel(TypedDict):
    """`mark` is by what it is found again."""

    name: str
    mark: str
    path: str
    params: dict[str, str]
    tags: dict[str, str]


class PlannedRun(TypedDict):
    """Times in milliseconds since 1970. `mark` is by what it is found again, `parent` the mark of another one or empty."""

    mark: str
    parent: str
    name: str
    status: str
    start: int
    end: int
    params: dict[str, str]
    tags: dict[str, str]
    metrics: list[Point]
    artifacts: list[str]
    models: list[PlannedModel]
    datasets: list[LoggedDataset]


class Plan(TypedDict):
    """A run, and what is nested in it, parents first. `parent` is the run that it is a step of, as little as there is of it."""

    experiment: str
    run: PlannedRun
    nested: list[PlannedRun]
    parent: PlannedRun | None


def plan_run(run: Entity, started: float, ended: float, metrics: Series, models: Iterable[Entity]) -> PlannedRun:
    """A run by itself. `started`, `ended` in seconds since 1970."""
    spec, status = run["spec"], run["status"]
    suggested = status.get("suggested") or {}
    params = {**_varied(spec), **spec.get("inputs", {}), **spec.get("parameters", {}), **suggested}
    return {
        "mark": run["key"],
        "parent": parent_key(run),
        "name": run["metadata"].get("reference", run["id"]).rpartition("/")[2],
        "status": STATUS.get(status.get("state", ""), RUNNING),
        "start": round(started * 1000),
        "end": round(ended * 1000),
        "params": {valid_name(name): str(value)[:LONGEST_PARAM] for name, value in params.items()},
        "tags": _tags(run),
        "metrics": list(_points(metrics)),
        "artifacts": [],
        "models": [plan_model(model) for model in models if _is_own(model, run)],
        "datasets": [],
    }


def _varied(spec: Mapping[str, Any]) -> dict[str, str]:
    """What a sweep varies, by parameter, as a person writes it: `1e-05..0.1:log`."""
    space = (spec.get("sweep") or {}).get("space") or {}
    return {name: _dimension(one) for name, one in space.items()}


def _dimension(one: Mapping[str, Any]) -> str:
    if one["type"] == "choice":
        return "{" + ",".join(map(str, one["choices"])) + "}"
    word = "log" if one.get("log") else one.get("step")
    return f"{one['low']}..{one['high']}" + (f":{word}" if word else "")


def _is_own(model: Entity, run: Entity) -> bool:
    """Whether a run made a model: a sweep names the outputs of its best trial, which has them in MLflow by itself."""
    edges = model["metadata"].get("relationships") or []
    makers = [edge.get("dest") for edge in edges if edge["type"] == "produced_by"]
    return not makers or run["key"] in makers


def plan_of(run: Entity, planned: PlannedRun, logged: list[LoggedRun], parent: PlannedRun | None) -> Plan:
    """The whole, with what user code has logged by MLflow's own calls.

    The only run that it began there is the run itself. Of several, each is nested in it. Runs that autolog began, one
    for each fit, count only where there is no other.
    """
    own = _own(logged)
    if own is not None:
        planned = _with_own(planned, own)
    marks = {one["id"]: planned["mark"] if one is own else f"{planned['mark']}/{one['id']}" for one in logged}
    nested = [_nested(one, planned, marks) for one in logged if one is not own]
    return {"experiment": run["project"], "run": planned, "nested": nested, "parent": parent}


def _own(logged: list[LoggedRun]) -> LoggedRun | None:
    outer = [one for one in logged if not one["parent"]]
    begun = [one for one in outer if AUTOLOG not in one["tags"]] or outer
    return begun[0] if len(begun) == 1 else None


def is_plain(plan: Plan) -> bool:
    """Whether it is a run that is over, and nothing else: no files, no model, nothing nested in it, and nothing that MLflow
    could refuse: what user code has logged may be too long for it."""
    run = plan["run"]
    more = plan["nested"], run["artifacts"], run["models"], run["datasets"]
    texts = {LONGEST_PARAM: run["params"], LONGEST_TAG: run["tags"]}
    fits = all(len(text) <= most and _is_valid(name) for most, some in texts.items() for name, text in some.items())
    return run["status"] != RUNNING and not any(more) and fits and len(run["name"]) <= LONGEST_NAME


@functools.lru_cache(maxsize=1024)
def _is_valid(name: str) -> bool:
    return valid_name(name) == name


def plan_model(model: Entity) -> PlannedModel:
    """A model: where it lies, and the name that it has there."""
    path = model["spec"]["path"]
    return {"name": model["name"], "mark": path, "path": path, "params": {}, "tags": {"dh.model": model["key"]}}


def parent_key(run: Entity) -> str:
    """The key of the run that a run is a step of, or nothing."""
    edges = run["metadata"].get("relationships") or []
    return next((edge["dest"] for edge in edges if edge["type"] == "step_of" and edge.get("dest")), "")


def valid_name(name: str) -> str:
    """A name as MLflow takes it: other characters become an underscore."""
    parts = re.sub(r"[^/\w.\- :]", "_", name).split("/")
    plain = "/".join(part if part.strip(".") else "_" for part in parts if part)
    return plain[:LONGEST_NAME].strip("/ ") or "_"


def _tags(run: Entity) -> dict[str, str]:
    status = run["status"]
    tags = {
        "dh.project": run["project"],
        "dh.function": run["spec"].get("function", ""),
        "dh.state": status.get("state", ""),
        "dh.labels": ", ".join(run["metadata"].get("labels") or []),
        "dh.message": status.get("message") or "",
        "mlflow.user": run.get("user", ""),
        "mlflow.source.name": run["spec"].get("function", ""),
        **_tags_of_search(run),
    }
    return {name: text[:500] for name, text in tags.items() if text}


def _tags_of_search(run: Entity) -> dict[str, str]:
    """Of a sweep, and of its trials."""
    asked, trial = run["spec"].get("sweep") or {}, run["spec"].get("trial") or {}
    best = (run["status"].get("results") or {}).get("best_trial") if asked else None
    goals = (f"{one['direction']} {one['name']}" for one in asked.get("objectives", ()))
    return {
        "dh.sampler": asked.get("sampler", ""),
        "dh.objectives": ", ".join(goals),
        "dh.best_trial": "" if best is None else str(best),
        "dh.trial": str(trial["number"]) if "number" in trial else "",
    }


def _with_own(planned: PlannedRun, own: LoggedRun) -> PlannedRun:
    """The run with what was logged for it. Its metrics have the points already; its own parameters keep their names."""
    params = dict(planned["params"])
    for name, text in own["params"].items():
        same = params.get(name, text) == text
        params[name if same else valid_name(f"logged.{name}")] = text
    return {
        **planned,
        "params": params,
        "tags": {**_kept(own), **planned["tags"]},
        "artifacts": _artifacts(own),
        "models": [*planned["models"], *_models(own, planned["mark"])],
        "datasets": own["datasets"],
    }


def _nested(one: LoggedRun, planned: PlannedRun, marks: Mapping[str, str]) -> PlannedRun:
    mark = marks[one["id"]]
    shared = {name: text for name, text in planned["tags"].items() if name in ("dh.project", "mlflow.user")}
    return {
        "mark": mark,
        "parent": marks.get(one["parent"], planned["mark"]),
        "name": one["name"],
        "status": one["status"] or planned["status"],
        "start": one["start"],
        "end": one["end"] or planned["end"],
        "params": one["params"],
        "tags": {**_kept(one), **shared},
        "metrics": one["metrics"],
        "artifacts": _artifacts(one),
        "models": _models(one, mark),
        "datasets": one["datasets"],
    }


def _kept(one: LoggedRun) -> dict[str, str]:
    tags = {name: text[:LONGEST_TAG] for name, text in one["tags"].items() if not name.startswith(_LEFT_OUT)}
    return tags if one["experiment"] == "Default" else {**tags, "dh.experiment": one["experiment"]}


def _artifacts(one: LoggedRun) -> list[str]:
    return [one["artifacts"]] if one["artifacts"] else []


def _models(one: LoggedRun, mark: str) -> list[PlannedModel]:
    return [_logged_model(model, mark) for model in one["models"]]


def _logged_model(model: LoggedModel, mark: str) -> PlannedModel:
    tags = {name: text for name, text in model["tags"].items() if not name.startswith(_LEFT_OUT)}
    return {
        "name": model["name"],
        "mark": f"{mark}/{model['id']}",
        "path": model["path"],
        "params": model["params"],
        "tags": tags,
    }


def _points(metrics: Series) -> Iterable[Point]:
    for name, points in metrics.items():
        valid = valid_name(name)
        for index, (step, moment, value) in enumerate(points):
            at = index if step is None else max(-STEPS, min(STEPS, step))
            yield valid, value, round((moment or 0.0) * 1000), at
