"""Runs through their whole life: real catalogue, real executor, real worker."""

from __future__ import annotations

import os
import signal
import threading
from pathlib import Path
from typing import Any

import pytest

from dh_jupyter.secrets import SecretValues
from dh_kernel.errors import Conflict, Invalid, NotFound, NotInstalled
from dh_kernel.rundir import RunFolder

from .conftest import HOLD, PROJECT, Gate, Plane


def test_a_function_runs_and_its_numbers_are_results_and_metrics(plane: Plane) -> None:
    plane.function("add", "def add(a: int, b: int = 2):\n    print('adding')\n    return {'sum': a + b}")
    run = plane.wait(plane.run("add", parameters={"a": 40}))
    status = run["status"]
    assert status["state"] == "COMPLETED", status
    assert status["results"] == {"sum": 42}
    assert plane.catalogue.metrics(PROJECT, "run", run["id"])["sum"] == 42
    assert [step["status"] for step in status["transitions"]][-1] == "COMPLETED"
    assert plane.runs.observe.log_text(PROJECT, run["id"]) == "adding\n"
    assert run["metadata"]["reference"] == "run/add-1"
    assert plane.tracker.noted == plane.tracker.wait([run["id"]]) == [run["id"]]


def test_a_data_frame_becomes_a_dataset_and_feeds_the_next_run(plane: Plane) -> None:
    plane.function("make", "import pandas as pd\n\ndef make(n: int):\n    return pd.DataFrame({'x': range(n)})")
    plane.function(
        "total", "import pandas as pd\n\ndef total(data: pd.DataFrame):\n    return {'total': int(data.x.sum())}"
    )
    first = plane.wait(plane.run("make", parameters={"n": 5}))
    key = first["status"]["outputs"]["make"]
    dataset = plane.catalogue.resolve("dataset/make", project=PROJECT)
    assert dataset["key"] == key
    assert dataset["spec"]["path"].startswith(str(plane.home / "store"))
    assert Path(dataset["spec"]["path"]).suffix == ".parquet"
    second = plane.wait(plane.run("total", inputs={"data": "dataset/make@1"}))
    assert second["status"]["results"] == {"total": 10}
    assert {"type": "produced_by", "source": key, "dest": first["key"]} in plane.catalogue.relations(PROJECT, key)
    assert {"type": "consumes", "source": second["key"], "dest": key} in plane.catalogue.relations(PROJECT, key)
    again = plane.wait(plane.run("make", parameters={"n": 5}))
    assert again["status"]["outputs"]["make"] == key  # same content, same version


def test_a_user_exception(plane: Plane) -> None:
    plane.function("broken", "def broken():\n    return 1 / 0")
    status = plane.wait(plane.run("broken"))["status"]
    assert status["state"] == "ERROR"
    assert status["message"] == "ZeroDivisionError: division by zero"
    assert status["diagnosis"]["code"] == "user_exception"
    assert "return 1 / 0" in status["error"]["traceback"]
    assert status["outputs"] == {}


def test_a_missing_module(plane: Plane) -> None:
    plane.function("lacking", "import no_such_module_anywhere\n\ndef lacking():\n    return 1")
    status = plane.wait(plane.run("lacking"))["status"]
    assert status["diagnosis"]["code"] == "missing_module"
    assert "no_such_module_anywhere" in status["diagnosis"]["cure"]


def test_an_endless_loop_is_stopped(plane: Plane) -> None:
    plane.function("endless", "def endless():\n    print('round', flush=True)\n    while True:\n        pass")
    run = plane.wait(plane.run("endless"), lambda run: run["status"]["state"] == "RUNNING")
    plane.runs.stop(PROJECT, run["id"], "bob")
    status = plane.wait(run)["status"]
    assert (status["state"], status["message"]) == ("STOPPED", "Stopped by bob.")
    assert plane.runs.stop(PROJECT, run["id"], "bob")["status"]["state"] == "STOPPED"  # again: nothing


def test_a_time_limit(plane: Plane) -> None:
    plane.function("endless", "def endless():\n    while True:\n        pass")
    status = plane.wait(plane.run("endless", timeout=0.5))["status"]
    assert (status["state"], status["diagnosis"]["code"]) == ("ERROR", "timeout")
    assert status["diagnosis"]["retry"] == {"timeout": 1.0}


def test_a_memory_limit(plane: Plane) -> None:
    plane.function(
        "hungry", "def hungry():\n    kept = []\n    while True:\n        kept.append(bytearray(16_000_000))"
    )
    status = plane.wait(plane.run("hungry", resources={"mem": "256Mi"}))["status"]
    assert (status["state"], status["diagnosis"]["code"]) == ("ERROR", "memory")
    more = status["diagnosis"]["retry"]["resources"]["mem"]
    assert more in ("512Mi", "1Gi"), "by its peak, which on a busy machine is far above the limit"


def test_killed_from_outside_is_retried_only_if_asked(plane: Plane) -> None:
    code = """
        import os, pathlib, signal
        def once(mark: str):
            if not pathlib.Path(mark).exists():
                pathlib.Path(mark).touch()
                os.kill(os.getpid(), signal.SIGKILL)
            return {"ok": 1}
    """
    plane.function("once", code)
    status = plane.wait(plane.run("once", parameters={"mark": str(plane.home / "a")}))["status"]
    assert (status["state"], status["diagnosis"]["code"]) == ("ERROR", "killed")
    status = plane.wait(plane.run("once", parameters={"mark": str(plane.home / "b")}, retries=1))["status"]
    assert (status["state"], status["attempt"]) == ("COMPLETED", 2)


def test_runs_wait_for_a_slot_in_order(plane: Plane) -> None:
    plane.function("hold", HOLD)
    first, second = Gate(), Gate()
    held = [plane.run("hold", parameters={"port": first.port}) for _ in range(2)]
    for run in held:
        plane.wait(run, lambda run: run["status"]["state"] == "RUNNING")
    third = plane.run("hold", parameters={"port": second.port}, queue_timeout=600)
    assert third["status"]["state"] == "READY"
    assert "Waiting for a CPU slot" in third["status"]["message"]
    first.open()
    for run in held:
        assert plane.wait(run)["status"]["state"] == "COMPLETED"
    plane.wait(third, lambda run: run["status"]["state"] == "RUNNING")
    second.open()
    status = plane.wait(third)["status"]
    assert status["state"] == "COMPLETED"
    assert "message" not in status


def test_waiting_too_long(plane: Plane) -> None:
    plane.function("endless", "def endless():\n    while True:\n        pass")
    held = [plane.run("endless") for _ in range(2)]
    status = plane.wait(plane.run("endless", queue_timeout=0.3))["status"]
    assert (status["state"], status["diagnosis"]["code"]) == ("ERROR", "queue_timeout")
    for run in held:
        plane.runs.stop(PROJECT, run["id"], "ada")
        plane.wait(run)


@pytest.mark.parametrize(
    ("post", "error"),
    [
        ({"parameters": {"nope": 1}}, Invalid),
        ({"inputs": {"a": "dataset/none"}}, NotFound),
        ({"resources": {"cpu": "999"}}, Invalid),
        ({"resources": {"cpu": "0.5"}}, Invalid),
        ({"executor": "slurm"}, AssertionError),
        ({"profile": "gpu"}, NotFound),
        ({"secrets": ["X"]}, NotFound),
    ],
)
def test_what_is_refused_leaves_nothing(plane: Plane, post: Any, error: type[Exception]) -> None:
    schema = {"type": "object", "properties": {"a": {"type": "integer", "default": 1}}, "additionalProperties": False}
    plane.function("add", "def add(a: int = 1):\n    return a", parameters=schema)
    with pytest.raises(error):
        plane.run("add", **post)
    assert plane.catalogue.unfinished_runs() == []
    assert not (plane.home / "runs" / PROJECT).exists()


def test_a_retry_repeats_with_changes(plane: Plane) -> None:
    plane.function("add", "def add(a: int, b: int = 2):\n    return {'sum': a + b}")
    first = plane.wait(plane.run("add", parameters={"a": 1, "b": 5}))
    second = plane.wait(plane.runs.retry(PROJECT, first["id"], {"parameters": {"a": 10}}, "ada"))
    assert second["status"]["results"] == {"sum": 15}
    assert second["spec"]["retry_of"] == first["key"]
    assert second["metadata"]["reference"] == "run/add-2"


def test_a_run_is_forgotten_with_its_folder_once_it_has_ended(plane: Plane) -> None:
    plane.function("endless", "def endless():\n    while True:\n        pass")
    run = plane.run("endless")
    with pytest.raises(Conflict, match="has not ended"):
        plane.runs.delete(PROJECT, run["id"])
    plane.runs.stop(PROJECT, run["id"], "ada")
    plane.wait(run)
    assert plane.runs.delete(PROJECT, run["id"])["status"]["state"] == "DELETING"
    with pytest.raises(NotFound):
        plane.get(run)
    assert not (plane.home / "runs" / PROJECT / run["id"]).exists()


def test_a_run_that_is_deleted_with_its_function_ends(plane: Plane) -> None:
    function = plane.function("endless", "def endless():\n    print('in', flush=True)\n    while True:\n        pass")
    run = plane.run("endless")
    plane.wait(run, lambda run: bool(plane.runs.observe.read_log(run, 0)))
    for gone in plane.catalogue.delete(PROJECT, "function", function["id"], cascade=True):
        if gone["kind"] == "python+job:run":
            plane.runs.discard(gone)
    folder = plane.home / "runs" / PROJECT / run["id"]
    with plane._news:
        assert plane._news.wait_for(lambda: not folder.exists(), 60)


def test_a_new_broker_adopts_what_runs(home: Path, plane: Plane) -> None:
    plane.function("hold", HOLD)
    gate = Gate()
    runs = [plane.run("hold", parameters={"port": gate.port}) for _ in range(3)]  # the third waits for a place
    for run in runs[:2]:
        plane.wait(run, lambda run: run["status"]["state"] == "RUNNING")
    plane.runs.close()
    second = Plane(home).start()
    try:
        gate.open()
        for run in runs:
            assert second.wait(run)["status"]["state"] == "COMPLETED"
            assert second.runs.observe.log_text(PROJECT, run["id"]) == "in\nout\n"
    finally:
        second.close()


def test_a_run_that_ended_while_no_broker_lived_is_committed(home: Path, plane: Plane) -> None:
    plane.function("hold", HOLD)
    gate = Gate()
    run = plane.run("hold", parameters={"port": gate.port})
    plane.wait(run, lambda run: bool(plane.runs.observe.read_log(run, 0)))
    plane.runs.close()
    ended = threading.Event()
    plane.local._listener._changed = lambda handle: ended.set()  # type: ignore[union-attr]
    folder = RunFolder(home / "runs" / PROJECT / run["id"] / "1")
    gate.open()
    while not folder.exit.exists():
        assert ended.wait(30)
        ended.clear()
    assert plane.get(run)["status"]["state"] == "RUNNING"
    second = Plane(home).start()
    try:
        assert second.wait(run)["status"]["results"] == {"ok": 1}
    finally:
        second.close()


def test_the_supervisor_and_the_worker_are_killed(plane: Plane) -> None:
    plane.function(
        "endless",
        "import os\n\ndef endless():\n    print(os.getpid(), os.getppid(), flush=True)\n    while True:\n        pass",
    )
    run = plane.run("endless")
    plane.wait(run, lambda run: plane.runs.observe.read_log(run, 0).endswith(b"\n"))
    worker, supervisor = map(int, plane.runs.observe.log_text(PROJECT, run["id"]).split())
    os.kill(supervisor, signal.SIGKILL)
    os.kill(worker, signal.SIGKILL)
    plane.runs.look_at_all()
    status = plane.wait(run)["status"]
    assert (status["state"], status["diagnosis"]["code"]) == ("ERROR", "lost")


def test_a_secret_that_can_t_be_read_any_more_fails_the_run_and_says_so(plane: Plane) -> None:
    """It was there when the run was posted, and not when its turn came."""
    values = SecretValues(plane.home)
    values.write(PROJECT, "GONE", "hush-hush")
    values.write(PROJECT, "BROKEN", "hush-hush")
    gate = Gate()
    plane.function("hold", HOLD)
    plane.function("use", "def use():\n    pass")
    held = [plane.run("hold", parameters={"port": gate.port}) for _ in range(2)]
    gone, broken = plane.run("use", secrets=["GONE"]), plane.run("use", secrets=["BROKEN"])
    values.remove(PROJECT, "GONE")
    (plane.home / "secrets" / PROJECT / "BROKEN").unlink()
    (plane.home / "secrets" / PROJECT / "BROKEN").mkdir()
    gate.open()
    for run in held:
        assert plane.wait(run)["status"]["state"] == "COMPLETED"
    missing, unreadable = plane.wait(gone)["status"], plane.wait(broken)["status"]
    assert (missing["state"], missing["message"]) == ("ERROR", "There is no secret 'GONE'.")
    assert missing["diagnosis"]["cure"].endswith("Keep it first: %dh secret GONE")
    assert unreadable["message"] == "The secret 'BROKEN' can't be read: Is a directory."
    assert unreadable["diagnosis"]["cure"].endswith("or keep it again: %dh secret BROKEN")


def test_a_run_whose_folder_can_not_be_written_fails_and_says_so(plane: Plane) -> None:
    plane.function("add", "def add(a: int = 1):\n    return a")
    (plane.home / "runs").write_text("a file is in the way")
    status = plane.wait(plane.run("add"))["status"]
    assert status["state"] == "ERROR"
    assert "The run's folder can't be written" in status["message"]
    (plane.home / "runs").unlink()
    assert plane.wait(plane.run("add"))["status"]["state"] == "COMPLETED"


def test_a_run_whose_executor_is_gone_fails_and_says_so(plane: Plane) -> None:
    """It was there when the run was posted, and not when its turn came."""
    plane.function("hold", HOLD)
    gate = Gate()
    held = [plane.run("hold", parameters={"port": gate.port}) for _ in range(2)]
    late = plane.run("hold", parameters={"port": gate.port})
    plane.runs._told.clear()

    def gone(name: str) -> Any:
        raise NotInstalled(f"Executor '{name}' is not installed.")

    plane.runs.executor = gone
    gate.open()
    status = plane.wait(late)["status"]
    assert (status["state"], status["message"]) == ("ERROR", "Executor 'local' is not installed.")
    for run in held:
        assert plane.wait(run)["status"]["state"] == "COMPLETED"
