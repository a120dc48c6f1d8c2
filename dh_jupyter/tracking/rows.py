"""Plain runs as rows of MLflow's own database, many in one transaction. Of the writer's process.

By MLflow's calls a run is seven transactions and forty statements, most of which read what the one before has written. This
is for what is new and has no files; whatever else there is goes by MLflow's calls.
"""

from __future__ import annotations

import logging
import math
import sys
import uuid
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from mlflow.exceptions import MlflowException

if TYPE_CHECKING:
    from mlflow import MlflowClient

    from .plan import PlannedRun

log = logging.getLogger("dh_jupyter.tracking")

NAME = "mlflow.runName"
USER = "mlflow.user"
MARK = "dh.run"
AWAY = "TEMPORARILY_UNAVAILABLE"

Row = dict[str, Any]


class Rows:
    """Of a client whose store is a database; any other has none."""

    def __init__(self, client: MlflowClient) -> None:
        from mlflow.store.tracking.sqlalchemy_store import SqlAlchemyStore

        store = getattr(getattr(client, "_tracking_client", None), "store", None)
        self._store = store if isinstance(store, SqlAlchemyStore) else None

    def write(self, runs: Sequence[tuple[str, PlannedRun, str]]) -> dict[str, str]:
        """MLflow's ids by mark, of those that were written; `runs` are (experiment's id, run, its parent's id or nothing).

        All or none. Raises what MLflow raises if its database is away just now.
        """
        if self._store is None or not runs:
            return {}
        try:
            return self._written(self._store, runs)
        except MlflowException as error:
            if error.error_code == AWAY:
                raise
            log.warning("%d runs are written one by one: %s", len(runs), error)
        except Exception as error:  # noqa: BLE001 - a database of another MLflow: its calls know it
            log.warning("%d runs are written one by one: %r", len(runs), error)
        return {}

    def _written(self, store: Any, runs: Sequence[tuple[str, PlannedRun, str]]) -> dict[str, str]:
        from mlflow.store.tracking.dbmodels.models import SqlLatestMetric, SqlMetric, SqlParam, SqlRun, SqlTag
        from sqlalchemy import insert

        with store.ManagedSessionMaker(read_only=False) as session:
            places = _places(session, {int(experiment) for experiment, _, _ in runs})
            there = _there(session, [run["mark"] for _, run, _ in runs], places)
            new = [one for one in runs if int(one[0]) in places and one[1]["mark"] not in there]
            rows = [_Rows(run, int(experiment), parent, places[int(experiment)]) for experiment, run, parent in new]
            for table, name in (
                (SqlRun, "run"), (SqlTag, "tags"), (SqlParam, "params"), (SqlMetric, "metrics"), (SqlLatestMetric, "latest"),
            ):  # fmt: skip
                made = [row for one in rows for row in getattr(one, name)]
                if made:
                    session.execute(insert(table), made)
            return {one.mark: one.ident for one in rows}


def _places(session: Any, experiments: set[int]) -> dict[int, str]:
    """Where runs of an experiment have their artifacts, by its id; of those that are there."""
    from mlflow.store.tracking.dbmodels.models import SqlExperiment
    from sqlalchemy import select

    columns = SqlExperiment.experiment_id, SqlExperiment.artifact_location
    asked: Any = select(*columns).where(
        SqlExperiment.experiment_id.in_(experiments), SqlExperiment.lifecycle_stage == "active"
    )
    return {ident: place for ident, place in session.execute(asked).all()}  # noqa: C416 - rows are no pairs to mypy


def _there(session: Any, marks: Sequence[str], experiments: Mapping[int, str]) -> set[str]:
    """Marks of runs that are in MLflow, by whole or by half."""
    from mlflow.store.tracking.dbmodels.models import SqlRun, SqlTag
    from sqlalchemy import select

    asked: Any = (
        select(SqlTag.value)
        .join(SqlRun, SqlRun.run_uuid == SqlTag.run_uuid)
        .where(SqlTag.key == MARK, SqlTag.value.in_(marks), SqlRun.experiment_id.in_(list(experiments)))
    )
    return set(session.scalars(asked))


class _Rows:
    """One run's rows."""

    def __init__(self, run: PlannedRun, experiment: int, parent: str, place: str) -> None:
        self.mark = run["mark"]
        self.ident = uuid.uuid4().hex
        self.run = [_run_row(run, experiment, self.ident, place)]
        tags = {**run["tags"], MARK: self.mark, NAME: run["name"], **({"mlflow.parentRunId": parent} if parent else {})}
        self.tags = [{"run_uuid": self.ident, "key": name, "value": text} for name, text in tags.items()]
        self.params = [{"run_uuid": self.ident, "key": name, "value": text} for name, text in run["params"].items()]
        points = {tuple(row.values()): row for row in self._points(run)}  # MLflow has a point once
        self.metrics = list(points.values())
        self.latest = list(_latest(self.metrics).values())

    def _points(self, run: PlannedRun) -> Iterator[Row]:
        for name, value, moment, step in run["metrics"]:
            is_nan = math.isnan(value)
            most = sys.float_info.max  # what MLflow writes for infinity
            kept = 0.0 if is_nan else max(-most, min(most, float(value)))
            known = {"key": name, "value": kept, "timestamp": moment, "step": step, "is_nan": is_nan}
            yield {"run_uuid": self.ident, **known}


def _run_row(run: PlannedRun, experiment: int, ident: str, place: str) -> Row:
    from mlflow.utils.uri import append_to_uri_path

    return {
        "run_uuid": ident,
        "name": run["name"],
        "experiment_id": experiment,
        "source_type": "UNKNOWN",
        "source_name": "",
        "entry_point_name": "",
        "source_version": "",
        "user_id": run["tags"].get(USER, "unknown"),
        "status": run["status"],
        "start_time": run["start"],
        "end_time": run["end"],
        "lifecycle_stage": "active",
        "artifact_uri": append_to_uri_path(place, ident, "artifacts"),  # type: ignore[no-untyped-call]
    }


def _latest(metrics: Sequence[Row]) -> dict[str, Row]:
    """The newest point of each, as MLflow orders them."""
    found: dict[str, Row] = {}
    for row in metrics:
        known = found.get(row["key"])
        if known is None or _order(row) > _order(known):
            found[row["key"]] = row
    return found


def _order(row: Row) -> tuple[int, int, float]:
    return row["step"], row["timestamp"], row["value"]
