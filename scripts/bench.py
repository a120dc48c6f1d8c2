"""Measure, and print one table: figure, target, ours, peer where one is installed. Nothing here passes or fails.

Each script of tests/benchmarks/ prints a row as a line of JSON `{figure, target, ours[, peer]}`; other lines it prints
are shown below the table as they are. `python scripts/bench.py NAME …` runs some of them.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SCRIPTS = ROOT / "tests" / "benchmarks"
COLUMNS = ("figure", "target", "ours", "peer")


def main(names: Sequence[str]) -> int:
    paths = [path for path in sorted(SCRIPTS.glob("*.py")) if not path.name.startswith("_")]
    chosen = [path for path in paths if not names or path.stem in names]
    rows: list[dict[str, str]] = []
    notes: list[str] = []
    failed = 0
    for path in chosen:
        print(f"measuring {path.stem} …", file=sys.stderr, flush=True)
        failed += not measure(path, rows, notes)
    print("\n".join([*table(rows), "", *notes, load()]))
    return 1 if failed or not chosen else 0


def measure(path: Path, rows: list[dict[str, str]], notes: list[str]) -> bool:
    """Run one script; False if it ended in an error, which the notes then hold."""
    kept = {**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'kernel'}"}
    done = subprocess.run([sys.executable, path], cwd=ROOT, env=kept, capture_output=True, text=True)
    for line in done.stdout.splitlines():
        if line.startswith("{"):
            rows.append(json.loads(line))
        elif line.strip():
            notes.append(f"{path.stem}: {line}")
    if done.returncode:
        notes.append(f"{path.stem} FAILED:\n{done.stderr}")
    return done.returncode == 0


def table(rows: Sequence[dict[str, str]]) -> list[str]:
    """Lines of a Markdown table whose columns are aligned."""
    cells = [list(COLUMNS), *([str(row.get(column, "")) for column in COLUMNS] for row in rows)]
    widths = [max(len(line[column]) for line in cells) for column in range(len(COLUMNS))]
    lines = [f"| {' | '.join(cell.ljust(width) for cell, width in zip(line, widths, strict=True))} |" for line in cells]
    return [lines[0], f"|{'|'.join('-' * (width + 2) for width in widths)}|", *lines[1:]]


def load() -> str:
    """How busy the machine is: figures of a busy one mean little."""
    return f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, Python {sys.version.split()[0]}"


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
