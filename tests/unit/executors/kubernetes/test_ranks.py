"""Several pods of one attempt: what they do together, whose end it is, and their logs as one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from dh_jupyter.executors.kubernetes import nodes, ranks
from dh_jupyter.executors.kubernetes.logs import POSITION
from dh_jupyter.executors.kubernetes.merging import MergedLog
from dh_kernel.errors import Invalid
from tests.unit.executors.kubernetes.cases import PLAIN

Object = dict[str, Any]
JOB: Object = {"metadata": {"name": "j"}, "spec": {"completions": 3}, "status": {}}
FAILED: Object = {**JOB, "status": {"conditions": [{"type": "Failed", "status": "True"}]}}


def pod(rank: int, state: Object, at: str = "") -> Object:
    phase = "Pending" if "waiting" in state else "Running" if "running" in state else "Failed"
    if state.get("terminated", {}).get("exitCode") == 0:
        phase = "Succeeded"
    annotations = {ranks.INDEX: str(rank)}
    return {
        "metadata": {"name": f"j-{rank}", "annotations": annotations, "creationTimestamp": at},
        "spec": {"nodeName": "n"},
        "status": {"phase": phase, "containerStatuses": [{"name": "worker", "state": state}]},
    }


RUNS: Object = {"running": {"startedAt": "2026-01-01T00:00:00Z"}}
WAITS: Object = {"waiting": {"reason": "ContainerCreating"}}


def over(code: int, second: int = 0) -> Object:
    return {"terminated": {"exitCode": code, "startedAt": "x", "finishedAt": f"2026-01-01T00:00:{second:02}Z"}}


@pytest.mark.parametrize(
    ("job", "states", "state", "rank"),
    [
        (JOB, {}, "starting", None),
        (JOB, {0: RUNS, 1: WAITS}, "starting", 1),
        (JOB, {0: RUNS, 1: RUNS}, "starting", 0),
        (JOB, {0: RUNS, 1: RUNS, 2: RUNS}, "running", 0),
        (JOB, {0: over(0), 1: RUNS, 2: RUNS}, "running", 0),
        (JOB, {0: over(0), 1: over(0), 2: over(0)}, "ended", 0),
        (JOB, {0: RUNS, 1: over(42, 1), 2: RUNS}, "running", 1),
        (FAILED, {0: over(45, 3), 1: over(42, 1), 2: over(137, 9)}, "ended", 1),
        (FAILED, {0: over(42, 8), 2: over(7, 1)}, "ended", 2),
        (None, {0: over(45), 1: over(143)}, "ended", 0),
    ],
)
def test_what_three_do_together(job: Object | None, states: dict[int, Object], state: str, rank: int | None) -> None:
    seen = ranks.look(job, [pod(number, one) for number, one in states.items()], 3)
    assert seen.state == state
    assert (None if seen.pod is None else ranks.rank_of(seen.pod)) == rank


def test_who_waits_is_told() -> None:
    seen = ranks.look(JOB, [pod(0, RUNS), pod(1, WAITS)], 3)
    assert seen.waiting_for == "1 of 3 machines are there. Starting its container."


def test_a_pod_that_was_made_anew_stands_for_its_rank() -> None:
    never_started: Object = {"terminated": {"exitCode": 137}}
    older, newer = pod(1, never_started, "2026-01-01"), pod(1, RUNS, "2026-01-02")
    assert ranks.members([newer, pod(0, RUNS), older]) == {0: pod(0, RUNS), 1: newer}


def test_a_whole_one_is_all_of_them() -> None:
    done = [pod(rank, over(0)) for rank in range(3)]
    assert ranks.is_whole(done, 3)
    assert not ranks.is_whole(done[:2], 3)
    assert not ranks.is_whole([*done[:2], pod(2, over(7))], 3)


def test_a_server_that_would_make_them_all_the_first_is_refused() -> None:
    with pytest.raises(Invalid, match=r"the cluster has 1\.20"):
        nodes.size_of(PLAIN.__class__(PLAIN.handle, PLAIN.folder, nodes=2), (1, 20))


def test_logs_are_merged_by_lines_and_what_was_not_noted_is_cut_off(tmp_path: Path) -> None:
    merged = MergedLog(tmp_path)
    with merged.rank(0) as first, merged.rank(1) as second, MergedLog(tmp_path).rank(0) as of_another_broker:
        assert first is not None
        assert second is not None
        assert of_another_broker is None
        first.take([b"one"])
        second.take([b"two\nthr"])
        first.take([b"\n"])
        second.position.time = "2026"
        second.take([b"ee\nfour"])
    with (tmp_path / "log.txt").open("ab") as log:
        log.write(b"[1] half a li")
    with MergedLog(tmp_path).rank(1) as later:
        assert later is not None
        assert later.position.time == "2026"
        later.end(b"")
    assert (tmp_path / "log.txt").read_text() == "[1] two\n[0] one\n[1] three\n[1] four\n"


def test_a_position_that_is_broken_reads_all_again(tmp_path: Path) -> None:
    (tmp_path / POSITION).write_text('{"size": 3, "ra')
    (tmp_path / "log.txt").write_text("what was there\n")
    with MergedLog(tmp_path).rank(0) as file:
        assert file is not None
        file.end(b"last")
    assert (tmp_path / "log.txt").read_text() == "[0] last\n"
