"""Whom an attempt serves, as executors are told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from dh_jupyter.runs.attempts import submission_of

STARTED = [
    ([], "interactive"),
    ([{"type": "run_of", "dest": "store://demo/function/python/f:1"}], "interactive"),
    ([{"type": "step_of", "dest": "store://demo/run/python+sweep:run/s1"}], "sweep"),
    ([{"type": "step_of", "dest": "store://demo/run/python+pipeline:run/s1"}], "interactive"),
    ([{"type": "produced_by", "dest": "store://demo/trigger/scheduler/nightly:1"}], "schedule"),
    ([{"type": "step_of", "dest": "https://elsewhere.example/sweep/1"}], "interactive"),
]


@pytest.mark.parametrize(("links", "purpose"), STARTED)
def test_purposes(links: list[dict[str, str]], purpose: str) -> None:
    run: Any = {
        "kind": "python+job:run",
        "project": "demo",
        "id": "r1",
        "metadata": {"relationships": links},
        "spec": {"function": "python://demo/f:1"},
    }
    assert submission_of(run, 1, Path("/somewhere"), {}).purpose == purpose
