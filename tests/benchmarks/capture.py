"""CPU of capturing a function that uses a whole notebook: 200 cells with a definition each, in a fresh IPython. With
`%load_ext dh_kernel` in the first cell, each cell is read when it has run; that time is told, too."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys

DEFINITIONS = 200
TIMES = 5
PROGRAM = f"""
import os, sys, time
from pathlib import Path
from IPython.core.interactiveshell import InteractiveShell
from dh_kernel.capture import CellHistory, capture

shell = InteractiveShell.instance()
sys.modules["__main__"] = shell.user_module
if "loaded" in sys.argv:
    shell.run_line_magic("load_ext", "dh_kernel")
ahead = [0.0]
for index, one in enumerate(shell.events.callbacks["post_run_cell"]):
    def timed(result, one=one):
        begun = time.process_time()
        one(result)
        ahead.append((time.process_time() - begun) * 1000)
    shell.events.callbacks["post_run_cell"][index] = timed


def type_(cell):
    assert shell.run_cell(cell, store_history=True).success, cell


type_("import math\\nimport numpy as np\\nimport pandas as pd\\nfrom collections import Counter\\nfrom dataclasses import dataclass")
for i in range({DEFINITIONS}):
    before = f"step{{i - 1}}(x)" if i else "x"
    if i % 10 == 9:
        type_(f"class Kind{{i}}:\\n    factor = {{i}}\\n    def __init__(self, x):\\n        self.x = x\\n"
              f"    def value(self):\\n        return math.floor(self.x) * self.factor")
        type_(f"def step{{i}}(x):\\n    return Kind{{i}}({{before}}).value() % 1000")
    else:
        type_(f"K{{i}} = {{i}}\\ndef step{{i}}(x: float, scale: float = 1.0) -> float:\\n    '''Step {{i}}.'''\\n    # a comment\\n"
              f"    values = [v * K{{i}} + scale for v in range(3)]\\n    if x > K{{i}}:\\n        values.append(np.float64(x))\\n"
              f"    return {{before}} + sum(values)")
type_("def f(x: float = 1.0):\\n    return step{DEFINITIONS - 1}(x)")


def measured():
    begun = time.process_time()
    captured = capture("f", shell.user_ns, CellHistory.from_shell(shell), folder=Path.cwd())
    assert len(captured.helpers) >= {DEFINITIONS}, len(captured.helpers)
    return (time.process_time() - begun) * 1000


first = measured()
type_("K0 = 1000")
print(first, min(measured() for _ in range(3)), sum(ahead) / len(ahead))
"""


def milliseconds(*words: str) -> list[float]:
    """[the first capture, one after an edit, reading ahead for each cell]: medians of fresh processes."""
    found = []
    for _ in range(TIMES):
        done = subprocess.run([sys.executable, "-c", PROGRAM, *words], capture_output=True, text=True, check=True)
        found.append([float(word) for word in done.stdout.split()[-3:]])
    return [statistics.median(each) for each in zip(*found, strict=True)]


if __name__ == "__main__":
    first, again, ahead = milliseconds("loaded")
    cold, *_ = milliseconds()
    rows = [
        ("after an edit", "<= 50 ms", f"{again:.0f} ms"),
        ("first in a kernel", "<= 50 ms", f"{first:.0f} ms (and {ahead:.1f} ms after each cell)"),
        ("first, %load_ext after all cells", "", f"{cold:.0f} ms"),
    ]
    for what, target, ours in rows:
        print(
            json.dumps({"figure": f"capture, {DEFINITIONS} definitions, {what}, CPU", "target": target, "ours": ours})
        )
