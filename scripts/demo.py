"""Run the quickstart without a browser, ask the catalogue what it made, and say so. Exit code 1 if anything is amiss.

Everything happens in a temporary home folder unless DH_HOME names one.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import nbformat
import psutil
from nbclient import NotebookClient

ROOT = Path(__file__).resolve().parent.parent
NOTEBOOK = ROOT / "examples" / "quickstart.ipynb"
MADE = {
    "functions": {"prepare", "train"},
    "dataitems": {"flights", "weather", "planes", "journeys"},
    "models": {"train", "delays"},
}
NOT_THE_SERVERS = ("DH_SERVER_URL", "DH_TOKEN", "DH_PROJECT")
STOP_TIMEOUT = 30


def main() -> int:
    for name in NOT_THE_SERVERS:
        os.environ.pop(name, None)
    os.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    with home_folder() as home, broker_stopped_afterwards(home):
        begun = time.monotonic()
        execute(NOTEBOOK)
        print(f"demo: {NOTEBOOK.relative_to(ROOT)} ran in {time.monotonic() - begun:.0f} s and made:")
        amiss = report()
    for line in amiss:
        print(f"demo: amiss: {line}")
    print("demo: all is there" if not amiss else f"demo: {len(amiss)} things are amiss")
    return 1 if amiss else 0


@contextmanager
def home_folder() -> Iterator[Path]:
    """DH_HOME, or a temporary one."""
    if os.environ.get("DH_HOME"):
        yield Path(os.environ["DH_HOME"])
        return
    with tempfile.TemporaryDirectory(prefix="dh-demo-", ignore_cleanup_errors=True) as folder:
        os.environ["DH_HOME"] = folder
        yield Path(folder)


@contextmanager
def broker_stopped_afterwards(home: Path) -> Iterator[None]:
    """A broker that was not there before is ours to stop."""
    before = broker_pid(home)
    try:
        yield
    finally:
        pid = broker_pid(home)
        if pid is not None and pid != before:
            process = psutil.Process(pid)
            process.terminate()
            process.wait(STOP_TIMEOUT)


def broker_pid(home: Path) -> int | None:
    """The process that `broker.json` names, if it lives."""
    try:
        pid = int(json.loads((home / "broker.json").read_text())["pid"])
    except FileNotFoundError:
        return None
    return pid if psutil.pid_exists(pid) else None


def execute(path: Path) -> Any:
    """Run the notebook in a real kernel; a cell that fails unasked ends the demo with its error."""
    notebook = nbformat.read(path, as_version=4)
    NotebookClient(notebook, timeout=600, resources={"metadata": {"path": str(path.parent)}}).execute()
    return notebook


def report() -> list[str]:
    """Print what the catalogue has, as the API tells it; return what is missing."""
    from dh_kernel.session import Session

    session = Session()
    amiss = []
    for entity, expected in MADE.items():
        found = {one["name"] for one in session.get(entity)["content"]}
        print(f"  {entity:<10} {', '.join(sorted(found))}")
        amiss += [f"{entity}: {name} is missing" for name in sorted(expected - found)]
    return amiss + report_runs(session) + report_champion(session)


def report_runs(session: Any) -> list[str]:
    """Every run and its state; each must have succeeded, and each training have its metric."""
    runs = session.get("runs", size=100)["content"]
    amiss = [] if len(runs) == 4 else [f"{len(runs)} runs where the notebook starts 4"]
    for run in runs:
        name, state = run["metadata"].get("reference", run["id"]), run["status"]["state"]
        metrics = session.get("runs", run["id"], "metrics")
        auc = f" · auc {last(metrics['auc']):.3f}" if "auc" in metrics else ""
        print(f"  run        {name} {state}{auc}")
        if state != "COMPLETED":
            amiss.append(f"{name} is {state}")
        if "train" in name and not 0.5 < last(metrics.get("auc", 0)) <= 1:
            amiss.append(f"{name} has no sensible auc")
    return amiss


def last(value: Any) -> float:
    """A metric is a number, or a list of them."""
    return float(value[-1] if isinstance(value, list) else value)


def report_champion(session: Any) -> list[str]:
    """The published model, found by its alias."""
    champion = session.resolve("model/delays@champion")
    print(f"  champion   {champion['key']}")
    return [] if champion["name"] == "delays" else ["model/delays@champion is another model"]


if __name__ == "__main__":
    raise SystemExit(main())
