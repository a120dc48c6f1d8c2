"""A planned run in MLflow: made or found again, filled with what it lacks. Of the writer's process."""

from __future__ import annotations

import math
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import zip_longest
from typing import TYPE_CHECKING, Any, NamedTuple

from mlflow.entities import Dataset, DatasetInput, InputTag, Metric, Param, RunTag

if TYPE_CHECKING:
    from mlflow import MlflowClient

    from .experiments import Experiments
    from .logged import LoggedDataset, Point
    from .models import Models
    from .plan import Plan, PlannedRun

METRICS_AT_ONCE = 900  # MLflow's limits for one batch: 1,000 things, of which parameters
PARAMS_AT_ONCE = 100
PARENTS = 100  # that are remembered
RUNNING = "RUNNING"
PARENT = "mlflow.parentRunId"


class Written(NamedTuple):
    """A run of MLflow's: whether it was there before, and whether it has ended."""

    run_id: str
    found: bool
    over: bool


class Runs:
    """Found by the tag `dh.run`. A run that has ended there is whole; any other is filled with what is missing."""

    def __init__(self, client: MlflowClient, experiments: Experiments, models: Models) -> None:
        self._client = client
        self._experiments = experiments
        self._models = models
        self._parents: dict[
            tuple[str, str], str
        ] = {}  # MLflow's ids, by experiment and mark: trials have one for thousands

    def write(self, plan: Plan) -> str:
        """A run with all that is nested in it; its own end comes last. Returns MLflow's id."""
        experiment = self._experiments.of(plan["experiment"])
        whole = self._begun(experiment, plan["run"], self._parent(experiment, plan["parent"]))
        if whole.over:
            return whole.run_id
        self._fill(experiment, whole, plan["run"])
        ids = {plan["run"]["mark"]: whole.run_id}
        for nested in plan["nested"]:
            one = self._begun(experiment, nested, ids[nested["parent"]], is_new=not whole.found)
            ids[nested["mark"]] = one.run_id
            if not one.over:
                self._fill(experiment, one, nested)
                self._end(one, nested)
        self._end(whole, plan["run"])
        return whole.run_id

    def placed(self, plan: Plan) -> tuple[str, PlannedRun, str]:
        """A run with its experiment's id and its parent's, which is begun if it is not there; '' for none."""
        experiment = self._experiments.of(plan["experiment"])
        return experiment, plan["run"], self._parent(experiment, plan["parent"])

    def _parent(self, experiment: str, parent: PlannedRun | None) -> str:
        """Its id; '' for a run that has none."""
        if parent is None:
            return ""
        key = experiment, parent["mark"]
        if key not in self._parents:
            if len(self._parents) >= PARENTS:
                self._parents.clear()
            self._parents[key] = self._begun(experiment, parent, "").run_id
        return self._parents[key]

    def _begun(self, experiment: str, run: PlannedRun, parent: str, is_new: bool = False) -> Written:
        """The run, made if it is not there."""
        mark = run["mark"].replace("'", "")
        if not is_new:
            found = self._client.search_runs([experiment], f"tags.`dh.run` = '{mark}'", max_results=1)
            if found:
                return Written(found[0].info.run_id, True, found[0].info.status != RUNNING)
        tags = {**run["tags"], "dh.run": mark, **({PARENT: parent} if parent else {})}
        made = self._client.create_run(experiment, start_time=run["start"], tags=tags, run_name=run["name"])
        return Written(made.info.run_id, False, False)

    def _fill(self, experiment: str, written: Written, run: PlannedRun) -> None:
        points, params = run["metrics"], run["params"]
        if written.found:
            points = list(self._missing(written.run_id, points))
            there = self._client.get_run(written.run_id).data.params
            params = {name: text for name, text in params.items() if name not in there}
            tags = [RunTag(name, text) for name, text in run["tags"].items()]
            for some in _batches(tags, PARAMS_AT_ONCE):
                self._client.log_batch(written.run_id, tags=some)
        told = _batches([Param(name, text) for name, text in params.items()], PARAMS_AT_ONCE)
        measured = _batches([Metric(*point) for point in points], METRICS_AT_ONCE)
        for some_params, some_metrics in zip_longest(told, measured, fillvalue=()):
            self._client.log_batch(written.run_id, metrics=some_metrics, params=some_params)
        self._add_files(experiment, written.run_id, run)

    def _add_files(self, experiment: str, run_id: str, run: PlannedRun) -> None:
        for folder in run["artifacts"]:
            self._client.log_artifacts(run_id, folder)
        for model in run["models"]:
            self._models.log(experiment, run_id, model)
        if run["datasets"]:
            self._client.log_inputs(run_id, datasets=[_dataset(one) for one in run["datasets"]])

    def _missing(self, run_id: str, points: Iterable[Point]) -> Iterator[Point]:
        """Points that MLflow has not."""
        known: dict[str, Counter[Any]] = {}
        for point in points:
            name = point[0]
            if name not in known:
                history = self._client.get_metric_history(run_id, name)
                known[name] = Counter(_same(one.value, one.timestamp, one.step) for one in history)
            same = _same(*point[1:])
            if known[name][same] > 0:
                known[name][same] -= 1
            else:
                yield point

    def _end(self, written: Written, run: PlannedRun) -> None:
        if run["status"] != RUNNING:
            self._client.set_terminated(written.run_id, status=run["status"], end_time=run["end"])


def _same(value: float, moment: int, step: int) -> tuple[str, int, int]:
    """What makes two points the same; MLflow's databases keep the biggest number for infinity."""
    biggest = sys.float_info.max
    return repr(math.nan if value != value else float(max(-biggest, min(biggest, value)))), moment, step


def _batches(values: list[Any], size: int) -> Iterator[list[Any]]:
    return (values[start : start + size] for start in range(0, len(values), size))


def _dataset(one: LoggedDataset) -> DatasetInput:
    tags = [InputTag(name, text) for name, text in one["tags"].items()]
    return DatasetInput(Dataset(**one["dataset"]), tags)
