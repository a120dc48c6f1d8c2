"""What is varied: dimensions checked, counted, and all combinations of them by number. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from dh_kernel.errors import Invalid

Dimension = Mapping[str, Any]
Space = Mapping[str, Dimension]

MOST_WHOLE = 2**53  # beyond it two neighbours are the same to a sampler


def check_space(space: Space) -> None:
    """Raise Invalid, with one detail for each fault, for a dimension that is none."""
    faults = [f"{name}: {fault}" for name, one in space.items() for fault in _faults(one)]
    if faults:
        raise Invalid(faults[0], "e.g. 1e-5..1e-1:log, 8..64, 0..0.5:0.1 or {adam,sgd}", faults[1:])


def _faults(one: Dimension) -> Iterator[str]:
    if one["type"] == "choice":
        yield from _faults_of_choices(one)
        return
    missing = [word for word in ("low", "high") if word not in one]
    if missing:
        yield f"the range has no '{missing[0]}'."
        return
    low, high, step = one["low"], one["high"], one.get("step")
    if not all(map(_is_finite, (low, high, step or 1))):
        yield "the range does not begin and end with finite numbers."
    elif not _is_finite(float(high) - float(low)):
        yield f"{low}..{high} is wider than numbers can tell."
    elif low > high:
        yield f"{low}..{high} runs backwards; the smaller first: {high}..{low}."
    elif low == high:
        yield f"{low}..{high} is a single value: fix it by ={low}, or widen it."
    elif one.get("log") and low <= 0:
        yield f"a logarithmic range must begin above 0, and begins at {low}."
    elif one.get("log") and step is not None:
        yield "a logarithmic range has no step."
    elif step is not None and step > high - low:
        yield f"the step {step} is wider than {low}..{high}."
    elif one["type"] == "int" and any(number != int(number) for number in (low, high, step or 1)):
        yield "a range of whole numbers has whole bounds and a whole step."
    elif one["type"] == "int" and max(abs(low), abs(high)) > MOST_WHOLE:
        yield f"a range of whole numbers lies between -{MOST_WHOLE} and {MOST_WHOLE}."


def _is_finite(number: float) -> bool:
    """JSON has whole numbers that no float can hold."""
    try:
        return math.isfinite(number)
    except OverflowError:
        return False


def _faults_of_choices(one: Dimension) -> Iterator[str]:
    choices = one.get("choices")
    if not choices:
        yield "there are no choices."
        return
    seen: list[Any] = []
    for value in choices:
        if any(type(value) is type(other) and value == other for other in seen):
            yield f"{value!r} is among the choices twice."
        seen.append(value)
    kinds: dict[str, Any] = {_kind(value): value for value in reversed(choices) if value is not None}
    if len(kinds) > 1:
        (kind, first), (other, second) = list(kinds.items())[:2]
        yield f"the choices are of different kinds: {first!r} is {kind}, {second!r} is {other}."


def _kind(value: Any) -> str:
    """In words; null may stand among choices of any kind."""
    if isinstance(value, bool):
        return "true or false"
    words: dict[Any, str] = {str: "a text", list: "a list", dict: "an object"}
    return words.get(type(value), "a number")


def holds(one: Dimension, value: Any) -> bool:
    """Whether a value lies in a dimension (on its steps or off them)."""
    if one["type"] == "choice":
        return any(type(value) is type(other) and value == other for other in one["choices"])
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return False
    return bool(one["low"] <= value <= one["high"]) and (one["type"] == "float" or value == int(value))


def extremes(space: Space) -> list[dict[str, Any]]:
    """Parameters that between them have every bound and every choice: what fits all of them fits the space."""
    columns = {name: list(one["choices"]) if one["type"] == "choice" else _ends(one) for name, one in space.items()}
    rows = max((len(column) for column in columns.values()), default=1)
    return [{name: column[min(row, len(column) - 1)] for name, column in columns.items()} for row in range(rows)]


def _ends(one: Dimension) -> list[Any]:
    kind = int if one["type"] == "int" else float
    return [kind(one["low"]), kind(one["high"])]


# -- all combinations ----------------------------------------------------------------------------------------------


def size(one: Dimension) -> int | None:
    """How many values there are; None for a range without steps."""
    if one["type"] == "choice":
        return len(one["choices"])
    step = one.get("step") or (1 if one["type"] == "int" else None)
    return None if step is None else math.floor((one["high"] - one["low"]) / step + 1e-9) + 1


def grid_size(space: Space) -> int:
    """Of the whole grid. Raises Invalid for a range that has no steps."""
    for name, one in space.items():
        if size(one) is None or (one["type"] == "int" and one.get("log")):
            raise Invalid(
                f"{name}: a grid needs steps or choices, and {one['low']}..{one['high']} has none.",
                f"Give a step ({name}={one['low']}..{one['high']}:STEP) or choices ({name}={{…}}).",
            )
    return math.prod(size(one) or 1 for one in space.values())


def tried(space: Space, parameters: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Which combinations of a grid are among those parameters, each once."""
    values = {name: [value_at(one, place) for place in range(size(one) or 1)] for name, one in space.items()}
    numbers = {_number_of(values, one) for one in parameters}
    return [combination(space, number) for number in sorted(numbers - {-1})]


def _number_of(values: Mapping[str, Sequence[Any]], parameters: Mapping[str, Any]) -> int:
    """Of a combination of the grid; -1 if it is none."""
    number = 0
    for name, known in values.items():
        given = parameters.get(name)
        place = next((i for i, value in enumerate(known) if type(value) is type(given) and value == given), -1)
        if place < 0:
            return -1
        number = number * len(known) + place
    return number


def combination(space: Space, number: int) -> dict[str, Any]:
    """The `number`-th of the grid, the last dimension changing fastest. None is there twice, none is left out."""
    found: dict[str, Any] = {}
    for name, one in reversed(space.items()):  # type: ignore[call-overload]
        number, place = divmod(number, size(one) or 1)
        found[name] = value_at(one, place)
    return {name: found[name] for name in space}


def value_at(one: Dimension, place: int) -> Any:
    """The value at a place of a dimension that has steps or choices."""
    if one["type"] == "choice":
        return one["choices"][place]
    if one["type"] == "int":
        return int(one["low"]) + place * int(one.get("step") or 1)
    digits = max(_digits(one["low"]), _digits(one["step"]))
    return round(one["low"] + place * one["step"], digits)  # 0.3, not 0.30000000000000004


def _digits(number: float) -> int:
    """After the point, as the number is written."""
    text = repr(float(number))
    mantissa, _, exponent = text.partition("e")
    return max(0, len(mantissa.partition(".")[2].rstrip("0")) - int(exponent or 0))
