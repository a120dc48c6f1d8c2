"""Figures of the local executor: `python tests/benchmarks/local.py [MODULE …]`; the modules are what the runs import.

Prints submit → first line of user code, cold and warm, and end of the process → `changed` heard, in milliseconds.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

from dh_jupyter.executors.local import LocalExecutor, executor
from dh_jupyter.executors.local.zygotes import end, kind_for
from dh_kernel.testing.executors import Attempts

RUNS = 60
CODE = "import time\ndef f(): print(time.time(), flush=True)\n"


def main(imports: tuple[str, ...]) -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        attempts = Attempts(lambda: LocalExecutor(home, cpu=2, gpus=[], warm=False), home)
        show("cold: submit → first line", [measure(attempts, ())[0] for _ in range(10)])
        attempts.executor.close()
        attempts = Attempts(lambda: LocalExecutor(home, cpu=2, gpus=[]), home)
        warm_up(attempts, home, imports)
        figures = [measure(attempts, imports) for _ in range(RUNS)]
        show(
            f"warm ({', '.join(imports) or 'nothing preloaded'}): submit → first line", [first for first, _ in figures]
        )
        show("end → changed", [ended for _, ended in figures])
        for zygote in attempts.executor._zygotes.living():
            end(zygote)
        attempts.executor.close()


def warm_up(attempts: Attempts, home: Path, imports: tuple[str, ...]) -> None:
    """Run until a zygote with these modules is there, or has said that it can't be."""
    wanted = kind_for(
        sys.executable, executor.worker_archive(home / "cache"), imports, executor.freeze_here()["digest"]
    ).key
    folder = attempts.executor._runtime / "zygotes"
    while not (folder / wanted).exists():
        if (folder / wanted).with_suffix(".refused").exists():
            print((folder / wanted).with_suffix(".log").read_text())
            return
        measure(attempts, imports)


def measure(attempts: Attempts, imports: tuple[str, ...]) -> tuple[float, float]:
    """One run: milliseconds to its first line, and from its end to our knowing."""
    before = time.time()
    handle, folder = attempts.submit(CODE, imports=imports)
    exit = attempts.ended(handle, folder)
    known = time.time()
    return (float(attempts.log(handle, folder)) - before) * 1e3, (known - exit["ended"]) * 1e3


def show(what: str, figures: list[float]) -> None:
    """One row."""
    figures = sorted(figures)
    p95 = figures[int(len(figures) * 0.95)]
    print(f"{what:60} min {figures[0]:6.1f}  p50 {figures[len(figures) // 2]:6.1f}  p95 {p95:6.1f} ms")


if __name__ == "__main__":
    main(tuple(sys.argv[1:]))
