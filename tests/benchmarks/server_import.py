"""What our extension adds to the start of a Jupyter server: the import of it, after jupyter_server's own."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys

from _peers import python_with

TIMES = 7
PROGRAM = "import jupyter_server.serverapp, time; begun = time.perf_counter(); import {}; print((time.perf_counter() - begun) * 1000)"


def milliseconds(module: str, python: str = sys.executable) -> float:
    """Median of fresh processes."""
    command = [python, "-c", PROGRAM.format(module)]
    said = [subprocess.run(command, capture_output=True, text=True, check=True).stdout for _ in range(TIMES)]
    return statistics.median(float(text.splitlines()[-1]) for text in said)


if __name__ == "__main__":
    ours = milliseconds("dh_jupyter.app")
    row = {"figure": "server extension, import", "target": "<= 150 ms", "ours": f"{ours:.0f} ms"}
    if peer := python_with("jupyter_scheduler"):
        row["peer"] = f"jupyter-scheduler {milliseconds('jupyter_scheduler.extension', peer):.0f} ms"
    print(json.dumps(row))
