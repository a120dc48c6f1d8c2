"""All tests, fast ones first. `python scripts/test.py [STAGE …]` runs some of them.

A stage fails when its runner does, when it ran no test, or when more was skipped, for any one reason, than
`tests/allowed_skips.txt` allows (lines of a count and a reason). The first stage that fails does not stop the others.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from setup import trust

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
ALLOWED = ROOT / "tests" / "allowed_skips.txt"
PYTEST = (str(BIN / "python"), "-m", "pytest", "-q", "--dist=loadfile")  # a file's tests share what they started
JLPM = str(BIN / "jlpm")
STAGES: dict[str, tuple[tuple[str, ...], ...]] = {
    "lint": (
        (str(BIN / "ruff"), "check", "."),
        (str(BIN / "ruff"), "format", "--check", "."),
        (JLPM, "lint"),
    ),
    "types": (
        (str(BIN / "mypy"),),
        (JLPM, "tsc", "--noEmit"),
        (JLPM, "tsc", "-p", "tsconfig.test.json"),
        (JLPM, "tsc", "-p", "ui-tests/tsconfig.json"),
    ),
    "layers": ((str(BIN / "lint-imports"),),),
    "unit": ((*PYTEST, "-n2", "tests/unit"), (JLPM, "vitest", "run")),
    "contract": ((*PYTEST, "-n2", "tests/contract"),),
    "integration": ((*PYTEST, "-n3", "tests/integration"),),
    "acceptance": ((*PYTEST, "-n2", "tests/acceptance"),),
    "browser": (("sh", "-c", "cd ui-tests && exec jlpm playwright test"),),
}
PYTEST_SKIP = re.compile(r"^SKIPPED \[(\d+)\] \S+: (.*)$")
OTHER_SKIP = re.compile(r"(?:^\s*|\| )(\d+) (?:skipped|did not run)\b")
COLOURS = re.compile(r"\x1b\[[0-9;]*m")
OF_A_SERVER = ("DH_", "DHCORE_", "JPY_", "JUPYTER_", "MLFLOW_")


def main(names: Sequence[str]) -> int:
    unknown = sorted(set(names) - set(STAGES))
    if unknown:
        raise SystemExit(f"There is no stage '{unknown[0]}': {', '.join(STAGES)}.")
    skipped: Counter[str] = Counter()
    lines, failed = [], False
    for name in names or STAGES:
        begun = time.monotonic()
        wrong = [problem for command in STAGES[name] for problem in run(command, skipped)]
        failed = failed or bool(wrong)
        lines.append(f"{name:<12} {'; '.join(wrong) or 'passed'} · {time.monotonic() - begun:.0f} s")
    grown = too_many(skipped, allowed())
    print("\n".join(["", *lines, *grown]), flush=True)
    return 1 if failed or grown else 0


def run(command: Sequence[str], skipped: Counter[str]) -> list[str]:
    """Run it, showing its output as it comes; what is wrong with it, in words."""
    print(f"\n== {' '.join(Path(word).name if index == 0 else word for index, word in enumerate(command))}", flush=True)
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        env=variables(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    )
    assert process.stdout is not None
    for line in process.stdout:
        print(line, end="", flush=True)
        count_skips(COLOURS.sub("", line), Path(command[0]).name, skipped)
    code = process.wait()
    called = " ".join(Path(word).name for word in command[:3])
    return [f"{called} FAILED ({'no test ran' if code == 5 else f'code {code}'})"] if code else []


def variables() -> dict[str, str]:
    """Nothing of a server or a home folder that this shell may belong to."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(OF_A_SERVER)}
    path = f"{BIN}{os.pathsep}{kept.get('PATH', os.defpath)}"
    return {
        "HOME": str(ROOT / ".venv" / "home"),
        **trust(),
        **kept,
        "PATH": path,
        "PYTHON": str(BIN / "python"),
        "PYTHONUTF8": "1",
    }


def count_skips(line: str, runner: str, skipped: Counter[str]) -> None:
    """pytest gives a reason, the others a number on a line of its own."""
    found = PYTEST_SKIP.match(line)
    if found:
        skipped[found[2]] += int(found[1])
    elif runner == "jlpm" and (other := OTHER_SKIP.search(line)):
        skipped["a test in TypeScript"] += int(other[1])


def allowed() -> dict[str, int]:
    """Counts by reason."""
    lines = [line.split(maxsplit=1) for line in ALLOWED.read_text().splitlines() if line and not line.startswith("#")]
    return {reason: int(count) for count, reason in lines}


def too_many(skipped: Counter[str], limits: dict[str, int]) -> list[str]:
    """A line for each reason that skipped more than it may."""
    return [
        f"skips grew: {count} for '{reason}', {limits.get(reason, 0)} allowed (tests/allowed_skips.txt)"
        for reason, count in sorted(skipped.items())
        if count > limits.get(reason, 0)
    ]


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
