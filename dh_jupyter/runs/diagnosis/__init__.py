"""Why a run failed, for the person who wrote it: a pure function from observed facts to {code, summary, detail, cure, retry}.

`exceptions.py` and `devices.py` are the rows for what user code raised, `endings.py` those for attempts that ended without
a result, `installing.py` reads what an installer said, `findings.py` takes what the executor knows. The first that fits explains.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from .case import Case
from .devices import DEVICES
from .endings import ENDINGS
from .exceptions import EXCEPTIONS, OTHER
from .findings import found_by_executor
from .row import Row

if TYPE_CHECKING:
    from dh_kernel._contract import Diagnosis

__all__ = ["ROWS", "Case", "explain"]

ROWS: tuple[Row, ...] = (*DEVICES, *EXCEPTIONS, OTHER, *ENDINGS)


def explain(case: Case) -> Diagnosis:
    """What happened, and what to type next; of a notebook that could not say so itself, also where."""
    found = _explained(case)
    if not case.step or case.error:
        return found
    return {**found, "detail": f"It was in {case.step}. {found.get('detail', '')}".strip()}


def _explained(case: Case) -> Diagnosis:
    if found := found_by_executor(case):
        return found
    rows: Iterable[Row] = (*DEVICES, *EXCEPTIONS, OTHER) if case.error else ENDINGS
    return next(found for row in rows if (found := row.explain(case)))
