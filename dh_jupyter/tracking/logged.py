"""What user code logged by MLflow's own calls: MLflow's files in the run's folder, read without MLflow.

mlflow/EXPERIMENT/{meta.yaml, RUN/, models/ID/, datasets/ID/}
RUN/{meta.yaml, metrics/NAME, params/NAME, tags/NAME, inputs/ID/, artifacts/}
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, TypedDict

log = logging.getLogger("dh_jupyter.tracking")

Point = tuple[str, float, int, int]  # name, value, milliseconds since 1970, step
Series = dict[str, list[tuple[int | None, float, float]]]  # by name: step, seconds since 1970, value

PARENT = "mlflow.parentRunId"
STATUS = {3: "FINISHED", 4: "FAILED", 5: "KILLED"}
READY = 2


class LoggedModel(TypedDict):
    id: str
    name: str
    path: str
    run: str
    params: dict[str, str]
    tags: dict[str, str]


class LoggedDataset(TypedDict):
    dataset: dict[str, str]
    tags: dict[str, str]


class LoggedRun(TypedDict):
    """A run as user code began it. `parent` is an id or empty, `status` empty if it has not ended, `artifacts` a folder."""

    id: str
    name: str
    experiment: str
    parent: str
    status: str
    start: int
    end: int
    params: dict[str, str]
    tags: dict[str, str]
    metrics: list[Point]
    artifacts: str
    models: list[LoggedModel]
    datasets: list[LoggedDataset]


def logged_runs(folder: Path) -> list[LoggedRun]:
    """All runs of a run's `mlflow` folder, as they began; [] if user code did not call MLflow."""
    found = [run for experiment in _experiments(folder) for run in _runs(experiment)]
    return sorted(found, key=lambda run: run["start"])


def logged_points(folder: Path) -> Series:
    """Points that were logged outside of nested runs, by name, in the order of their times."""
    series: Series = {}
    for experiment in _experiments(folder):
        for run in _folders(experiment):
            if not (run / "tags" / PARENT).exists():
                for name, value, moment, step in _points(run / "metrics"):
                    series.setdefault(name, []).append((step, moment / 1000, value))
    return {name: sorted(points, key=lambda point: point[1]) for name, points in series.items()}


def joined(sent: Series, logged: Series) -> Series:
    """The points that a run has sent, with the logged ones that it has not. A point that is in both is there once."""
    whole = dict(sent)
    for name, points in logged.items():
        known = Counter(_same(point) for point in sent.get(name, ()))
        missing = []
        for point in points:
            if known[_same(point)] > 0:
                known[_same(point)] -= 1
            else:
                missing.append(point)
        if missing:
            whole[name] = sorted([*sent.get(name, ()), *missing], key=lambda point: point[1])
    return whole


def _same(point: tuple[int | None, float, float]) -> tuple[int | None, int, str]:
    """What makes two points the same: NaN is itself."""
    step, moment, value = point
    return step, round(moment * 1000), repr(value)


def _experiments(folder: Path) -> Iterator[Path]:
    return (meta.parent for meta in sorted(folder.glob("*/meta.yaml")))


def _folders(experiment: Path) -> Iterator[Path]:
    return (meta.parent for meta in sorted(experiment.glob("*/meta.yaml")))


def _runs(experiment: Path) -> Iterator[LoggedRun]:
    title = str(_meta(experiment).get("name", experiment.name))
    models = [model for meta in sorted(experiment.glob("models/*/meta.yaml")) for model in _model(meta.parent)]
    for folder in _folders(experiment):
        meta = _meta(folder)
        if not meta or meta.get("lifecycle_stage") == "deleted":
            continue
        tags = _texts(folder / "tags")
        yield {
            "id": folder.name,
            "name": str(meta.get("run_name") or folder.name),
            "experiment": title,
            "parent": tags.get(PARENT, ""),
            "status": STATUS.get(meta.get("status", 0), ""),
            "start": int(meta.get("start_time") or 0),
            "end": int(meta.get("end_time") or 0),
            "params": _texts(folder / "params"),
            "tags": tags,
            "metrics": list(_points(folder / "metrics")),
            "artifacts": str(folder / "artifacts") if any((folder / "artifacts").glob("*")) else "",
            "models": [model for model in models if model["run"] == folder.name],
            "datasets": list(_datasets(experiment, folder)),
        }


def _model(folder: Path) -> Iterator[LoggedModel]:
    meta = _meta(folder)
    if meta.get("status") == READY and (folder / "artifacts").is_dir():
        yield {
            "id": folder.name,
            "name": str(meta.get("name") or folder.name),
            "path": str(folder / "artifacts"),
            "run": str(meta.get("source_run_id") or ""),
            "params": _texts(folder / "params"),
            "tags": _texts(folder / "tags"),
        }


def _datasets(experiment: Path, run: Path) -> Iterator[LoggedDataset]:
    for used in sorted(run.glob("inputs/*/meta.yaml")):
        meta = _meta(used.parent)
        dataset = _meta(experiment / "datasets" / str(meta.get("source_id", "")))
        if dataset:
            known = ("name", "digest", "source_type", "source", "schema", "profile")
            tags = {str(name): str(value) for name, value in (meta.get("tags") or {}).items()}
            yield {"dataset": {name: str(dataset[name]) for name in known if dataset.get(name)}, "tags": tags}


def _meta(folder: Path) -> Mapping[str, Any]:
    """meta.yaml; {} if it is broken, as after a kill."""
    import yaml

    try:
        found = yaml.safe_load((folder / "meta.yaml").read_text(encoding="utf-8"))
    except (OSError, ValueError, yaml.YAMLError) as error:
        log.warning("%s can't be read: %s", folder / "meta.yaml", error)
        return {}
    return found if isinstance(found, dict) else {}


def _texts(folder: Path) -> dict[str, str]:
    return {name: path.read_text(encoding="utf-8", errors="replace") for name, path in _files(folder)}


def _files(folder: Path) -> Iterator[tuple[str, Path]]:
    """(name, file): a name with a slash is a file in a folder."""
    return ((path.relative_to(folder).as_posix(), path) for path in sorted(folder.rglob("*")) if path.is_file())


def _points(folder: Path) -> Iterator[Point]:
    """Lines of `milliseconds value step`; a line that was cut is left out. MLflow repeats lines when a model is logged:
    each counts once, as in its databases."""
    for name, path in _files(folder):
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
        for words in dict.fromkeys(tuple(line.split()[:3]) for line in lines):
            try:
                yield name, float(words[1]), int(words[0]), int(words[2])
            except (IndexError, ValueError):
                continue
