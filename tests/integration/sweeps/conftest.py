"""A control plane with sweeps and without HTTP: a real catalogue, real processes, real journals."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dh_jupyter.catalogue import Query
from dh_jupyter.sweeps.journal import read
from dh_jupyter.sweeps.sweeps import Sweeps
from tests.fixtures.zygotes import end_zygotes
from tests.integration.runs.conftest import PROJECT, Plane
from tests.integration.tracking.conftest import empty_mlflow  # noqa: F401

SPACE = {"x": {"type": "float", "low": 0.0, "high": 4.0}}
BEST = [{"name": "auc", "direction": "maximize"}]


class SweepPlane(Plane):
    """A Plane whose runs may be sweeps; several may share a home."""

    def __init__(self, home: Path, cpu: int = 2) -> None:
        super().__init__(home, cpu)
        self.sweeps = Sweeps(
            self.catalogue,
            self.runs,
            home,
            self.tracker,  # type: ignore[arg-type]
            lambda name: {},
            lambda project, spec: None,
        )

    def _heard(self, event: Any) -> None:
        super()._heard(event)
        if hasattr(self, "sweeps"):
            self.sweeps.changed(event)

    def start(self) -> SweepPlane:
        self.sweeps.start()
        super().start()
        return self

    def close(self) -> None:
        self.sweeps.close()
        super().close()

    def sweep(self, name: str, parameters: Any = None, **asked: Any) -> Any:
        """Post a sweep of a function over `x`."""
        sweep = {"space": SPACE, "objectives": BEST, "sampler": "random", **asked}
        spec = {"function": f"function/{name}", "parameters": parameters or {}, "sweep": sweep}
        return self.runs.create(PROJECT, {"kind": "python+sweep:run", "spec": spec}, "ada")

    def journal(self, sweep: Any) -> list[Any]:
        """All that is on the disk."""
        return list(read(self.home / "runs" / PROJECT / sweep["id"] / "sweep"))

    def runs_of(self, sweep: Any) -> dict[int, list[Any]]:
        """Runs of its trials, by the trial's number."""
        found: dict[int, list[Any]] = {}
        page = 0
        while True:
            answer = self.catalogue.list("run", project=PROJECT, query=Query(versions="all"), page=page, size=1000)
            for run in answer["content"]:
                trial = run["spec"].get("trial") or {}
                if trial.get("sweep") == sweep["id"]:
                    found.setdefault(trial["number"], []).append(run)
            page += 1
            if answer["last"]:
                return found


def faults(plane: SweepPlane, sweep: Any, trials: int) -> list[str]:
    """What should not be when a sweep of so many trials is over: a trial asked or told twice, a run lost or made twice."""
    entries = plane.journal(sweep)
    found = []
    for word in ("ask", "end"):
        numbers = [entry["n"] for entry in entries if entry["op"] == word]
        if sorted(numbers) != list(range(trials)):
            found.append(f"{word}: {numbers}")
    runs = plane.runs_of(sweep)
    asked = {entry["n"]: entry["p"] for entry in entries if entry["op"] == "ask"}
    told = {entry["n"]: entry for entry in entries if entry["op"] == "end"}
    for number in range(trials):
        found += _faults_of(number, runs.get(number, []), asked[number], told[number])
    return found


def _faults_of(number: int, runs: list[Any], asked: Any, told: Any) -> list[str]:
    states = [run["status"]["state"] for run in runs]
    if states != ["COMPLETED"]:
        return [f"trial {number}: its runs are {states}"]
    (run,) = runs
    said = run["status"]["results"]["auc"]
    found = []
    if {name: run["spec"]["parameters"][name] for name in asked} != asked:
        found.append(f"trial {number}: asked {asked}, ran {run['spec']['parameters']}")
    if told.get("values") != {"auc": said}:
        found.append(f"trial {number}: returned {said}, told {told}")
    return found


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "home"
    folder.mkdir()
    yield folder
    end_zygotes(folder)


@pytest.fixture
def plane(home: Path) -> Iterator[SweepPlane]:
    made = SweepPlane(home)
    made.catalogue.create("project", {"kind": "project", "name": PROJECT, "id": PROJECT}, project=PROJECT, user="ada")
    made.start()
    yield made
    made.close()
