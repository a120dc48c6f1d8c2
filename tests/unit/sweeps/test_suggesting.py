"""What trials ask for while they run: what can be had, the same again after a new beginning, and who answers."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from dh_jupyter.sweeps.answering import Answering
from dh_jupyter.sweeps.checks import checked
from dh_jupyter.sweeps.shown import columns
from dh_jupyter.sweeps.study import Study, read_ledger
from dh_jupyter.sweeps.suggesting import check_suggested, widened
from dh_kernel.errors import Invalid
from dh_kernel.rundir import RunFolder

LR: Any = {"type": "float", "low": 1e-5, "high": 1e-1, "log": True}
KIND: Any = {"type": "choice", "choices": ["trees", "linear"]}
DEPTH: Any = {"type": "int", "low": 2, "high": 12}
SPEC: dict[str, Any] = {
    "space": {},
    "conditional": True,
    "objectives": [{"name": "auc", "direction": "maximize"}],
    "workers": 2,
    "trials": 100,
    "sampler": "random",
    "seed": 7,
}


@pytest.mark.parametrize(
    ("one", "known", "says"),
    [
        (LR, None, None),
        (LR, LR, None),
        ({**LR, "high": 1.0}, LR, None),
        ({"type": "int", "low": 1, "high": 1}, None, None),  # found while it runs
        ({"type": "choice", "choices": ["one"]}, None, None),
        ({"type": "float", "low": 2.0, "high": 1.0}, None, "x: 2.0..1.0 runs backwards"),
        ({**LR, "low": 0.0}, None, "must begin above 0"),
        ({"type": "float", "low": 0.0}, None, "the range has no 'high'"),
        ({"type": "choice", "choices": ["a", 1]}, None, "of different kinds"),
        ({"type": "choice", "choices": []}, None, "no choices"),
        (DEPTH, LR, "'x' is 2..12 here, and was 1e-05..0.1 in another trial"),
        ({"type": "choice", "choices": ["trees"]}, KIND, "'x' has other choices than in another trial"),
    ],
)
def test_what_can_be_asked_for(one: Any, known: Any, says: str | None) -> None:
    asked = {"x": known} if known else {}
    if says is None:
        check_suggested("x", one, asked)
        return
    with pytest.raises(Invalid) as raised:
        check_suggested("x", one, asked)
    assert says in raised.value.message


@pytest.mark.parametrize(
    ("before", "one", "expected"),
    [
        (None, DEPTH, DEPTH),
        (DEPTH, {**DEPTH, "high": 20}, {**DEPTH, "high": 20}),
        (DEPTH, {**DEPTH, "low": 1, "high": 3}, {**DEPTH, "low": 1}),
        (LR, {**LR, "low": 1e-6}, {**LR, "low": 1e-6}),
        (LR, {"type": "float", "low": 0.0, "high": 1.0}, {"type": "float", "low": 0.0, "high": 1.0}),
        ({**DEPTH, "step": 2}, {**DEPTH, "high": 20, "step": 2}, {**DEPTH, "high": 20, "step": 2}),
        ({**DEPTH, "step": 2}, {**DEPTH, "low": 1, "step": 2}, {**DEPTH, "low": 1}),
        (KIND, KIND, KIND),
    ],
)
def test_of_two_ranges_the_one_that_holds_both(before: Any, one: Any, expected: Any) -> None:
    assert widened(before, one) == expected


def ask_for(study: Study, number: int) -> Any:
    """As a function with branches would."""
    kind = study.suggest(number, "kind", KIND)
    name, one = ("depth", DEPTH) if kind == "trees" else ("lr", LR)
    return study.suggest(number, name, one)


@pytest.mark.parametrize("sampler", ["random", "tpe", "qmc", "cmaes", "nsgaii"])
def test_what_was_suggested_is_the_same_after_a_new_beginning(tmp_path: Path, sampler: str) -> None:
    spec = {**SPEC, "sampler": sampler}
    study = Study(tmp_path, spec)
    for number in range(14):
        study.ask(1)
        value = ask_for(study, number)
        assert ask_for(study, number) == value
        if number != 13:
            study.write([{"op": "end", "n": number, "state": "finished", "values": {"auc": float(number)}}])
    before = [trial.parameters for trial in study.ledger.trials]
    study.close()
    again = Study(tmp_path, spec)
    assert [trial.parameters for trial in again.ledger.trials] == before
    assert again.ledger.space == {"kind": KIND, "depth": DEPTH, "lr": LR}
    ask_for(again, 13)
    assert again.suggest(13, "more", LR) == again.suggest(13, "more", LR), "it goes on to ask"
    again.write([{"op": "end", "n": 13, "state": "finished", "values": {"auc": 1.0}}])
    again.ask(1)
    assert ask_for(again, 14) is not None
    again.close()


def test_a_name_has_one_value_in_a_trial(tmp_path: Path) -> None:
    study = Study(tmp_path, SPEC)
    study.ask(1)
    value = study.suggest(0, "depth", DEPTH)
    with pytest.raises(Invalid, match=f"'depth' is {value} in this trial"):
        study.suggest(0, "depth", {"type": "int", "low": 100, "high": 200})
    with pytest.raises(Invalid, match="of different kinds"):
        study.suggest(0, "other", {"type": "choice", "choices": ["a", 1]})
    assert study.ledger.trials[0].parameters == {"depth": value}
    study.close()


def test_what_was_picked_is_had_when_it_is_asked_for_and_fits(tmp_path: Path) -> None:
    study = Study(tmp_path, {**SPEC, "sampler": "tpe", "fixed": [{"kind": "linear", "lr": 0.05, "depth": 99}]})
    study.ask(2)
    assert study.suggest(0, "kind", KIND) == "linear"
    assert study.suggest(0, "lr", LR) == 0.05
    assert 2 <= study.suggest(0, "depth", DEPTH) <= 12, "99 lies outside"
    study.write([{"op": "end", "n": 0, "state": "finished", "values": {"auc": 1.0}}])
    ask_for(study, 1)
    study.close()


def test_trials_of_a_sweep_that_asked_for_other_choices_tell_nothing(tmp_path: Path) -> None:
    first = Study(tmp_path / "one", {**SPEC, "sampler": "tpe"})
    for number in range(12):
        first.ask(1)
        ask_for(first, number)
        first.write([{"op": "end", "n": number, "state": "finished", "values": {"auc": float(number)}}])
    second = Study(tmp_path / "two", {**SPEC, "sampler": "tpe"}, first.ledger.trials)
    second.ask(1)
    assert second.suggest(0, "kind", {"type": "choice", "choices": ["a", "b", "c"]}) in ("a", "b", "c")
    second.ask(1)
    assert second.suggest(1, "depth", DEPTH) >= 2
    first.close()
    second.close()


def test_columns_have_all_names_and_are_blank_where_one_did_not_ask(tmp_path: Path) -> None:
    study = Study(tmp_path, {**SPEC, "fixed": [{"kind": "trees"}, {"kind": "linear"}]})
    study.ask(2)
    values = [ask_for(study, number) for number in (0, 1)]
    ended = {"op": "end", "n": 0, "state": "finished", "values": {"auc": 1.0}, "points": [[1, 0.5]]}
    study.write([{**ended, "attributes": {"note": "x"}}])
    study.close()
    ledger = read_ledger(tmp_path, SPEC)
    found = columns("s", ledger, SPEC, 0, details=True)
    assert found["parameters"] == {"kind": ["trees", "linear"], "depth": [values[0], None], "lr": [None, values[1]]}
    assert found["space"] == {"kind": KIND, "depth": DEPTH, "lr": LR}
    assert (found["points"], found["attributes"]) == ([[(1, 0.5)], []], [{"note": "x"}, {}])
    assert "points" not in columns("s", ledger, SPEC, 0)


def test_importance_is_of_what_all_trials_have(tmp_path: Path) -> None:
    study = Study(tmp_path, SPEC)
    for number in range(20):
        study.ask(1)
        value = float(ask_for(study, number))
        study.write([{"op": "end", "n": number, "state": "finished", "values": {"auc": value}}])
    assert study.importance() == {"kind": pytest.approx(1.0)}
    study.close()


def test_a_grid_is_refused() -> None:
    with pytest.raises(Invalid, match="A grid has all its combinations before it begins"):
        checked({**SPEC, "sampler": "grid"})


class Folder:
    """An attempt's folder, and the trial's study."""

    def __init__(self, tmp_path: Path, **more: Any) -> None:
        self.study = Study(tmp_path / "sweep", {**SPEC, **more})
        self.study.ask(1)
        self.files = RunFolder(tmp_path / "1")
        self.files.path.mkdir()
        self.run: Any = {"id": "r"}
        self.answering = Answering(lambda run: self.files.path)

    def ask(self, *lines: Any) -> Any:
        for line in lines:
            self.files.append_metric({"time": 1.0, **line})
        self.answering.answer(self.study, self.study.ledger.trials[0], self.run)
        return self.files.read_answers()


def test_questions_are_answered_in_their_places_and_again_by_the_next_broker(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    first = folder.ask({"asks": {"name": "kind", "of": KIND}}, {"asks": {"name": "x", "of": {**LR, "low": 1.0}}})
    assert first[0]["value"] in KIND["choices"]
    assert "runs backwards" in first[1]["refused"]
    folder.ask({"values": {"auc": 0.5}, "step": 1}, {"notes": {"a": 1}})
    assert folder.study.ledger.trials[0].attributes == {"a": 1}
    folder.files.answers.unlink()
    folder.answering = Answering(lambda run: folder.files.path)
    assert folder.ask() == first
    assert folder.ask({"asks": {"name": "kind", "of": KIND}})[2] == first[0]
    folder.study.close()


@pytest.mark.parametrize(
    "ask", [{}, {"name": 3, "of": KIND}, {"name": "x"}, {"name": "x", "of": {"type": "odd"}}, [], 3]
)
def test_what_is_no_question_is_refused(tmp_path: Path, ask: Any) -> None:
    folder = Folder(tmp_path)
    (answer,) = folder.ask({"asks": ask})
    assert answer["refused"]
    folder.study.close()


def test_whether_it_is_worth_going_on(tmp_path: Path) -> None:
    folder = Folder(tmp_path, pruner={"kind": "median", "startup_trials": 1})
    prune = {"asks": {"prune": True}}
    assert folder.ask({"values": {"auc": 0.1}, "step": 1}, prune) == [{"prune": False}], "there is no other yet"
    folder.study.ask(1)
    folder.study.write(
        [{"op": "end", "n": 1, "state": "finished", "values": {"auc": 1.0}, "points": [[1, 0.9], [2, 1.0]]}]
    )
    assert folder.ask({"values": {"auc": 0.2}, "step": 2}, prune)[-1] == {"prune": True}
    assert folder.study.ledger.trials[0].pruned_at == 2
    folder.study.close()


def test_what_could_not_be_written_is_told_later(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The disk is full where the answers lie, then not any more."""
    folder = Folder(tmp_path)
    replace = os.replace
    monkeypatch.setattr(os, "replace", _full)
    with pytest.raises(OSError, match="No space"):
        folder.ask({"asks": {"name": "kind", "of": KIND}})
    assert folder.files.read_answers() == []
    monkeypatch.setattr(os, "replace", replace)
    (answer,) = folder.ask()
    assert answer == {"value": folder.study.ledger.trials[0].parameters["kind"]}
    folder.study.close()


def _full(*_: Any) -> None:
    raise OSError(28, "No space left on device")
