"""What is not the parameters' fault: machines that end runs, disks that are full, sweeps that are gone; and what is."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Any

import pytest

from dh_jupyter.sweeps.journal import Journal
from dh_jupyter.sweeps.sampling import Optuna
from dh_kernel.errors import NotFound
from tests.integration.runs.conftest import PROJECT

from .conftest import BEST, SPACE, SweepPlane, faults

DIES_ONCE = """
def dies_once(x: float, folder: str):
    import os, pathlib
    try:
        (pathlib.Path(folder) / str(x)).touch(exist_ok=False)
    except FileExistsError:
        return {"auc": x}
    os.kill(os.getpid(), 9)
"""
DIES = """
def dies(x: float):
    import os
    os.kill(os.getpid(), 9)
"""
SCORE = """
def score(x: float):
    return {"auc": x}
"""


def test_what_the_machine_ended_runs_again_with_the_same_parameters(plane: SweepPlane, tmp_path: Path) -> None:
    plane.function("dies_once", DIES_ONCE)
    over = plane.wait(plane.sweep("dies_once", {"folder": str(tmp_path)}, trials=2, workers=3))
    assert over["status"]["sweep"]["counts"]["finished"] == 2, over["status"]
    for number, runs in plane.runs_of(over).items():
        assert sorted(run["status"]["state"] for run in runs) == ["COMPLETED", "ERROR"], number
        assert len({run["spec"]["parameters"]["x"] for run in runs}) == 1
        assert {run["status"].get("fault") for run in runs} == {"machine", None}


def test_a_worker_whose_runs_are_ended_three_times_running_is_put_aside(plane: SweepPlane) -> None:
    plane.function("dies", DIES)
    over = plane.wait(plane.sweep("dies", trials=50, workers=2))
    assert over["status"]["state"] == "ERROR"
    said = over["status"]["sweep"]
    assert said["aside"] == ["", ""]
    assert said["message"] == (
        "Every worker was put aside: its runs failed three times running. 2 workers put aside: "
        "the machine ended three runs running."
    )
    assert sum(map(len, plane.runs_of(over).values())) < 50


def test_a_full_disk_under_the_journal_holds_the_sweep_until_there_is_room(
    plane: SweepPlane, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing counts that is not on the disk; the next turn tries again."""
    plane.function("score", SCORE)
    append, is_full = Journal.append, True

    def full(journal: Journal, entries: Any) -> None:
        if is_full and any(entry["op"] == "ask" for entry in entries):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        append(journal, entries)

    monkeypatch.setattr(Journal, "append", full)
    sweep = plane.sweep("score", trials=3)
    held = plane.wait(sweep, lambda run: "message" in run["status"].get("sweep", {}))["status"]["sweep"]["message"]
    assert (
        held
        == "It waits: The sweep's journal can't be written: No space left on device. Free space on its disk, then try again."
    )
    assert plane.runs_of(sweep) == {}
    is_full = False
    plane.sweeps.wake(PROJECT, sweep["id"])
    over = plane.wait(sweep)
    assert "message" not in over["status"]["sweep"]
    assert over["status"]["sweep"]["counts"]["finished"] == 3
    assert faults(plane, sweep, 3) == []


def test_a_full_disk_cuts_off_nothing_of_the_journal(tmp_path: Path) -> None:
    """A real one: the file may grow no further."""
    import resource
    import signal

    journal = Journal(tmp_path)
    journal.append([{"op": "begin", "time": 1.0}])
    size = (tmp_path / "study.jsonl").stat().st_size
    before, handler = resource.getrlimit(resource.RLIMIT_FSIZE), signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size + 10, before[1]))
    try:
        with pytest.raises(OSError, match="too large"):
            journal.append([{"op": "ask", "n": 0, "p": {"x": 1.0}}])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)
    assert (tmp_path / "study.jsonl").stat().st_size == size
    journal.append([{"op": "ask", "n": 0, "p": {"x": 1.0}}])
    assert [entry["op"] for entry in journal.entries()] == ["begin", "ask"]
    journal.close()


def test_one_begins_with_what_another_knows_and_without_what_is_gone(plane: SweepPlane) -> None:
    plane.function("score", SCORE)
    first = plane.wait(plane.sweep("score", trials=2))
    known = plane.sweeps._known({**first, "spec": {"sweep": {"warm_start": [first["key"], "run/score-99"]}}})
    assert [trial.values for trial in known] == [
        trial.values for trial in plane.sweeps.ledger(PROJECT, first["id"])[0].trials
    ]
    second = plane.wait(plane.sweep("score", trials=2, sampler="tpe", warm_start=[first["key"]]))
    assert second["status"]["sweep"]["counts"]["finished"] == 2
    with pytest.raises(NotFound):
        plane.sweep("score", trials=2, warm_start=["run/score-99"])
    job = plane.wait(plane.run("score", parameters={"x": 1.0}))
    with pytest.raises(NotFound, match="is no sweep"):
        plane.sweep("score", trials=2, warm_start=[job["key"]])


FAILS = """
def fails(x: float):
    raise ValueError(str(x))
"""


def test_a_grid_goes_on_where_another_one_ended_and_says_when_nothing_is_left(plane: SweepPlane) -> None:
    plane.function("double", "def double(x: int):\n    return {'auc': x}\n")
    spec = {"space": {"x": {"type": "int", "low": 1, "high": 4}}, "sampler": "grid"}
    first = plane.wait(plane.sweep("double", trials=3, **spec))
    known = [first["metadata"]["reference"]]
    second = plane.wait(plane.sweep("double", warm_start=known, **spec))
    assert [run["spec"]["parameters"]["x"] for (run,) in plane.runs_of(second).values()] == [4]
    known.append(second["metadata"]["reference"])
    third = plane.wait(plane.sweep("double", warm_start=known, **spec))
    assert third["status"]["diagnosis"]["summary"] == "Nothing was left to try. Every combination was tried."


@pytest.mark.parametrize(("policy", "trials"), [("count", 4), ("stop", 1)])
def test_what_the_code_raises_counts_by_the_policy(plane: SweepPlane, policy: str, trials: int) -> None:
    plane.function("fails", FAILS)
    over = plane.wait(plane.sweep("fails", trials=4, workers=1, failures=policy))
    assert over["status"]["sweep"]["counts"]["failed"] == trials
    assert over["status"]["state"] == "ERROR"
    assert all(len(runs) == 1 for runs in plane.runs_of(over).values()), "none runs again"


def test_its_best_run_is_the_sweeps_own_result(plane: SweepPlane) -> None:
    plane.function("keeps", "def keeps(x: float):\n    return {'auc': x, 'note': str(x).encode()}\n")
    spec = {"space": SPACE, "objectives": BEST, "trials": 3, "sampler": "random", "fixed": [{"x": 4.0}]}
    posted = {"kind": "python+sweep:run", "spec": {"function": "function/keeps", "sweep": spec}}
    over = plane.wait(plane.runs.create(PROJECT, posted, "ada"))
    best = plane.catalogue.get(PROJECT, "run", over["status"]["sweep"]["best"][0]["run"])
    assert over["status"]["outputs"] == best["status"]["outputs"]
    assert over["status"]["results"]["auc"] == 4.0


@pytest.mark.parametrize("times", [1, 2])
def test_a_sampler_that_fails_is_made_anew_and_then_ends_the_sweep_with_what_it_said(
    plane: SweepPlane, monkeypatch: pytest.MonkeyPatch, times: int
) -> None:
    plane.function("score", SCORE)
    ask, left = Optuna.ask, [times]

    def fail(sampler: Optuna, number: int, picked: Any) -> Any:
        if number == 2 and left[0]:
            left[0] -= 1
            raise RuntimeError("no more ideas")
        return ask(sampler, number, picked)

    monkeypatch.setattr(Optuna, "ask", fail)
    over = plane.wait(plane.sweep("score", trials=4, workers=1))
    said = over["status"]["sweep"]
    if times == 1:
        assert (over["status"]["state"], said["counts"]["finished"]) == ("COMPLETED", 4)
        return
    why = "The sampler 'random' failed: RuntimeError: no more ideas"
    assert (over["status"]["state"], said["message"], said["counts"]["finished"]) == ("ERROR", why, 2)
    diagnosis = over["status"]["diagnosis"]
    assert (diagnosis["summary"], "detail" in diagnosis) == (why, False)
    assert "--warm-start" in diagnosis["cure"]


def test_trials_that_all_fail_alike_are_said_once_with_the_name_of_one(plane: SweepPlane) -> None:
    plane.function("breaks", "def breaks(x: float):\n    raise ValueError('no such column')\n")
    over = plane.wait(plane.sweep("breaks", trials=30, workers=2))
    assert over["status"]["state"] == "ERROR"
    diagnosis = over["status"]["diagnosis"]
    assert diagnosis["summary"] == "The first 5 trials all failed: ValueError: no such column"
    first = plane.runs_of(over)[0][0]["metadata"]["reference"].removeprefix("run/")
    assert diagnosis["cure"] == f"Its log: %dh logs {first} (trial 0). Then mend the function and sweep again."


def test_who_asks_a_sampler_that_fails_hears_it(plane: SweepPlane, monkeypatch: pytest.MonkeyPatch) -> None:
    code = "def asks(trial):\n    return {'auc': trial.suggest_float('x', 0, 1)}\n"
    plane.function("asks", code, parameters={"type": "object", "properties": {"trial": {}}, "required": ["trial"]})

    def fail(*asked: Any) -> Any:
        raise RuntimeError("no more ideas")

    monkeypatch.setattr(Optuna, "suggest", fail)
    over = plane.wait(plane.sweep("asks", space={}, trials=4, workers=2))
    assert (over["status"]["state"], over["status"]["sweep"]["counts"]["running"]) == ("ERROR", 0)
    assert over["status"]["sweep"]["message"] == "The sampler 'random' failed: RuntimeError: no more ideas"
