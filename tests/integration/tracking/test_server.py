"""An MLflow server with its artifacts in S3; it goes away, the broker goes too, and each run is there once in the end."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from dh_kernel.errors import Unavailable
from tests.fixtures.mlflow_server import BUCKET


def model_of(desk: Any, folder: Path) -> Any:
    folder.mkdir()
    (folder / "MLmodel").write_text("flavors: {}")
    posted = {"kind": "mlflow", "name": "tree", "spec": {"path": f"{folder}/"}}
    return desk.catalogue.create("model", posted, project="demo", user="ada")[0]


def wait_until_away(tracker: Any) -> str:
    with tracker._news:
        assert tracker._news.wait_for(lambda: tracker._away, 300)
        waiting = tracker._away.error
    return str(waiting)


def points(desk: Any, name: str) -> list[float]:
    run = desk.mlflow_runs()[name]
    return sorted(point.value for point in desk.client.get_metric_history(run.info.run_id, "loss"))


def test_a_server_that_comes_and_goes(desk: Any, mlflow_server: Any, s3: Any, user_code: Any, tmp_path: Path) -> None:
    desk.uri = mlflow_server.url
    first, second, third = desk.begun(), desk.begun(), desk.begun()
    client = user_code(desk.folder(first))
    client.log_text(client.create_run("0").info.run_id, "hello", "notes/hello.txt")
    model = model_of(desk, tmp_path / "tree")

    with desk.tracker() as tracker:
        desk.ended(tracker, first, loss=[(0, 1.0, 0.5), (1, 2.0, 0.25)])
        assert tracker.publish(model, "churn", "champion") == {"name": "churn", "version": "1"}
        assert tracker.settle(300)
        keys = s3.keys(BUCKET)
        assert [key for key in keys if key.endswith("notes/hello.txt")]
        assert [key for key in keys if key.endswith("MLmodel")]
        assert desk.client.get_model_version_by_alias("churn", "champion").version == "1"

        mlflow_server.stop()
        desk.ended(tracker, second, loss=[(0, 1.0, 0.5)])
        wait_until_away(tracker)
        desk.ended(tracker, third, loss=[(0, 1.0, 0.75)])
        ok, said = tracker.health()
        assert not ok
        assert said.startswith("away since 20")
        assert ", 2 runs are waiting, will be sent (" in said
        with pytest.raises(Unavailable, match="MLflow at http"):
            tracker.publish(model, "churn", "challenger")

    mlflow_server.start()
    with desk.tracker() as tracker:  # a new broker on the same home
        assert tracker.settle(300)
        assert tracker.health() == (True, "")
        assert tracker.publish(model, "churn", "challenger") == {"name": "churn", "version": "1"}
        assert sorted(desk.mlflow_runs()) == ["train-1", "train-2", "train-3"]
        assert points(desk, "train-1") == [0.25, 0.5]
        assert points(desk, "train-2") == [0.5]

        mlflow_server.stop()  # and once more, without a new broker
        fourth = desk.begun()
        desk.ended(tracker, fourth, loss=[(0, 1.0, 0.5)])
        wait_until_away(tracker)
        mlflow_server.start()
        tracker.health()  # who asks makes it try again now
        assert tracker.settle(300)
    assert points(desk, "train-4") == [0.5]
