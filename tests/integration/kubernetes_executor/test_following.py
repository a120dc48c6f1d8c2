"""Following a log whose pod goes meanwhile: what a server answers is scripted."""

from __future__ import annotations

from pathlib import Path

import pytest

from dh_jupyter.executors.kubernetes.logs import MISSING, REOPEN, Line, Sink, follow
from tests.integration.kubernetes_executor.conftest import PatientClient
from tests.integration.kubernetes_executor.scripted import Answer, Script, refusal

GONE = refusal(404, "NotFound")
TOLD = Answer(lines=("2026-11-28T05:00:00.5Z hello",))


@pytest.fixture
def sink(tmp_path: Path) -> Sink:
    return Sink(tmp_path, True, lambda frame: None, lambda: None)


def test_a_log_that_is_gone_before_its_pods_end_was_seen_waits_for_that(
    told: PatientClient, script: Script, sink: Sink
) -> None:
    """Else how it ended would be written down by what was known before."""
    waited: list[float] = []
    script.add(TOLD, GONE, GONE)
    assert follow(told, "one", sink, Line(lambda: len(waited) == 2, waited.append, lambda: False))
    assert waited[1:] == [REOPEN]
    assert (sink.folder / "log.txt").read_bytes() == b"hello\n"


def test_nobody_waits_for_ever_for_a_pod_that_nobody_tells_of(told: PatientClient, script: Script, sink: Sink) -> None:
    waited: list[float] = []
    script.add(*[GONE] * MISSING)
    assert follow(told, "one", sink, Line(lambda: False, waited.append, lambda: False))
    assert len(waited) == MISSING - 1


def test_one_that_is_over_and_gone_is_read_to_its_end(told: PatientClient, script: Script, sink: Sink) -> None:
    script.add(GONE)
    assert follow(told, "one", sink, Line(lambda: True, pytest.fail, lambda: False))
