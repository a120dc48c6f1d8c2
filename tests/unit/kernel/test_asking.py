"""`trial` as a first parameter: values that were given, and values that somebody answers."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import dh_kernel as dh
from dh_kernel.asking import LiveTrial, is_asked_for, trial_for
from dh_kernel.errors import Invalid
from dh_kernel.reporting import send_to
from dh_kernel.rundir import RunFolder

ACTIVATIONS = {"relu": (64,), "tanh": (64, 64)}


def train(trial: Any, scale: float = 1.0) -> float:
    kind = trial.suggest_categorical("kind", ["linear", "net"])
    if kind == "linear":
        return scale * trial.suggest_float("lr", 1e-5, 1e-1, log=True)
    layers = trial.suggest_categorical("layers", list(ACTIVATIONS.values()))
    trial.report(0.1, 1)
    trial.set_user_attr("layers", len(layers))
    assert not trial.should_prune()
    return float(scale * len(layers) * trial.suggest_int("width", 8, 64, step=8))


def test_called_by_hand() -> None:
    assert train(dh.FixedTrial({"kind": "linear", "lr": 0.01})) == 0.01
    trial = dh.FixedTrial({"kind": "net", "layers": [64, 64], "width": 16}, number=7)
    assert train(trial=trial, scale=2.0) == 64.0
    assert trial.params == {"kind": "net", "layers": (64, 64), "width": 16}
    assert (trial.number, trial.user_attrs) == (7, {"layers": 2})


def test_called_by_hand_with_optunas_own() -> None:
    optuna = pytest.importorskip("optuna")
    assert train(optuna.trial.FixedTrial({"kind": "linear", "lr": 0.01})) == 0.01


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({}, "asks for 'kind' ({linear, net}), which was not given"),
        ({"kind": "linear", "lr": 5.0}, "'lr' is 5.0 in this trial, and that is none of 1e-05..0.1"),
        ({"kind": "tree"}, "'kind' is 'tree' in this trial"),
    ],
)
def test_what_was_given_must_be_what_is_asked_for(given: Any, says: str) -> None:
    with pytest.raises(Invalid) as raised:
        train(dh.FixedTrial(given))
    assert says in raised.value.message


def test_choices_are_what_json_can_write() -> None:
    with pytest.raises(Invalid, match="JSON has nothing like it"):
        dh.FixedTrial({"f": 1}).suggest_categorical("f", [print, len])


@pytest.mark.parametrize(
    ("properties", "expected"),
    [
        ({"trial": {}, "x": {}}, True),
        ({"trial": {"annotation": "optuna.Trial"}}, True),
        ({"x": {}, "trial": {}}, False),
        ({"trial": {"type": "integer", "annotation": "int"}}, False),
        ({"trial": {"default": 3}}, False),
        ({}, False),
    ],
)
def test_by_its_first_parameter(properties: Any, expected: bool) -> None:
    assert is_asked_for({"properties": properties}) is expected


def typed(trial: dict[str, Any]) -> Any:
    return trial["x"]


def test_a_plain_run_is_given_a_dict() -> None:
    run: Any = {"parameters": {"trial": {"kind": "linear", "lr": 0.1}}}
    made: Any = trial_for(train, run, None)
    assert train(made) == 0.1
    assert trial_for(typed, run, None) is None
    assert trial_for(train, {"parameters": {}}, None) is None  # type: ignore[typeddict-item]


class Broker(threading.Thread):
    """Answers what comes, in another thread of this process, told by the wake pipe's place: the folder's own bell."""

    def __init__(self, folder: RunFolder, answers: list[Any], come: threading.Semaphore) -> None:
        super().__init__(daemon=True)
        self.folder, self.answers, self.come = folder, answers, come

    def run(self) -> None:
        for count in range(1, len(self.answers) + 1):
            self.come.acquire()
            self.folder.write_answers(self.answers[:count])


@pytest.fixture
def asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    folder, come = RunFolder(tmp_path), threading.Semaphore(0)
    append = folder.append_metric

    def tell(line: Any) -> None:
        append(line)
        if "asks" in line:
            come.release()

    monkeypatch.setattr(folder, "append_metric", tell)
    send_to(folder)
    yield lambda *answers: Broker(folder, list(answers), come).start() or folder
    send_to(None)


def test_a_question_waits_for_its_answer(asked: Any) -> None:
    folder = asked({"value": "net"}, {"value": [64, 64]}, {"prune": False}, {"value": 32})
    trial = LiveTrial(folder, {"number": 3, "objective": "auc", "prunes": True})
    assert train(trial) == 64.0
    assert trial.params == {"kind": "net", "layers": (64, 64), "width": 32}
    lines, _ = folder.read_metrics()
    assert [line["asks"].get("name", "?") for line in lines if "asks" in line] == ["kind", "layers", "?", "width"]
    assert [line["values"] for line in lines if "values" in line] == [{"auc": 0.1}]
    assert [line["notes"] for line in lines if "notes" in line] == [{"layers": 2}]
    assert not folder.bell.exists()


def test_a_refusal_is_raised(asked: Any) -> None:
    trial = LiveTrial(asked({"refused": "No.", "hint": "Ask otherwise."}), {"number": 0, "objective": "auc"})
    with pytest.raises(Invalid, match=r"No\.") as raised:
        trial.suggest_int("n", 1, 2)
    assert raised.value.hint == "Ask otherwise."
    assert not trial.should_prune(), "nobody prunes: nobody is asked"
