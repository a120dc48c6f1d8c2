"""What is said of a job: its line, and what its run will lack."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from ..display.words import counted, listed
from .document import Job

if TYPE_CHECKING:
    from .._contract import Entity


def job_line(entity: Entity, job: Job, existing: bool) -> str:
    """`function/analysis.ipynb@2 · 12 cells · 1 module (features.py) · needs pandas`."""
    metadata: Any = entity["metadata"]
    reference = metadata.get("reference") or f"function/{job.name}"
    cells = counted(len(job.sources), "cell") if job.kind == "notebook" else ""
    kind = "module" if all(path.endswith(".py") for path in job.files) else "file"
    modules = f"{counted(len(job.files), kind)} ({listed(sorted(job.files))})" if job.files else ""
    needs = [re.split(r"[^A-Za-z0-9._-]", requirement, maxsplit=1)[0] for requirement in job.requirements]
    needed = f"needs {listed(needs)}" if needs else ""
    head = f"unchanged, {reference}" if existing else reference
    return " · ".join(part for part in (head, cells, modules, needed) if part)


def warnings_of(job: Job) -> Iterator[str]:
    """Files that the code names and that its run will not find."""
    for path in job.missing:
        stem = re.sub(r"\W+", "_", path.rpartition("/")[2].partition(".")[0])
        table = path.endswith((".csv", ".parquet"))
        cure = (
            f"Make it a dataset (%dh dataset {stem} {path}), and pass it: {stem}=dataset/{stem}"
            if table
            else "Give its whole path, or return it from a function and pass the artifact"
        )
        yield f"A run has no file '{path}': only modules, scripts and notebooks of the folder go along. {cure}."
