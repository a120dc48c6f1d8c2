"""A file of 2 GB that a function returns: `python tests/benchmarks/paths.py`. It is sparse; hashing it is the time."""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from pathlib import Path

from dh_jupyter.executors.archive import worker_archive
from dh_kernel.rundir import RunFolder

SIZE = 2 << 30
CODE = """
from pathlib import Path

def f(where: str):
    path = Path(where)
    if not path.exists():
        with path.open("wb") as file:
            file.truncate({size})
    return path
"""


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        archive = worker_archive(home / "cache")
        mine = home / "mine.bin"
        with mine.open("wb") as file:
            file.truncate(SIZE)
        base, _ = measure(home / "0", archive, "small.bin", 1)
        for what, where in (("its own file", "made.bin"), ("another's file", str(mine))):
            peak, seconds = measure(home / what, archive, where, SIZE)
            ours = f"{(peak - base) / 1024:.0f} MB, {seconds:.1f} s"
            figure = f"Path of 2 GB returned, {what}: memory of the worker, time"
            print(json.dumps({"figure": figure, "target": "<= 20 MB", "ours": ours}))


def measure(path: Path, archive: Path, where: str, size: int) -> tuple[int, float]:
    """(KiB at the peak, seconds) of a worker that returns the path."""
    document = {
        **{"format": 1, "project": "p", "id": "0" * 32, "name": "f-1", "key": "k", "attempt": 1, "inputs": {}},
        **{"function": {"name": "f", "handler": "f", "key": "k"}, "parameters": {"where": where}, "cells": []},
    }
    folder = RunFolder.create(path, document, CODE.format(size=size))  # type: ignore[arg-type]
    before = time.perf_counter()
    child = os.posix_spawn(
        sys.executable, [sys.executable, "-c", f"import os, runpy, sys; os.chdir({str(path)!r}); sys.argv = [{str(archive)!r}, {str(path)!r}]; runpy.run_path({str(archive)!r}, run_name='__main__')"], os.environ
    )  # fmt: skip
    _, status, usage = os.wait4(child, 0)
    assert status == 0, folder.read_result()
    return usage.ru_maxrss, time.perf_counter() - before


if __name__ == "__main__":
    main()
