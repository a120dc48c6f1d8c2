"""The process that reads tables: one JSON request a line in, one JSON answer a line out.

Started by asking.py as `python -m dh_jupyter.previews.reader`; it ends with its input.
"""

from __future__ import annotations

import json
import os
import sys
from typing import Any

import pyarrow

from .rows import Counts, rows_of


def answer_to(request: Any, counts: Counts) -> dict[str, Any]:
    """A TableRows, or `{invalid}` with why not."""
    try:
        return rows_of(request["parts"], request["start"], request["size"], counts)
    except (pyarrow.ArrowException, OSError, ValueError, NotImplementedError) as error:
        return {"invalid": " ".join(str(error).split())[:400] or type(error).__name__}


def main() -> None:
    """Answer requests until the input ends. What packages print goes to standard error."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    os.nice(5)  # runs come first
    pyarrow.set_cpu_count(1)
    counts: Counts = {}
    for line in sys.stdin:
        print(json.dumps(answer_to(json.loads(line), counts), allow_nan=False), file=answers, flush=True)


if __name__ == "__main__":
    main()
