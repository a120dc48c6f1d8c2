"""Trials in hands: each is a run as any other, and what goes wrong with one is no other's."""

from __future__ import annotations

import os
import signal
import socket
from pathlib import Path
from typing import Any

import pytest

from dh_jupyter.executors.local import attempt
from dh_jupyter.sweeps import hands
from dh_kernel.errors import Invalid
from tests.integration.runs.conftest import HOLD, PROJECT, Gate

from .conftest import SweepPlane, faults

QUICK = """
import os
SEEN = []
def quick(x: float):
    SEEN.append(x)
    print("mine", x, len(SEEN))
    return {"auc": x, "process": os.getpid()}
"""
CRASHES = """
import os, pathlib
def crashes(x: float, folder: str):
    if x > 2:
        try:
            (pathlib.Path(folder) / str(x)).touch(exist_ok=False)
        except FileExistsError:
            return {"auc": x, "process": os.getpid()}
        os.kill(os.getpid(), 9)
    return {"auc": x, "process": os.getpid()}
"""


PATIENCE = 240.0  # seconds, on a machine that is very busy


def by_number(plane: SweepPlane, sweep: Any) -> dict[int, Any]:
    """The one run of each trial."""
    return {number: run for number, (run,) in sorted(plane.runs_of(sweep).items())}


def test_quick_trials_share_workers_and_nothing_else(plane: SweepPlane) -> None:
    plane.function("quick", QUICK)
    sweep = plane.wait(plane.sweep("quick", trials=60, workers=2))  # nobody has asked for it: by their length
    assert faults(plane, sweep, 60) == []
    runs = by_number(plane, sweep)
    used = [run["status"]["results"]["process"] for run in runs.values()]
    assert len(set(used[:5])) == 5
    assert len(set(used)) < 30
    for run in runs.values():
        x = run["spec"]["parameters"]["x"]
        assert plane.runs.observe.log_text(PROJECT, run["id"]) == f"mine {x} 1\n"
        assert plane.catalogue.metrics(PROJECT, "run", run["id"])["auc"] == x
        steps = [step["status"] for step in run["status"]["transitions"]]
        assert steps in (["PENDING", "COMPLETED"], ["PENDING", "RUNNING", "COMPLETED"])
    plane.tracker.wait(run["id"] for run in runs.values())


def test_a_worker_has_its_next_hand_made_before_the_last_is_over_and_begins_it_after(
    plane: SweepPlane, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hands, "SHARE", PATIENCE)  # however slow the machine is: these are short
    gate = Gate()
    code = HOLD + "\ndef hold_late(x: int, port: int):\n    if x == 48:\n        hold(port)\n    return {'auc': x}\n"
    plane.function("hold_late", code)
    spec = {"space": {"x": {"type": "int", "low": 0, "high": 79}}, "workers": 1, "reuse": True}
    picked = [{"x": x} for x in range(80)]
    sweep = plane.sweep("hold_late", {"port": gate.port}, trials=80, fixed=picked, **spec)
    plane.wait(sweep, lambda run: len(plane.runs_of(sweep)) == 80)
    held = [run for run in by_number(plane, sweep).values() if run["status"]["state"] != "COMPLETED"]
    assert len({run["metadata"]["created"] for run in held}) > 1, "of two hands"
    gate.open()
    over = plane.wait(sweep)
    assert over["status"]["sweep"]["counts"]["finished"] == 80, over["status"]
    runs = by_number(plane, sweep).values()
    last = max(run["status"]["ended"] for run in runs if run["spec"]["parameters"]["x"] <= 48)
    made_ahead = [run for run in held if run["metadata"]["created"] == max(one["metadata"]["created"] for one in held)]
    begun = [run["status"]["started"] for run in runs if run["id"] in {one["id"] for one in made_ahead}]
    assert last <= min(begun), "one worker has one after another"


def test_none_shares_where_that_is_not_wanted(plane: SweepPlane) -> None:
    plane.function("quick", QUICK)
    sweep = plane.wait(plane.sweep("quick", trials=12, workers=2, reuse=False))
    used = [run["status"]["results"]["process"] for run in by_number(plane, sweep).values()]
    assert len(set(used)) == 12


def test_a_crash_is_the_fault_of_one(plane: SweepPlane, tmp_path: Any) -> None:
    plane.function("crashes", CRASHES)
    sweep = plane.wait(plane.sweep("crashes", {"folder": str(tmp_path)}, trials=20, workers=4, seed=1, reuse=True))
    assert sweep["status"]["sweep"]["counts"]["finished"] == 20, sweep["status"]
    for runs in plane.runs_of(sweep).values():
        x = runs[0]["spec"]["parameters"]["x"]
        expected = ["COMPLETED", "ERROR"] if x > 2 else ["COMPLETED"]
        assert sorted(run["status"]["state"] for run in runs) == expected


def test_one_is_stopped_and_the_others_go_on(plane: SweepPlane) -> None:
    """A trial that waits, and one that runs; the hand's time is over meanwhile, and what waits runs elsewhere."""
    gate = Gate()
    plane.function("hold_all", HOLD + "\ndef hold_all(x: int, port: int):\n    hold(port)\n    return {'auc': x}\n")
    spec = {"space": {"x": {"type": "int", "low": 0, "high": 9}}, "sampler": "grid", "workers": 2, "reuse": True}
    sweep = plane.sweep("hold_all", {"port": gate.port}, **spec)
    plane.wait(sweep, lambda run: run["status"].get("sweep", {}).get("counts", {}).get("running") == 2)
    plane.sweeps.stop_trial(PROJECT, sweep["id"], 0, "ada")
    plane.wait(sweep, lambda run: run["status"]["sweep"]["counts"]["failed"] == 1)
    gate.open()
    over = plane.wait(sweep)
    counts = over["status"]["sweep"]["counts"]
    assert (counts["finished"], counts["failed"]) == (9, 1)


def test_a_supervisor_that_is_killed_costs_no_trial_but_the_one_that_ran(plane: SweepPlane) -> None:
    gate = Gate()
    code = HOLD + "\ndef hold_late(x: int, port: int):\n    if x == 12:\n        hold(port)\n    return {'auc': x}\n"
    plane.function("hold_late", code)
    spec = {"space": {"x": {"type": "int", "low": 0, "high": 19}}, "workers": 1, "reuse": True}
    picked = [{"x": x} for x in range(20)]
    sweep = plane.sweep("hold_late", {"port": gate.port}, trials=20, fixed=picked, **spec)
    plane.wait(
        sweep, lambda run: run["status"].get("sweep", {}).get("counts", {}).get("running") == 1 and _held(plane, sweep)
    )
    folder = plane.runs.observe.folder(_held(plane, sweep))
    holder = attempt.read_holder(folder)
    assert holder is not None
    os.kill(holder.pid, signal.SIGKILL)
    plane.wait(sweep, lambda _: any(run["status"]["state"] == "ERROR" for run in plane.runs_of(sweep)[12]))
    gate.open()
    over = plane.wait(sweep)
    assert over["status"]["sweep"]["counts"]["finished"] == 20, over["status"]
    assert "aside" not in over["status"]["sweep"]
    runs = plane.runs_of(sweep)
    assert {number for number, made in runs.items() if len(made) > 1} == {12}
    assert sorted(run["status"]["state"] for run in runs[12]) == ["COMPLETED", "ERROR"]


def _held(plane: SweepPlane, sweep: Any) -> Any:
    """The run of the trial that holds, once it is in its function."""
    for run in plane.runs_of(sweep).get(12, []):
        if "in" in plane.runs.observe.log_text(PROJECT, run["id"]):
            return run
    return None


def test_a_sweep_is_refused_where_workers_cannot_be_shared(plane: SweepPlane, monkeypatch: pytest.MonkeyPatch) -> None:
    plane.function("quick", QUICK)
    monkeypatch.setattr(plane.local, "takes_hands", False, raising=False)
    with pytest.raises(Invalid, match="workers on 'local' have one trial each"):
        plane.sweep("quick", trials=3, reuse=True)
    over = plane.wait(plane.sweep("quick", trials=8))
    assert over["status"]["sweep"]["counts"]["finished"] == 8


REPORTS = (
    HOLD
    + """
import dh_kernel as dh
def reports(x: int, port: int):
    dh.report(auc=x)
    if x == 0:
        hold(port)
    return {"auc": x}
"""
)


def test_one_is_pruned_in_its_hand_and_the_others_go_on(plane: SweepPlane) -> None:
    gate = Gate()
    plane.function("reports", REPORTS)
    values = [9, 8, 7, 6, 5, 4, 0, 3, 2]  # so many before the one that is not worth it that there is a median
    spec = {"space": {"x": {"type": "int", "low": 0, "high": 9}}, "fixed": [{"x": x} for x in values]}
    asked = {"workers": 1, "reuse": True, "pruner": {"kind": "median", "warmup_steps": 0}, **spec}
    sweep = plane.wait(plane.sweep("reports", {"port": gate.port}, trials=len(values), **asked))
    gate.open()
    counts = sweep["status"]["sweep"]["counts"]
    assert (counts["finished"], counts["pruned"], counts["failed"]) == (len(values) - 1, 1, 0)
    for number, run in by_number(plane, sweep).items():
        assert run["spec"]["parameters"]["x"] == values[number]
        assert run["status"]["state"] == ("COMPLETED" if values[number] else "STOPPED")


LATE = "\ndef held(x: int, port: int):\n    if x == 10:\n        hold(port)\n    return {'auc': x}\n"


def test_who_waits_has_a_place_between_two_hands(home: Path) -> None:
    """Of one core: a run that somebody starts by hand does not wait for the sweep's end."""
    plane = SweepPlane(home, cpu=1)
    plane.catalogue.create("project", {"kind": "project", "name": PROJECT, "id": PROJECT}, project=PROJECT, user="ada")
    plane.start()
    with socket.create_server(("127.0.0.1", 0)) as gate:
        gate.settimeout(PATIENCE)
        try:
            plane.function("held", HOLD + LATE)
            plane.function("single", "def single(): pass\n")
            space = {"x": {"type": "int", "low": 0, "high": 79}}
            given = {"space": space, "sampler": "grid", "workers": 1, "reuse": True}
            sweep = plane.sweep("held", {"port": gate.getsockname()[1]}, **given)
            inside, _ = gate.accept()
            single = plane.run("single")
            assert single["status"]["state"] == "READY"
            inside.close()
            ended = plane.wait(single, timeout=PATIENCE)["status"]["ended"]
            over = plane.wait(sweep, timeout=PATIENCE)
        finally:
            plane.close()
    assert over["status"]["sweep"]["counts"]["finished"] == 80
    assert ended <= max(run["status"]["started"] for run in by_number(plane, over).values())
