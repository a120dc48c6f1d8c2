"""One parameter's range or choices, checked. Pure.

Errors name no parameter: who knows its name says it (`named`).
"""

from __future__ import annotations

import contextlib
import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..arguments import Ref, Text, is_table
from ..errors import Invalid


@dataclass(frozen=True)
class Dimension:
    """`wire` is a contract's Dimension: {type: float|int, low, high, log?, step?} or {type: choice, choices}; a choice
    may still be a table or a handle, which becomes a reference when the sweep is sent."""

    wire: Mapping[str, Any]

    def __repr__(self) -> str:
        wire = self.wire
        if wire["type"] == "choice":
            return "{" + ", ".join(map(shown, wire["choices"])) + "}"
        return _written(wire["low"], wire["high"], bool(wire.get("log")), wire.get("step"))


@dataclass(frozen=True)
class Fixed:
    """A value that all trials have."""

    value: Any


def span(low: Any, high: Any, *, log: bool = False, step: Any = None, whole: bool | None = None) -> Dimension:
    """From `low` to `high`, both included; whole numbers if both bounds are, unless `whole` says. Raises Invalid."""
    low, high = _bound("begin", low), _bound("end", high)
    if whole is None:
        whole = isinstance(low, int) and isinstance(high, int) and isinstance(step, (int, type(None)))
    _check_bounds(low, high, log, step)
    _check_step(low, high, log, step)
    kind = int if whole else float
    for number in (low, high, *(() if step is None else (step,))):
        if whole and number != int(number):
            raise Invalid(f"{shown(number)} is not a whole number.", f"Write {math.ceil(low)}..{math.floor(high)}.")
    wire: dict[str, Any] = {"type": kind.__name__, "low": kind(low), "high": kind(high)}
    if log:
        wire["log"] = True
    if step is not None:
        wire["step"] = kind(step)
    return Dimension(wire)


def choice(values: Sequence[Any]) -> Dimension:
    """One of these. Raises Invalid if there is none, if one stands there twice, or if they are of different kinds."""
    if not values:
        raise Invalid("There are no choices.", "Write at least two: {adam,sgd}.")
    kinds: dict[str, Any] = {}
    for value in values:
        if value is not None:  # which stands for the absence of any kind
            kinds.setdefault(_kind(value), value)
    if len(kinds) > 1:
        (one, first), (other, second) = list(kinds.items())[:2]
        raise Invalid(
            f"The choices are of different kinds: {shown(first)} is {one}, {shown(second)} is {other}.",
            "Choose among values of one kind; null may stand among them.",
        )
    for place, value in enumerate(values):
        if any(_same(value, before) for before in values[:place]):
            raise Invalid(f"{shown(value)} is among the choices twice.")
    return Dimension({"type": "choice", "choices": list(values)})


@contextlib.contextmanager
def named(name: str) -> Iterator[None]:
    """What is refused inside is said of this parameter."""
    try:
        yield
    except Invalid as error:
        raise Invalid(f"{name}: {error.message}", error.hint, error.details) from None


def shown(value: Any) -> str:
    """A value as an error says it: texts in quotes, tables by their type."""
    if isinstance(value, (Ref, Text)):
        return f"'{value.text}'"
    if value is None or isinstance(value, bool):
        return json.dumps(value)
    return repr(value) if isinstance(value, (int, float, str, list, dict)) else f"a {type(value).__name__}"


def _bound(which: str, value: Any) -> Any:
    """A plain number; numpy's become one."""
    plain = value.item() if hasattr(value, "item") and getattr(value, "shape", None) == () else value
    if not _number(plain):
        raise Invalid(f"A range must {which} with a number, and has {shown(plain)}.", "e.g. 1e-5..1e-1:log or 8..64")
    if not math.isfinite(plain):
        raise Invalid(f"A range must {which} with a finite number, and has {plain!r}.", "e.g. 1e-5..1e-1:log or 8..64")
    return plain


def _number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _check_bounds(low: Any, high: Any, log: bool, step: Any) -> None:
    if low > high:
        turned = _written(high, low, log, step)
        raise Invalid(f"{_written(low, high, log, step)} runs backwards.", f"The smaller first: {turned}.")
    if low == high:
        raise Invalid(f"{_written(low, high, log, step)} is a single value.", f"Fix it by ={shown(low)}, or widen it.")
    if log and low <= 0:
        raise Invalid(
            f"A logarithmic range must begin above 0, and begins at {shown(low)}.",
            f"Begin above 0 (e.g. 1e-5..{shown(high)}:log), or leave :log away.",
        )


def _check_step(low: Any, high: Any, log: bool, step: Any) -> None:
    if step is None:
        return
    if not _number(step) or not math.isfinite(step) or step <= 0:
        raise Invalid(f"A step must be a number above 0, and is {shown(step)}.", "e.g. 0..0.5:0.1")
    if log:
        raise Invalid("A logarithmic range has no step.", f"Either {_written(low, high, True, None)} or a step.")
    if step > high - low:
        raise Invalid(
            f"The step {shown(step)} is wider than {_written(low, high, False, None)}.",
            "Make it smaller than the range.",
        )


def _written(low: Any, high: Any, log: bool, step: Any) -> str:
    """As it is typed in a line."""
    return f"{shown(low)}..{shown(high)}" + (":log" if log else "") + ("" if step is None else f":{shown(step)}")


def _kind(value: Any) -> str:
    if isinstance(value, bool):
        return "true or false"
    if _number(value) or (hasattr(value, "item") and getattr(value, "shape", None) == ()):
        return "a number"
    if isinstance(value, (str, Text)):
        return "a text"
    if isinstance(value, Ref) or is_table(value) or isinstance(getattr(value, "key", None), str):
        return "a reference"
    return (
        "a list"
        if isinstance(value, (list, tuple))
        else "a dict"
        if isinstance(value, Mapping)
        else type(value).__name__
    )


def _same(one: Any, other: Any) -> bool:
    """Tables are never compared, a number and a bool are not the same."""
    return one is other if is_table(one) or is_table(other) else type(one) is type(other) and bool(one == other)
