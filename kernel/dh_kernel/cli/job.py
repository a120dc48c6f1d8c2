"""`dh-job FILE name=value …`: `dh job` that prints the log as it comes, and ends as the run does; `--detach` returns at once."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from .main import main as dh

_ALONE = ("--detach", "--help", "-h")


def main(argv: Sequence[str] | None = None) -> int:
    """Exit codes as of `dh`: 0 done · 1 the run failed · 2 bad input · 3 no broker · 130 interrupted."""
    words = list(sys.argv[1:] if argv is None else argv) or ["--help"]
    follow = [] if any(word in _ALONE for word in words) else ["--follow"]
    return dh(["job", *(word for word in words if word != "--detach"), *follow])
