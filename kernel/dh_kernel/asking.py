"""`trial`, the first parameter of a function that asks for its others while it runs, with the methods of Optuna's.

    def train(trial, flights):
        kind = trial.suggest_categorical("kind", ["trees", "linear"])
        depth = trial.suggest_int("depth", 2, 12) if kind == "trees" else None

In a sweep the broker answers (LiveTrial); anywhere else values are given: `train(dh.FixedTrial({"kind": "linear"}))`.
"""

from __future__ import annotations

import contextlib
import inspect
import json
import os
import select
import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from .errors import Invalid
from .reporting import report, send

if TYPE_CHECKING:
    from collections.abc import Callable

    from ._contract import Dimension, RunDocument, TrialAnswer, TrialAsk, TrialDocument
    from .rundir import RunFolder

FIRST = "trial"
FIRST_LOOK, LAST_LOOK = 0.02, 0.5  # seconds between two looks for an answer, where no bell can be heard


class TrialPruned(Exception):
    """This trial is not worth going on: it ends as pruned. Optuna's own exception of this name means the same."""


class AnyTrial:
    """What a trial of Optuna offers to an objective. `_value(name, dimension)` says where values come from."""

    def __init__(self, number: int = 0) -> None:
        self.number = number
        self.params: dict[str, Any] = {}
        self.user_attrs: dict[str, Any] = {}

    def suggest_float(self, name: str, low: float, high: float, *, step: Any = None, log: bool = False) -> float:
        """A number from `low` to `high`; with `step` only low, low + step, …; with `log` each power of ten as likely."""
        return float(self._suggest(name, _range("float", float(low), float(high), step and float(step), log)))

    def suggest_int(self, name: str, low: int, high: int, *, step: int = 1, log: bool = False) -> int:
        """A whole number from `low` to `high`, both included."""
        given = None if step == 1 else int(step)
        return int(self._suggest(name, _range("int", int(low), int(high), given, log)))

    def suggest_categorical(self, name: str, choices: Sequence[Any]) -> Any:
        """One of `choices`, which JSON must be able to write."""
        written = [_written(name, one) for one in choices]
        chosen = self._suggest(name, {"type": "choice", "choices": [json.loads(text) for text in written]})
        value = choices[written.index(_written(name, chosen))]
        self.params[name] = value
        return value

    def report(self, value: Any, step: Any) -> None:
        """What the objective is by now."""

    def should_prune(self) -> bool:
        """Whether it is better to end this one: `raise dh.TrialPruned()`."""
        return False

    def set_user_attr(self, key: str, value: Any) -> None:
        """Note something of this trial, for `s.study`."""
        self.user_attrs[key] = value

    def _suggest(self, name: str, one: Dimension) -> Any:
        if name not in self.params:
            self.params[name] = self._value(name, one)
        if not _holds(one, self.params[name]):
            raise Invalid(
                f"'{name}' is {self.params[name]!r} in this trial, and that is none of {_shown(one)}.",
                "A name has one value in a trial: give another range another name.",
            )
        return self.params[name]

    def _value(self, name: str, one: Dimension) -> Any:
        raise NotImplementedError


class FixedTrial(AnyTrial):
    """Values that are given: to call such a function by hand, or to run it with the best that a sweep has found."""

    def __init__(self, params: Mapping[str, Any], number: int = 0) -> None:
        super().__init__(number)
        self._given = dict(params)

    def _value(self, name: str, one: Dimension) -> Any:
        if name not in self._given:
            raise Invalid(
                f"The function asks for '{name}' ({_shown(one)}), which was not given.",
                f"trial={{{', '.join(f'{known}: …' for known in [*self._given, name])}}}",
            )
        return self._given[name]


class LiveTrial(AnyTrial):
    """In a sweep. Each question is a line of metrics.jsonl; the broker writes answers.json and rings a bell."""

    def __init__(self, folder: RunFolder, document: TrialDocument) -> None:
        super().__init__(document["number"])
        self._folder = folder
        self._objective = document["objective"]
        self._prunes = document.get("prunes", False)
        self._asked = 0

    def report(self, value: Any, step: Any) -> None:
        """As `dh.report` of the sweep's first objective."""
        report({self._objective: value}, step=step)

    def should_prune(self) -> bool:
        """See AnyTrial; never in a sweep without `--prune`."""
        return self._prunes and bool(self._answer({"prune": True}).get("prune"))

    def set_user_attr(self, key: str, value: Any) -> None:
        """See AnyTrial. What JSON can't write is noted as a text."""
        super().set_user_attr(key, value)
        send({"time": time.time(), "notes": {str(key): json.loads(json.dumps(value, default=str))}})

    def _value(self, name: str, one: Dimension) -> Any:
        answer = self._answer({"name": str(name), "of": one})
        if "refused" in answer:
            raise Invalid(answer["refused"], answer.get("hint", ""))
        return answer["value"]

    def _answer(self, ask: TrialAsk) -> TrialAnswer:
        """Waits for it."""
        place, self._asked = self._asked, self._asked + 1
        with _bell(self._folder) as bell:
            send({"time": time.time(), "asks": ask}, or_fail=True)
            pause = FIRST_LOOK
            while True:
                answers = self._folder.read_answers()
                if place < len(answers):
                    return answers[place]
                if not _heard(bell, pause):
                    pause = min(LAST_LOOK, pause * 2)


def is_asked_for(schema: Mapping[str, Any]) -> bool:
    """By the schema of a function's parameters: whether its first one is a trial, and not a number, say, of that name."""
    name, first = next(iter(schema.get("properties", {}).items()), ("", {}))
    return bool(name == FIRST and not {"type", "enum", "input", "default"} & set(first))


def trial_for(function: Callable[..., Any], run: RunDocument, folder: RunFolder | None) -> AnyTrial | None:
    """What a run's function gets as its first parameter; None if that is no trial."""
    parameters = inspect.signature(function).parameters
    if next(iter(parameters), "") != FIRST:
        return None
    if "trial" in run and folder is not None:
        return LiveTrial(folder, run["trial"])
    given = run["parameters"].get(FIRST)
    typed = parameters[FIRST].annotation in (dict, "dict") or str(parameters[FIRST].annotation).startswith("dict[")
    return FixedTrial(given) if isinstance(given, Mapping) and not typed else None


@contextlib.contextmanager
def _bell(folder: RunFolder) -> Any:
    """A pipe that the broker writes into when it has answered; None where there are no pipes."""
    try:
        os.mkfifo(folder.bell, 0o600)
        descriptor = os.open(folder.bell, os.O_RDWR | os.O_NONBLOCK)
    except OSError:
        yield None
        return
    try:
        yield descriptor
    finally:
        os.close(descriptor)
        with contextlib.suppress(OSError):
            folder.bell.unlink()


def _heard(bell: int | None, seconds: float) -> bool:
    if bell is None:
        time.sleep(seconds)
        return False
    if not select.select([bell], [], [], LAST_LOOK)[0]:
        return False
    os.read(bell, 4096)
    return True


def _range(kind: Any, low: float, high: float, step: Any, log: bool) -> Dimension:
    found: Dimension = {"type": kind, "low": low, "high": high}
    if log:
        found["log"] = True
    if step is not None:
        found["step"] = step
    return found


def _written(name: str, value: Any) -> str:
    try:
        return json.dumps(value, sort_keys=True, allow_nan=False, default=lambda number: number.item())
    except (AttributeError, TypeError, ValueError):
        raise Invalid(
            f"{name}: {value!r} can't be among the choices: JSON has nothing like it.",
            "Choose among names, and look the thing up: {'relu': nn.ReLU}[trial.suggest_categorical(…)]",
        ) from None


def _holds(one: Dimension, value: Any) -> bool:
    if one["type"] == "choice":
        return any(_written("", value) == _written("", choice) for choice in one["choices"])
    return isinstance(value, (int, float)) and not isinstance(value, bool) and one["low"] <= value <= one["high"]


def _shown(one: Dimension) -> str:
    if one["type"] == "choice":
        return "{" + ", ".join(map(str, one["choices"])) + "}"
    return f"{one['low']}..{one['high']}"
