"""A tracker on a real catalogue and a real MLflow, and MLflow's files as user code leaves them."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from mlflow import MlflowClient

from dh_jupyter.catalogue import Catalogue
from dh_jupyter.tracking.tracker import Tracker
from tests.fixtures.catalogue import function, run_of


class Desk:
    """What a test of tracking has at hand."""

    def __init__(self, catalogue: Catalogue, home: Path) -> None:
        self.catalogue = catalogue
        self.home = home
        self.uri: str | None = None
        function(catalogue, "f" * 32)

    @property
    def client(self) -> MlflowClient:
        uri = self.uri or f"sqlite:///{self.home / 'mlflow.sqlite'}"
        return MlflowClient(uri, uri)

    def folder(self, run: Any) -> Path:
        return self.home / "runs" / run["id"] / "mlflow"

    @contextmanager
    def tracker(self) -> Iterator[Tracker]:
        made = Tracker(self.catalogue, self.home, self.uri, self.folder)
        made.start()
        yield made
        made.close()

    def begun(self, **spec: Any) -> Any:
        found = self.catalogue.resolve("function/train", project="demo")
        return run_of(self.catalogue, found, spec={"function": found["key"].replace("store://", "python://"), **spec})

    def ended(self, tracker: Any, run: Any, state: str = "COMPLETED", **metrics: Any) -> Any:
        """Store the run's end as the run manager does, and tell the tracker (None: nobody lives to tell it)."""
        _, revision = self.catalogue.get_run("demo", run["id"])
        if tracker is not None:
            tracker.note("demo", run["id"])
        status = {**run["status"], "state": state, "ended": run["metadata"]["created"]}
        done = self.catalogue.commit_run("demo", run["id"], expect=revision, status=status, outputs=[], metrics=metrics)
        if tracker is not None:
            tracker.run_ended(done)
        return done

    def mlflow_runs(self) -> dict[str, Any]:
        """By name, all that are there."""
        experiment = self.client.get_experiment_by_name("demo")
        found = self.client.search_runs([experiment.experiment_id]) if experiment else []
        return {run.info.run_name: run for run in found}


@pytest.fixture(scope="session")
def empty_mlflow(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """MLflow's database as it is after its migrations, which take seconds."""
    place = tmp_path_factory.mktemp("mlflow") / "mlflow.sqlite"
    MlflowClient(f"sqlite:///{place}").search_experiments()
    return place


@pytest.fixture
def desk(catalogue: Catalogue, tmp_path: Path, empty_mlflow: Path) -> Desk:
    home = tmp_path / "home"
    home.mkdir()
    shutil.copy(empty_mlflow, home)
    return Desk(catalogue, home)


@pytest.fixture
def user_code(monkeypatch: pytest.MonkeyPatch) -> Callable[[Path], MlflowClient]:
    """MLflow in a run's folder."""
    monkeypatch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")
    return lambda folder: MlflowClient(folder.as_uri(), folder.as_uri())
