"""What follows from entries; when a sweep is over; a journal that was cut off, and one that somebody has."""

from __future__ import annotations

import json
import multiprocessing
import os
from pathlib import Path
from typing import Any

import pytest

from dh_jupyter.sweeps.budget import Decision, cost_of, decide
from dh_jupyter.sweeps.ending import best_so_far
from dh_jupyter.sweeps.journal import NAME, Journal, read
from dh_jupyter.sweeps.ledger import Ledger
from dh_jupyter.sweeps.shown import chosen, columns, status
from dh_jupyter.sweeps.study import Reader, Study, read_ledger
from dh_kernel.errors import Invalid


def ask(n: int, **p: Any) -> dict[str, Any]:
    return {"op": "ask", "n": n, "p": p}


def end(n: int, state: str = "finished", *values: float, **more: Any) -> dict[str, Any]:
    named = dict(zip("ab", values, strict=False))
    return {"op": "end", "n": n, "state": state, "values": named, **more}


def ledger(*entries: Any, more: tuple[bool, ...] = (True,)) -> Ledger:
    found = Ledger(more)
    found.apply_all(entries)
    return found


def test_a_trial_is_told_once() -> None:
    found = ledger(ask(0), end(0, "finished", 1.0), end(0, "finished", 2.0), end(0, "failed"), ask(0))
    assert found.counts == {"finished": 1, "pruned": 0, "failed": 0}
    assert [trial.values for trial in found.trials] == [{"a": 1.0}]
    assert found.open == set()


def test_the_first_of_equals_is_the_best() -> None:
    found = ledger(*(ask(n) for n in range(4)), *(end(n, "finished", v) for n, v in enumerate([1.0, 3.0, 3.0, 2.0])))
    assert (found.best, found.since_better) == ([1], 2)


def test_how_the_best_became_better_is_told_in_the_order_in_which_trials_ended() -> None:
    found = ledger(
        *(ask(n) for n in range(5)),
        end(2, "failed", ended="10:00"),
        end(1, "finished", 1.0, ended="10:01"),
        end(3, "finished", 0.5, ended="10:02"),
        end(0, "finished", 2.0, ended="10:03"),
    )
    told = best_so_far(found, {"name": "a", "direction": "maximize"})["a"]
    assert [(step, value) for step, _, value in told] == [(1, 1.0), (3, 2.0)]


def test_a_front_of_two() -> None:
    """a is better the bigger, b the smaller."""
    values = [(1.0, 5.0), (2.0, 6.0), (2.0, 4.0), (0.0, 9.0), (3.0, 9.0), (2.0, 4.0)]
    found = ledger(
        *(ask(n) for n in range(6)), *(end(n, "finished", *v) for n, v in enumerate(values)), more=(True, False)
    )
    assert found.best == [2, 4]


def test_what_breaks_a_constraint_is_never_the_best() -> None:
    found = ledger(
        ask(0), ask(1), end(0, "finished", 9.0, violations=[0.5]), end(1, "finished", 1.0, violations=[-1.0])
    )
    assert found.best == [1]


def test_only_what_changed_since() -> None:
    found = ledger(ask(0), ask(1))
    since = found.revision
    found.apply(end(1, "finished", 1.0))
    assert [trial.number for trial in found.changed(since)] == [1]
    found.see(0, state="running")
    assert [trial.number for trial in found.changed(found.revision - 1)] == [0]
    again = found.revision
    found.see(0, state="running")
    assert found.revision == again, "nothing new"


def test_a_number_of_before_a_new_beginning_asks_for_all(tmp_path: Path) -> None:
    spec = {"objectives": [{"name": "a", "direction": "maximize"}], "space": {}, "sampler": "random"}
    first = Study(tmp_path, spec)
    first.write([ask(0), ask(1)])
    first.ledger.see(0, state="running")
    first.ledger.see(1, state="running")
    known = first.ledger.revision
    first.write([end(0, "finished", 1.0)])
    first.close()
    path = tmp_path / NAME
    os.utime(path, ns=(0, path.stat().st_mtime_ns + 10**9))  # a second later
    again = read_ledger(tmp_path, spec)
    assert [trial.number for trial in again.changed(known)] == [0, 1]
    assert read_ledger(tmp_path, spec).changed(again.revision) == []


SPEC: dict[str, Any] = {"objectives": [{"name": "a", "direction": "maximize"}], "workers": 2}
BEGUN = {"op": "begin", "time": 1000.0}


@pytest.mark.parametrize(
    ("entries", "spec", "now", "combinations", "expected"),
    [
        ([], {"trials": 5}, 0, None, (2, "")),
        ([ask(0)], {"trials": 5}, 0, None, (1, "")),
        ([ask(0), ask(1)], {"trials": 5}, 0, None, (0, "")),
        ([ask(0)], {"trials": 1}, 0, None, (0, "1 trials.")),
        ([ask(0)], {"trials": 5}, 0, 1, (0, "Every combination was tried.")),
        ([ask(0), {"op": "extend", "trials": 1}], {"trials": 1}, 0, None, (1, "")),
        ([{"op": "pause"}], {"trials": 5}, 0, None, (0, "")),
        ([{"op": "pause"}, {"op": "resume"}], {"trials": 5}, 0, None, (2, "")),
        ([BEGUN], {"timeout": 60}, 1059, None, (2, "")),
        ([BEGUN], {"timeout": 60}, 1060, None, (0, "Its time is over.")),
        ([BEGUN, {"op": "extend", "timeout": 60}], {"timeout": 60}, 1060, None, (2, "")),
        ([ask(0), end(0, "finished", 2.0)], {"trials": 9, "target": 2}, 0, None, (0, "The target 2 is reached.")),
        ([ask(0), end(0, "finished", 1.9)], {"trials": 9, "target": 2}, 0, None, (2, "")),
        (
            [ask(n) for n in range(3)] + [end(n, "finished", 1.0) for n in range(3)],
            {"trials": 9, "plateau": 2},
            0,
            None,
            (0, "No better one in 2 trials."),
        ),
        ([ask(0), end(0, "failed", message="x")], {"trials": 9, "failures": "stop"}, 0, None, (0, "Trial 0 failed: x")),
        ([ask(0), end(0, "failed", message="x")], {"trials": 9}, 0, None, (2, "")),
        (
            [ask(n) for n in range(5)] + [end(n, "failed", message="x") for n in range(5)],
            {"trials": 9},
            0,
            None,
            (0, "The first 5 trials all failed: x"),
        ),
        (  # one that goes on has not failed
            [ask(n) for n in range(6)] + [end(n, "failed", message="x") for n in range(5)],
            {"trials": 9},
            0,
            None,
            (0, "The first 5 trials all failed: x"),
        ),
        (
            [ask(n) for n in range(5)] + [end(n, "failed", message="no " + "abcde"[n]) for n in range(5)],
            {"trials": 9},
            0,
            None,
            (2, ""),
        ),
        (  # messages that name what was tried
            [ask(n) for n in range(5)] + [end(n, "failed", message=f"no -{n}.5e-0{n}, x{n}") for n in range(5)],
            {"trials": 9},
            0,
            None,
            (0, "The first 5 trials all failed: no -0.5e-00, x0"),
        ),
        (
            [ask(n) for n in range(20)] + [end(n, "failed", message="no " + "x" * n) for n in range(20)],
            {"trials": 90},
            0,
            None,
            (0, "The first 20 trials all failed: no "),
        ),
        (  # one of them did well
            [ask(n) for n in range(21)]
            + [end(0, "finished", 1.0)]
            + [end(n, "failed", message="no " + "x" * n) for n in range(1, 21)],
            {"trials": 90},
            0,
            None,
            (2, ""),
        ),
        (
            [ask(n) for n in range(6)]
            + [end(0, "finished", 1.0)]
            + [end(n, "failed", message="x") for n in range(1, 6)],
            {"trials": 9},
            0,
            None,
            (2, ""),
        ),
        (
            [ask(n) for n in range(5)] + [end(n, "failed", message="Stopped.", by_hand=True) for n in range(5)],
            {"trials": 9},
            0,
            None,
            (2, ""),
        ),
    ],
)
def test_whether_another_may_begin(
    entries: list[Any], spec: dict[str, Any], now: float, combinations: int | None, expected: tuple[int, str]
) -> None:
    decision = decide(ledger(*entries), {**SPEC, **spec}, now, combinations)
    assert (decision.asks, decision.over) == expected


def test_what_was_written_is_read_again(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    journal.append([ask(0, x=1), ask(1, x=[2])])
    journal.append([])
    journal.append([end(0, "finished", 1.0)])
    journal.close()
    assert [entry["op"] for entry in read(tmp_path)] == ["ask", "ask", "end"]


@pytest.mark.parametrize("cut", range(1, 20))
def test_a_line_that_was_cut_off_is_not_there(tmp_path: Path, cut: int) -> None:
    journal = Journal(tmp_path)
    journal.append([ask(0), ask(1)])
    journal.close()
    path = tmp_path / NAME
    path.write_bytes(path.read_bytes()[:-cut])
    again = Journal(tmp_path)
    assert [entry["n"] for entry in again.entries()] == [0]
    again.append([ask(1)])
    again.close()
    assert [entry["n"] for entry in read(tmp_path)] == [0, 1]


def test_a_line_of_zeros_is_left_out(tmp_path: Path) -> None:
    (tmp_path / NAME).write_bytes(
        json.dumps(ask(0)).encode() + b"\n" + b"\0" * 50 + b"\n" + json.dumps(ask(1)).encode() + b"\n"
    )
    assert [entry["n"] for entry in read(tmp_path)] == [0, 1]


def _take(folder: Path) -> bool:
    try:
        Journal(folder).close()
    except BlockingIOError:
        return False
    return True


def test_one_process_at_a_time(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        assert pool.apply(_take, (tmp_path,)) is False
        journal.close()
        assert pool.apply(_take, (tmp_path,)) is True


def test_a_journal_is_read_on_from_where_it_was_left(tmp_path: Path) -> None:
    spec = {"objectives": [{"name": "a", "direction": "maximize"}], "space": {}, "sampler": "random"}
    study = Study(tmp_path, spec)
    study.write([ask(0), ask(1)])
    path = tmp_path / NAME
    reader = Reader()
    first = reader.read(tmp_path, spec)
    before = first.revision
    torn = json.dumps(end(0, "finished", 1.0)).encode()
    with path.open("ab") as file:
        file.write(torn[:20])
    assert reader.read(tmp_path, spec) is first
    assert first.counts["finished"] == 0
    with path.open("ab") as file:
        file.write(torn[20:] + b"\n")
    assert reader.read(tmp_path, spec) is first
    assert [trial.number for trial in first.changed(before)] == [0]
    study.close()
    path.write_bytes(path.read_bytes().splitlines(keepends=True)[0])
    assert reader.read(tmp_path, spec).trials == []
    with pytest.raises(FileNotFoundError):
        reader.read(tmp_path / "none", spec)


def again(n: int, tries: int, **more: Any) -> dict[str, Any]:
    return {"op": "again", "n": n, "try": tries, **more}


@pytest.mark.parametrize(
    ("entries", "aside"),
    [
        ([again(0, 2), again(0, 3)], []),
        ([again(0, 2), again(0, 3), again(1, 2)], [""]),
        ([again(0, 2), again(0, 3), end(1, "finished", 1.0), again(0, 4)], []),
        ([again(0, 2), again(0, 3), end(1, "failed", message="x"), again(0, 4)], []),
        ([again(0, 2), again(0, 3), end(1, "failed", message="x", machine=True)], [""]),
        ([again(0, 2, node="n1"), again(0, 3, node="n2"), again(0, 4, node="n1")], []),
        ([again(0, 2, node="n1"), end(1, "finished", 1.0, node="n2"), again(0, 3, node="n1"), again(2, 2, node="n1")], ["n1"]),
        ([again(n, t) for n in (0, 1) for t in (2, 3, 4)], ["", ""]),
    ],
)  # fmt: skip
def test_what_fails_three_times_running_is_put_aside(entries: list[Any], aside: list[str]) -> None:
    assert ledger(ask(0), ask(1), ask(2), *entries).aside == aside


def test_a_worker_less_for_each_that_was_put_aside() -> None:
    lost = [again(0, tries) for tries in (2, 3, 4)]
    assert decide(ledger(ask(0), *lost), {**SPEC, "workers": 3, "trials": 9}, 0, None).asks == 1
    over = decide(ledger(ask(0), *lost), {**SPEC, "workers": 1, "trials": 9}, 0, None)
    assert (over.failed, over.over) == (True, "Every worker was put aside: its runs failed three times running.")
    nodes = [again(0, tries, node="n1") for tries in (2, 3, 4)]
    found = ledger(ask(0), *nodes)
    assert decide(found, {**SPEC, "workers": 1, "trials": 9}, 0, None).over == ""
    said = status("s", found, {**SPEC, "trials": 9}, Decision(1), None)
    assert (said["aside"], said["message"]) == (["n1"], "n1 put aside: the machine ended three runs running.")


HOUR = 3600.0


@pytest.mark.parametrize(
    ("entries", "more", "cost", "over"),
    [
        ([], {"price": 2.0, "cost": 5}, 0.0, ""),
        ([ask(0), end(0, "finished", 1.0, seconds=HOUR)], {"price": 2.0, "cost": 5}, 2.0, ""),
        ([ask(0), end(0, "finished", 1.0, seconds=3 * HOUR)], {"price": 2.0, "cost": 5}, 6.0, "It has cost 5."),
        ([ask(0), again(0, 2, seconds=3 * HOUR)], {"price": 2.0, "cost": 5}, 6.0, "It has cost 5."),
        ([ask(0), end(0, "failed", message="x", seconds=HOUR)], {"price": 5.0, "cost": 5}, 5.0, "It has cost 5."),
        ([ask(0), end(0, "finished", 1.0, seconds=HOUR)], {"price": 2.0}, 2.0, ""),
        ([ask(0), end(0, "finished", 1.0, seconds=HOUR)], {}, None, ""),
    ],
)
def test_what_it_has_cost(entries: list[Any], more: dict[str, Any], cost: float | None, over: str) -> None:
    found = ledger(*entries)
    spec = {**SPEC, **more}
    assert cost_of(found, spec, 0.0) == cost
    assert decide(found, {**spec, "trials": 9}, 0, None).over == over


def test_trials_that_go_on_cost_too() -> None:
    found = ledger(ask(0))
    found.see(0, state="running", started="1970-01-01T00:00:00.000Z")
    assert cost_of(found, {"price": 3.0}, HOUR / 2) == 1.5


def test_trials_by_their_numbers_have_what_they_reported() -> None:
    known = ledger(ask(0), ask(1), end(0, "finished", 1.0, points=[[1, 0.5], [2, 1.0]]))
    found = chosen("s" * 32, known, "1,0,7")["trials"]
    assert [(row["number"], row["points"]) for row in found] == [(1, []), (0, [(1, 0.5), (2, 1.0)])]
    assert columns("s" * 32, known, {**SPEC, "space": {}}, 0)["reports"] == [2, 0]


@pytest.mark.parametrize("numbers", ["", "x", "1,", "-1", "1 ", "9" * 10, ",".join(["1"] * 201), "\u0661"])
def test_what_are_no_numbers_of_trials(numbers: str) -> None:
    with pytest.raises(Invalid, match="'numbers' are those of trials"):
        chosen("s" * 32, Ledger([True]), numbers)
