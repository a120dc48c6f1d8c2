"""What a trial reached: its objectives and constraints, from what its run returned and reported. Pure."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from dh_kernel.errors import Invalid, did_you_mean

_CONSTRAINT = re.compile(r"\s*([A-Za-z_]\w*)\s*(<=|>=|<|>)\s*([-+]?[\d.]+(?:[eE][-+]?\d+)?)\s*")
SHOWN = 8  # names told
LONGEST = 40  # characters of a text that is told


class Reached(NamedTuple):
    """`values` by objective, in their order; None with `message` for a trial that has failed."""

    values: dict[str, float] | None
    violations: tuple[float, ...] = ()
    message: str = ""


class Constraint(NamedTuple):
    """`name` must stay below `limit`, or above."""

    name: str
    below: bool
    limit: float

    def violation(self, value: float) -> float:
        """By how much it is broken; <= 0 is kept."""
        return value - self.limit if self.below else self.limit - value


def constraint_of(text: str) -> Constraint:
    """`seconds <= 60`. Raises Invalid."""
    found = _CONSTRAINT.fullmatch(text)
    if found is None:
        raise Invalid(f"'{text[:80]}' is no constraint.", "NAME <= NUMBER or NAME >= NUMBER, e.g. seconds <= 60")
    return Constraint(found[1], found[2].startswith("<"), float(found[3]))


def read(spec: Mapping[str, Any], results: Mapping[str, Any], metrics: Mapping[str, Any]) -> Reached:
    """`results` are what the run returned by name, `metrics` the last values that it reported."""
    known = {**_numbers(metrics), **_numbers(results)}
    values: dict[str, float] = {}
    for objective in spec["objectives"]:
        name = objective["name"]
        if name not in known:
            return Reached(None, message=_missing(name, results, metrics))
        if not math.isfinite(known[name]):
            return Reached(None, message=f"'{name}' is {_word(known[name])}.")
        values[name] = known[name]
    constraints = [constraint_of(text) for text in spec.get("constraints") or ()]
    for one in constraints:
        if one.name not in known:
            return Reached(None, message=_missing(one.name, results, metrics))
    return Reached(values, tuple(one.violation(known[one.name]) for one in constraints))


def unnamed(spec: Mapping[str, Any], value: Mapping[str, Any]) -> dict[str, Any]:
    """A bare number that was returned (or a tuple of so many as there are objectives) is the objective: nothing else can be
    meant. `value` is the contract's Value."""
    names = [objective["name"] for objective in spec["objectives"]]
    parts = value.get("tuple_of") or [value]
    numbers = _numbers({name: part.get("json", part.get("number")) for name, part in zip(names, parts, strict=False)})
    return dict(numbers) if len(numbers) == len(parts) == len(names) else {}


def _missing(name: str, results: Mapping[str, Any], metrics: Mapping[str, Any]) -> str:
    """Lists what there is instead."""
    if name in results:
        return f"'{name}' is {_kind(results[name])}, no number."
    known = sorted({*_numbers(metrics), *_numbers(results)})
    if known:
        more = f" and {len(known) - SHOWN} more" if len(known) > SHOWN else ""
        near = did_you_mean(name, known)
        near = near if near.startswith("Did you mean") else ""
        return f"It returned no number '{name}'; its numbers are {', '.join(known[:SHOWN])}{more}. {near}".strip()
    others = sorted(set(results) | set(metrics))
    what = f"only {', '.join(others[:SHOWN])}" if others else "nothing"
    return f"It returned no number '{name}': it returned {what}."


def _kind(value: Any) -> str:
    """In words, with what it is if that is short."""
    if isinstance(value, bool) or value is None:
        return {True: "True", False: "False", None: "None"}[value]
    if isinstance(value, str):
        return f"the text {value!r}" if len(value) <= LONGEST else "a text"
    return "a list" if isinstance(value, Sequence) else "an object" if isinstance(value, Mapping) else "something else"


def _numbers(found: Mapping[str, Any]) -> dict[str, float]:
    numbers: dict[str, float] = {}
    for name, value in found.items():
        last = value[-1] if isinstance(value, Sequence) and not isinstance(value, str) and value else value
        if (isinstance(last, str) and last in _WORDS) or (
            isinstance(last, (int, float)) and not isinstance(last, bool)
        ):
            numbers[name] = float(last)
    return numbers


_WORDS = ("NaN", "Infinity", "-Infinity")


def _word(value: float) -> str:
    return "not a number" if value != value else "infinite"
