"""An S3 that takes connections and never answers: what needs it waits, and says so; all else goes on."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dh_jupyter.leaving import LeavingThreads
from dh_jupyter.stores import StoreSettings
from dh_kernel.rundir import RunFolder
from tests.integration.runs.conftest import PROJECT, Plane

GIVE = "import pandas as pd\n\ndef give(n: int):\n    return pd.DataFrame({'x': range(n + 1)})\n"
SILENT = "def silent():\n    return None\n"


@pytest.fixture
def hanging(home: Path) -> Iterator[Plane]:
    with socket.create_server(("127.0.0.1", 0), backlog=64) as listener:  # the kernel takes them; nobody reads
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        settings = StoreSettings("s3://bucket/x", url, "us-east-1", "key", "secret")
        plane = Plane(home, cpu=8, store=settings)
        project: dict[str, Any] = {"kind": "project", "name": PROJECT, "id": PROJECT}
        plane.catalogue.create("project", project, project=PROJECT, user="ada")
        plane.start()
        yield plane
    plane.close()  # what hangs fails with the socket


def test_runs_without_outputs_end(hanging: Plane) -> None:
    hanging.function("give", GIVE)
    hanging.function("silent", SILENT)
    # with a limit of time the worker leaves its outputs to the broker
    runs = [hanging.run("give", parameters={"n": n}, timeout=3600) for n in range(6)]
    for _ in range(4):  # two are in the store
        waits = hanging.wait(runs[0], lambda _: any("busy" in said(hanging, run) for run in runs), 180)
        assert waits["status"]["state"] != "COMPLETED"
        runs.remove(next(run for run in runs if "busy" in said(hanging, run)))
    assert hanging.wait(hanging.run("silent"), timeout=180)["status"]["state"] == "COMPLETED"


@pytest.mark.parametrize("by", ["broker", "worker"])
def test_a_run_says_that_its_outputs_are_on_their_way(hanging: Plane, by: str) -> None:
    hanging.function("give", GIVE)
    options = {"timeout": 3600} if by == "broker" else {}
    run = hanging.run("give", parameters={"n": 1}, **options)
    told = hanging.wait(run, lambda run: "outputs go into the store" in on_its_way(run), 180)
    assert told["status"]["state"] == "RUNNING"
    asked = hanging.runs.stop(PROJECT, run["id"], "ada")
    if by == "broker":  # whoever asks it to stop does not wait with it
        assert ("stop_asked" in asked["status"], "outputs go into the store" in on_its_way(asked)) == (True, True)


@pytest.mark.parametrize("path", ["t/1/x.parquet", "t/1/"])
def test_what_reads_from_it_waits_and_others_are_placed(hanging: Plane, path: str) -> None:
    hanging.function("give", GIVE.replace("n: int", "n"))
    hanging.function("silent", SILENT)
    posted = {"kind": "table", "name": "t", "spec": {"path": f"s3://bucket/x/{PROJECT}/dataitem/{path}"}}
    key = hanging.catalogue.create("dataitem", posted, project=PROJECT, user="ada")[0]["key"]
    waiting = [hanging.run("give", inputs={"n": key}) for _ in range(6)]  # more than ask the store at once
    for run in waiting:
        hanging.wait(run, lambda run: "Waits for the store" in run["status"].get("message", ""), 180)
    assert hanging.wait(hanging.run("silent"), timeout=180)["status"]["state"] == "COMPLETED"
    hanging.runs.stop(PROJECT, waiting[0]["id"], "ada")
    assert hanging.wait(waiting[0], timeout=180)["status"]["state"] == "STOPPED"


def test_who_takes_over_a_run_asks_nobody_for_what_it_reads(hanging: Plane) -> None:
    hanging.function("give", GIVE.replace("n: int", "n"))
    posted = {"kind": "table", "name": "t", "spec": {"path": f"s3://bucket/x/{PROJECT}/dataitem/t/1/"}}
    key = hanging.catalogue.create("dataitem", posted, project=PROJECT, user="ada")[0]["key"]
    run = hanging.run("give", inputs={"n": key})
    taken = {**run, "status": {**run["status"], "attempt": 7}}  # which nobody else writes here
    threads = LeavingThreads(1, "taking")
    threads.submit(hanging.runs._submitter.write_again, taken).result(timeout=30)
    threads.shutdown(wait=False)
    folder = RunFolder(hanging.home / "runs" / PROJECT / run["id"] / "7")
    assert folder.read_run()["inputs"]["n"]["path"] == posted["spec"]["path"]  # type: ignore[index]


def on_its_way(run: Any) -> str:
    status = run["status"]
    return str(status.get("message") or status.get("progress", {}).get("text", ""))


def said(plane: Plane, run: Any) -> str:
    return plane.get(run)["status"].get("message") or ""
