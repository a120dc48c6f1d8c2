"""200 trivial runs at once through a real broker: from the first POST to the last commit, each durable.

The process that writes to MLflow has been started by runs before: to import MLflow takes seconds of a core, once.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import tempfile
import time
from pathlib import Path
from typing import Any

import psutil

RUNS = 200


def trivial(number: int) -> int:
    """Nothing."""
    return number


def measure(broker: psutil.Process, home: Path) -> dict[str, Any]:
    """Runs a second, and what the broker's process spent on each."""
    import dh_kernel as dh

    with contextlib.redirect_stdout(io.StringIO()):
        handle = dh.function(trivial)
        for _ in range(5):
            handle.run(0).wait()
        while any((home / "tracking").glob("*.json")):  # not in MLflow yet
            time.sleep(0.1)
        spent = broker.cpu_times().user + broker.cpu_times().system
        begun = time.perf_counter()
        runs = [handle.run(number) for number in range(RUNS)]
        posted = time.perf_counter()
        for run in runs:
            run.wait()
        ended = time.perf_counter()
    spent = broker.cpu_times().user + broker.cpu_times().system - spent
    states = {run.state for run in runs}
    assert states == {"succeeded"}, states
    assert [run.result for run in runs[:3]] == [0, 1, 2]
    return {
        "figure": f"{RUNS} trivial runs, first POST → last commit",
        "target": ">= 40/s",
        "ours": f"{RUNS / (ended - begun):.0f}/s ({(posted - begun) / RUNS * 1000:.0f} ms a POST, "
        f"{spent / RUNS * 1000:.0f} ms of the broker's CPU a run)",
    }


def main() -> None:
    for name in ("DH_SERVER_URL", "DH_TOKEN"):
        os.environ.pop(name, None)
    with tempfile.TemporaryDirectory(prefix="dh-bench-", ignore_cleanup_errors=True) as folder:
        os.environ["DH_HOME"] = folder
        import dh_kernel as dh

        dh.doctor()
        broker = psutil.Process(int(json.loads((Path(folder) / "broker.json").read_text())["pid"]))
        try:
            print(json.dumps(measure(broker, Path(folder))), flush=True)
        finally:
            broker.terminate()
            broker.wait(30)


if __name__ == "__main__":
    main()
