"""CPU of `%load_ext dh_kernel` in a fresh IPython, beside the peer's import where that is installed."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys

from _peers import python_with

TIMES = 7
OURS = """
import time
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()
begun = time.process_time()
shell.run_line_magic("load_ext", "dh_kernel")
print((time.process_time() - begun) * 1000)
"""
PEER = "import time; begun = time.process_time(); import digitalhub; print((time.process_time() - begun) * 1000)"


def milliseconds(program: str, python: str = sys.executable) -> float:
    """Median of fresh processes."""
    said = [
        subprocess.run([python, "-c", program], capture_output=True, text=True, check=True).stdout for _ in range(TIMES)
    ]
    return statistics.median(float(text.splitlines()[-1]) for text in said)


if __name__ == "__main__":
    row = {"figure": "%load_ext dh_kernel, CPU", "target": "<= 60 ms", "ours": f"{milliseconds(OURS):.0f} ms"}
    if peer := python_with("digitalhub"):
        row["peer"] = f"import digitalhub {milliseconds(PEER, peer):.0f} ms"
    print(json.dumps(row))
