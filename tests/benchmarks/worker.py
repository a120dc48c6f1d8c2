"""Figures of the data plane: `python tests/benchmarks/worker.py`. Prints milliseconds; models are saved in fresh processes."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROWS, COLUMNS, POINTS = 1_000_000, 19, 500
MODEL = """
import sys, tempfile, time
from pathlib import Path
import pandas as pd
from sklearn.linear_model import LogisticRegression
from lightgbm import LGBMClassifier
framework, preload = sys.argv[1:]
frame = pd.DataFrame({"a": range(40), "b": [0.5, 1.5] * 20})
model = LogisticRegression() if framework == "sklearn" else LGBMClassifier(n_estimators=3, verbose=-1)
model.fit(frame, [0, 1] * 20)
if preload == "preloaded":
    import mlflow.sklearn, mlflow.lightgbm
from dh_kernel.flavors import flavor_of
from dh_kernel.saving.models import save_model
folder = Path(tempfile.mkdtemp())
for name in ("first", "second"):
    before = time.perf_counter()
    _, warnings = save_model(model, flavor_of(model), folder, name, frame)
    print(f"{name} {(time.perf_counter() - before) * 1e3:.0f} ms", *warnings, end="  ")
"""


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as folder:
        measure_points(Path(folder))
        measure_frame(Path(folder))
    for framework in ("sklearn", "lightgbm"):
        for preload in ("fresh", "preloaded"):
            done = subprocess.run([sys.executable, "-c", MODEL, framework, preload], capture_output=True, text=True)
            print(f"{f'save a {framework} model, mlflow {preload}':45} {done.stdout or done.stderr}")


def measure_points(folder: Path) -> None:
    """`dh.report`, one line for each."""
    from dh_kernel.reporting import report, send_to
    from dh_kernel.rundir import RunFolder

    send_to(RunFolder(folder))
    show(f"{POINTS} points", lambda: [report(step=step, loss=0.5) for step in range(POINTS)])
    send_to(None)


def measure_frame(folder: Path) -> None:
    """What a table costs beyond writing it."""
    import numpy as np
    import pandas as pd

    from dh_kernel.saving.frames import save_frame, to_arrow
    from dh_kernel.saving.profile import profile_of

    random = np.random.default_rng(0)
    numbers = {f"n{index}": random.random(ROWS) for index in range(COLUMNS - 5)}
    texts = {f"s{index}": random.integers(0, 5000, ROWS).astype(str) for index in range(5)}
    frame = pd.DataFrame({**numbers, **texts})
    arrow = to_arrow(frame)
    show(f"to_parquet of {ROWS} x {COLUMNS}", lambda: frame.to_parquet(folder / "raw.parquet", compression="zstd"))
    show("save_frame of the same", lambda: save_frame(frame, folder, "t"))
    show("of which its profile", lambda: profile_of(arrow))


def show(what: str, work: Callable[[], Any]) -> None:
    """One row."""
    before = time.perf_counter()
    work()
    print(f"{what:45} {(time.perf_counter() - before) * 1e3:8.1f} ms")


if __name__ == "__main__":
    main()
