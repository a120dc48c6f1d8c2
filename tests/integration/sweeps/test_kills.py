"""Brokers that die at random moments of a sweep: nothing is lost, no trial is asked or told twice."""

from __future__ import annotations

import fcntl
import json
import os
import queue
import random
import socket
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from dh_kernel.rundir import RunFolder
from tests.integration.runs.conftest import HOLD, PROJECT

from .conftest import SweepPlane, faults

ROOT = Path(__file__).resolve().parents[3]
KILLS, TRIALS, WORKERS = 3, 9, 3
PATIENCE = 240.0  # seconds without any news, after which something is lost
SCORE = """
def score(x: float):
    return {"auc": -(x - 2) ** 2}
"""


ASKS = """
def score(trial, folder: str):
    import os, pathlib, random
    x = trial.suggest_float("x", 0, 4)
    if trial.number % 3 == 0 and random.random() < 0.8:
        try:
            (pathlib.Path(folder) / str(trial.number)).touch(exist_ok=False)
        except FileExistsError:
            pass
        else:
            os.kill(os.getpid(), 9)
    kind = trial.suggest_categorical("kind", ["a", "b"])
    y = trial.suggest_int("y", 1, 9) if kind == "a" else trial.suggest_float("z", 1, 9)
    assert trial.suggest_float("x", 0, 4) == x
    return {"auc": x, "y": y}
"""
ASKS_FOR = {
    "type": "object",
    "properties": {"trial": {}, "folder": {"type": "string"}},
    "required": ["trial", "folder"],
}


HELD = """
def score(x: int, port: int):
    if x == 5:
        hold(port)
    return {"auc": x}
"""
ENDED = ("COMPLETED", "ERROR", "STOPPED")


class Mortal:
    """A broker on a home that is killed, and begun anew."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self._news: queue.SimpleQueue[list[str]] = queue.SimpleQueue()
        self.start()

    def start(self) -> None:
        """Another one, in the place of one that was killed. Returns when it is at work."""
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.integration.sweeps.broker_process", str(self.home)],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "kernel")])},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        threading.Thread(target=self._read, args=[self._process], daemon=True).start()
        while self.next() != ["ready"]:
            pass

    def _read(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        for line in process.stdout:
            self._news.put(line.split())

    def next(self) -> list[str]:
        """The next line that a broker says."""
        return self._news.get(timeout=PATIENCE)

    def post(self, **asked: Any) -> str:
        """A sweep's id."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(asked) + "\n")
        self._process.stdin.flush()
        while (words := self.next())[0] != "posted":
            pass
        return words[1]

    def kill(self) -> None:
        """By SIGKILL."""
        self._process.kill()
        self._process.wait()

    def die(self) -> None:
        """By SIGKILL; another one takes its place."""
        self.kill()
        self.start()

    def close(self) -> None:
        """In peace."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(60)


def is_over(plane: SweepPlane, ident: str) -> bool:
    return str(plane.catalogue.get(PROJECT, "run", ident)["status"]["state"]) in ENDED


def looker_at(home: Path, code: str, schema: Any = None) -> SweepPlane:
    """Who looks on, beside a function `score`."""
    looker = SweepPlane(home)  # never started: it only reads
    looker.catalogue.create("project", {"kind": "project", "name": PROJECT, "id": PROJECT}, project=PROJECT, user="ada")
    looker.function("score", code, **({"parameters": schema} if schema else {}))
    return looker


def with_kills(home: Path, code: str, schema: Any = None, **asked: Any) -> tuple[SweepPlane, Any]:
    """A sweep that is over, by brokers of which some were killed, and who looked on."""
    seed = random.randrange(10**6)
    print(f"seed {seed}")
    draw = random.Random(seed)
    looker = looker_at(home, code, schema)
    broker = Mortal(home)
    try:
        ident = broker.post(**{"trials": TRIALS, "workers": WORKERS, **asked})
        kills, left = 0, draw.randint(1, 12)
        while not is_over(looker, ident):
            broker.next()
            left -= 1
            if not left and kills < KILLS:
                broker.die()
                kills, left = kills + 1, draw.randint(1, 12)
        print(f"{kills} kills")
    finally:
        broker.close()
    sweep = looker.catalogue.get(PROJECT, "run", ident)
    assert sweep["status"]["state"] == "COMPLETED", sweep["status"]
    return looker, sweep


def test_brokers_die_and_no_trial_is_lost_or_told_twice(home: Path) -> None:
    looker, sweep = with_kills(home, SCORE)
    assert faults(looker, sweep, TRIALS) == []
    said = sweep["status"]["sweep"]
    assert said["counts"]["finished"] == said["counts"]["total"] == TRIALS
    best = max(run["status"]["results"]["auc"] for (run,) in looker.runs_of(sweep).values())
    assert said["best"][0]["values"] == {"auc": best}
    assert sweep["status"]["results"]["auc"] == best
    steps = [step["status"] for step in sweep["status"]["transitions"]]
    assert steps.count("COMPLETED") == 1
    looker.catalogue.close()


def test_brokers_and_workers_die_and_no_answer_is_lost_or_another(home: Path, tmp_path: Path) -> None:
    """Of a function that asks for its parameters: what was answered before a death is the same after it."""
    died = tmp_path / "died"
    died.mkdir()
    looker, sweep = with_kills(home, ASKS, ASKS_FOR, space={}, parameters={"folder": str(died)})
    entries, runs = looker.journal(sweep), looker.runs_of(sweep)
    for word in ("ask", "end"):
        assert sorted(entry["n"] for entry in entries if entry["op"] == word) == list(range(TRIALS))
    answered = [(entry["n"], entry["name"]) for entry in entries if entry["op"] == "suggest"]
    assert len(set(answered)) == len(answered) == 3 * TRIALS
    answers = {(entry["n"], entry["name"]): entry["v"] for entry in entries if entry["op"] == "suggest"}
    told = {entry["n"]: entry["values"] for entry in entries if entry["op"] == "end"}
    for number, tried in runs.items():
        states = sorted(run["status"]["state"] for run in tried)
        assert states == ["COMPLETED", *["ERROR"] * (len(tried) - 1)], number
        assert {run["status"].get("fault") for run in tried} <= {"machine", None}
        (done,) = [run for run in tried if run["status"]["state"] == "COMPLETED"]
        results = done["status"]["results"]
        assert answers[number, "x"] == results["auc"] == told[number]["auc"]
        assert answers[number, "y" if answers[number, "kind"] == "a" else "z"] == results["y"]
    assert len(list(died.iterdir())) == sum(len(tried) - 1 for tried in runs.values())
    looker.catalogue.close()


def test_brokers_die_among_hands_and_no_trial_is_lost_or_told_twice(home: Path) -> None:
    looker, sweep = with_kills(home, SCORE, trials=2 * TRIALS, sampler="tpe", reuse=True)
    assert faults(looker, sweep, 2 * TRIALS) == []
    assert sweep["status"]["sweep"]["counts"]["finished"] == 2 * TRIALS
    looker.catalogue.close()


@pytest.mark.parametrize("when", ["nobody looks", "the next one looks"])
def test_what_a_hand_does_while_its_broker_is_dead_counts(home: Path, when: str) -> None:
    held, trials = 5, 12
    looker = looker_at(home, HOLD + HELD)
    broker = Mortal(home)
    with socket.create_server(("127.0.0.1", 0)) as gate:
        gate.settimeout(PATIENCE)
        space = {"x": {"type": "int", "low": 0, "high": trials - 1}}
        given = {"space": space, "parameters": {"port": gate.getsockname()[1]}, "sampler": "grid"}
        try:
            sweep = looker.catalogue.get(PROJECT, "run", broker.post(workers=1, reuse=True, **given))
            inside, _ = gate.accept()
            broker.kill()
            if when == "nobody looks":
                inside.close()
                folder = _wait_for_the_end(looker, looker.runs_of(sweep)[held][0])
                assert folder.read_exit() is not None
                assert folder.read_result() is not None
                assert not is_over(looker, looker.runs_of(sweep)[held][0]["id"])
            broker.start()
            inside.close()
            while not is_over(looker, sweep["id"]):
                broker.next()
        finally:
            broker.close()
    assert faults(looker, sweep, trials) == []
    looker.catalogue.close()


def _wait_for_the_end(looker: SweepPlane, run: Any) -> RunFolder:
    """Until nobody has a run's lock any more."""
    folder = RunFolder(looker.home / "runs" / PROJECT / run["id"] / "1")
    with (folder.path / "lock").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_SH)
    return folder
