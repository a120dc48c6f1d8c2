"""What ends in MLflow, and that it is there once."""

from __future__ import annotations

import functools
import json
import math
import queue
import threading
from pathlib import Path
from typing import Any

from mlflow.entities import Dataset, DatasetInput, InputTag

from dh_jupyter.tracking.notes import Notes
from dh_jupyter.tracking.process import WriterProcess
from dh_jupyter.tracking.tracker import _Away
from dh_kernel.errors import Unavailable

PARENT = "mlflow.parentRunId"


def history(client: Any, run: Any, name: str) -> list[tuple[float, int]]:
    return sorted((point.value, point.step) for point in client.get_metric_history(run.info.run_id, name))


def log_much(client: Any, tmp_path: Path) -> None:
    """As a notebook does: one run, and two that are nested in it, one of which has not ended."""
    experiment = client.create_experiment("tuning")
    own = client.create_run(experiment, run_name="mine", tags={"team": "ops", "mlflow.user": "root"}).info.run_id
    client.log_param(own, "lr", "0.5")
    client.log_param(own, "depth", 3)
    (tmp_path / "plot.txt").write_text("a plot")
    client.log_artifact(own, str(tmp_path / "plot.txt"), "plots")
    client.log_inputs(own, [DatasetInput(Dataset("flights", "d1", "local", "{}"), [InputTag("context", "train")])])
    model = client.create_logged_model(experiment, "tree", own, params={f"p{n}": str(n) for n in range(130)})
    (tmp_path / "MLmodel").write_text("flavors: {}")
    client.log_model_artifact(model.model_id, str(tmp_path / "MLmodel"))
    client.finalize_logged_model(model.model_id, "READY")
    first = client.create_run(experiment, run_name="first", tags={PARENT: own}).info.run_id
    for step in range(3):
        client.log_metric(first, "loss", step / 2, step=step)
    client.log_metric(first, "odd", math.inf)
    client.set_terminated(first, "FAILED")
    client.create_run(experiment, run_name="second", tags={PARENT: first})
    client.set_terminated(own)


def check_much(desk: Any, points: Any) -> None:
    runs, client = desk.mlflow_runs(), desk.client
    assert sorted(runs) == ["first", "second", "train-1"]
    whole, first, second = runs["train-1"], runs["first"], runs["second"]
    assert whole.data.params == {"lr": "0.1", "logged.lr": "0.5", "depth": "3"}
    assert whole.data.tags.items() >= {"team": "ops", "dh.experiment": "tuning", "mlflow.user": "ada"}.items()
    assert history(client, whole, "loss") == points
    assert [one.path for one in client.list_artifacts(whole.info.run_id, "plots")] == ["plots/plot.txt"]
    assert whole.inputs.dataset_inputs[0].dataset.name == "flights"
    assert (first.info.status, second.info.status, whole.info.status) == ("FAILED", "FINISHED", "FINISHED")
    assert (first.data.tags[PARENT], second.data.tags[PARENT]) == (whole.info.run_id, first.info.run_id)
    assert history(client, first, "loss") == [(0.0, 0), (0.5, 1), (1.0, 2)]
    (model,) = client.search_logged_models([whole.info.experiment_id])
    assert (model.name, model.source_run_id, len(model.params)) == ("tree", whole.info.run_id, 130)


def test_all_that_user_code_logged_is_in_the_runs_own_run(desk: Any, user_code: Any, tmp_path: Path) -> None:
    run = desk.begun(parameters={"lr": 0.1})
    log_much(user_code(desk.folder(run)), tmp_path)
    points = [(None, 1.0, 0.5), (7, 2.0, 0.25)]
    with desk.tracker() as tracker:
        desk.ended(tracker, run, loss=points)
        assert tracker.settle(120)
        assert tracker.health() == (True, "")
        check_much(desk, [(0.25, 7), (0.5, 0)])
        assert not desk.folder(run).exists(), "it is in MLflow"

        tracker.note("demo", run["id"])  # as if the broker had died before it removed the note
        tracker.run_ended(run)
        assert tracker.settle(120)
    check_much(desk, [(0.25, 7), (0.5, 0)])


def test_half_written_is_completed_once(desk: Any, user_code: Any, tmp_path: Path) -> None:
    """The writer was killed in between: what is there stays, what is missing comes."""
    run = desk.begun(parameters={"lr": 0.1})
    client = desk.client
    experiment = client.create_experiment("demo", artifact_location=(desk.home / "mlartifacts" / "demo").as_uri())
    half = client.create_run(experiment, run_name="train-1", tags={"dh.run": run["key"]}).info.run_id
    client.log_metric(half, "loss", 0.5, timestamp=1000, step=0)
    client.log_param(half, "lr", "0.1")
    client.create_run(experiment, run_name="first", tags={"dh.run": f"{run['key']}/x", PARENT: half})
    log_much(user_code(desk.folder(run)), tmp_path)
    meta = next(path for path in desk.folder(run).glob("*/*/meta.yaml") if "run_name: first" in path.read_text())
    client.set_tag(desk.mlflow_runs()["first"].info.run_id, "dh.run", f"{run['key']}/{meta.parent.name}")
    desk.ended(None, run, loss=[(None, 1.0, 0.5), (7, 2.0, 0.25)])
    with desk.tracker() as tracker:
        tracker.note("demo", run["id"])
    with desk.tracker() as tracker:  # a new broker finds the note
        assert tracker.settle(120)
    check_much(desk, [(0.25, 7), (0.5, 0)])
    assert desk.mlflow_runs()["train-1"].info.run_id == half


def test_closing_breaks_off_what_is_written_and_the_next_start_writes_it(desk: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr("dh_jupyter.tracking.tracker.PATIENCE", 0.0)
    with desk.tracker() as tracker:  # closed while its process imports MLflow
        run = desk.begun()
        desk.ended(tracker, run, auc=[(None, 1.0, 0.5)])
    assert not tracker._thread.is_alive()
    assert desk.mlflow_runs() == {}
    monkeypatch.undo()
    with desk.tracker() as tracker:
        assert tracker.settle(120)
    assert len(desk.mlflow_runs()) == 1


def test_several_runs_of_user_code_are_nested(desk: Any, user_code: Any) -> None:
    run = desk.begun()
    client = user_code(desk.folder(run))
    for name in ("a", "b"):
        begun = client.create_run("0", run_name=name)
        client.log_metric(begun.info.run_id, "auc", 0.5)
        client.set_terminated(begun.info.run_id)
    with desk.tracker() as tracker:
        desk.ended(tracker, run, state="ERROR")
        assert tracker.settle(120)
    runs = desk.mlflow_runs()
    assert {name: one.info.status for name, one in runs.items()} == {
        "train-1": "FAILED",
        "a": "FINISHED",
        "b": "FINISHED",
    }
    assert {runs[name].data.tags[PARENT] for name in "ab"} == {runs["train-1"].info.run_id}


def test_a_step_is_nested_in_what_it_is_a_step_of(desk: Any) -> None:
    """The step ends first: its parent is begun for it, and filled when it ends itself."""
    parent = desk.begun()
    step = desk.begun()
    step = desk.catalogue.update(
        "demo", "run", step["id"],
        {**step, "metadata": {**step["metadata"], "relationships": [{"type": "step_of", "dest": parent["key"]}]}},
        user="ada",
    )  # fmt: skip
    with desk.tracker() as tracker:
        desk.ended(tracker, step, loss=[(None, 1.0, 0.5)])
        assert tracker.settle(120)
        runs = desk.mlflow_runs()
        assert runs["train-2"].data.tags[PARENT] == runs["train-1"].info.run_id
        assert runs["train-1"].info.status == "RUNNING"
        desk.ended(tracker, parent, best=[(None, 1.0, 0.5)])
        assert tracker.settle(120)
    whole = desk.mlflow_runs()["train-1"]
    assert (whole.info.status, whole.data.metrics) == ("FINISHED", {"best": 0.5})


def test_a_running_run_is_seen_and_each_point_is_there_once(desk: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr("dh_jupyter.tracking.tracker.LIVE_AFTER", 0.0)
    run = desk.begun(parameters={"größe": 2})
    with desk.tracker() as tracker:
        desk.catalogue.append_metrics("demo", "run", run["id"], [("R²", 0, 1.0, 0.5)])
        tracker.run_moved(run)
        assert tracker.settle(120)
        live = desk.mlflow_runs()["train-1"]
        assert (live.info.status, live.data.metrics, live.data.params) == ("RUNNING", {"R²": 0.5}, {"größe": "2"})
        desk.ended(tracker, run, **{"R²": [(0, 1.0, 0.5), (1, 2.0, math.nan), (1, 2.0, math.nan)]})
        assert tracker.settle(120)
    found = desk.mlflow_runs()["train-1"]
    assert found.info.run_id == live.info.run_id
    assert len(desk.client.get_metric_history(found.info.run_id, "R²")) == 2


def test_what_mlflow_refuses_holds_nobody_up(desk: Any, user_code: Any) -> None:
    bad, good = desk.begun(), desk.begun()
    client = user_code(desk.folder(bad))
    begun = client.create_run("0").info.run_id
    params = desk.folder(bad) / "0" / begun / "params"
    params.mkdir(exist_ok=True)
    (params / ("x" * 251)).write_text("its name is too long for MLflow")
    with desk.tracker() as tracker:
        desk.ended(tracker, bad)
        desk.ended(tracker, good)
        assert tracker.settle(120)
        ok, said = tracker.health()
    assert "train-2" in desk.mlflow_runs()
    assert not ok
    assert said.startswith("1 refused, tried again at the next start")
    assert json.loads((desk.home / "tracking" / f"{bad['id']}.json").read_text())["id"] == bad["id"], "it is kept"


def test_runs_that_end_together_are_written_together(desk: Any, monkeypatch: Any) -> None:
    """Those that ended while one was written are one request; a run with files of its own goes alone, and none is lost."""
    requests: list[list[str]] = []
    held, free = threading.Event(), threading.Event()

    def write(process: WriterProcess, plans: Any) -> Any:
        requests.append([one["run"]["name"] for one in plans])
        if len(requests) == 1:
            held.set()
            assert free.wait(120)
        return [None] * len(plans)

    monkeypatch.setattr(WriterProcess, "write", write)
    monkeypatch.setattr("dh_jupyter.tracking.tracker.is_plain", lambda plan: plan["run"]["name"] != "train-4")
    runs = [desk.begun() for _ in range(6)]
    with desk.tracker() as tracker:
        desk.ended(tracker, runs[0])
        assert held.wait(120)
        for run in runs[1:]:
            desk.ended(tracker, run)
        free.set()
        assert tracker.settle(120)
        assert tracker.health() == (True, "")
    assert requests == [["train-1"], ["train-2", "train-3"], ["train-4"], ["train-5", "train-6"]]
    assert not list((desk.home / "tracking").iterdir())


def test_one_run_of_which_the_writer_dies_holds_nobody_up(desk: Any, monkeypatch: Any) -> None:
    """A batch that failed is tried one by one."""
    monkeypatch.setattr("dh_jupyter.tracking.tracker._Away", functools.partial(_Away, pause=0.0))
    tried: queue.Queue[int] = queue.Queue()

    def write(process: WriterProcess, plans: Any) -> Any:
        if all(one["run"]["name"] != "train-2" for one in plans):
            return [None] * len(plans)
        waiting = len(list((desk.home / "tracking").iterdir()))
        tried.put(waiting)
        if waiting == 1:  # the others are written: what follows is the same for ever
            assert free.wait(120)
        return [Unavailable("The writer has died.")] * len(plans)

    free = threading.Event()
    monkeypatch.setattr(WriterProcess, "write", write)
    for run in [desk.begun() for _ in range(4)]:
        desk.ended(None, run)
        Notes(desk.home / "tracking").add("demo", run["id"])
    with desk.tracker() as tracker:
        while tried.get(timeout=120) > 1:
            pass
        monkeypatch.setattr(
            "dh_jupyter.tracking.tracker.WriterProcess.write", lambda process, plans: [None] * len(plans)
        )
        free.set()
        assert tracker.settle(120)
    assert not list((desk.home / "tracking").iterdir())


def test_who_asks_for_a_run_that_ended_a_moment_ago_waits_for_it(desk: Any) -> None:
    """Its end is stored, and the tracker has not been told so yet."""
    run = desk.begun()
    with desk.tracker() as tracker:
        tracker.note("demo", run["id"])
        done = desk.ended(None, run, loss=[(None, 1.0, 0.5)])
        assert tracker.catch_up(done, 120)
        assert desk.mlflow_runs()["train-1"].info.status == "FINISHED"
        tracker.run_ended(done)
        assert tracker.settle(120)
        assert tracker.health() == (True, "")
    assert [run.data.metrics for run in desk.mlflow_runs().values()] == [{"loss": 0.5}]
