"""What was given to a sweep, in whatever form: ranges and choices come apart from fixed values. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ..errors import Invalid, did_you_mean
from .dimensions import Dimension, Fixed, choice, named, span
from .lines import check_is_one_value, read_choice, read_dimension

_WORDS = {"low", "high", "min", "max", "log", "step", "type", "choices", "values", "value"}
_NOTHING = "Nothing is varied."
_EXAMPLES = "Give a range (lr=1e-5..1e-1:log, leaves=8..64) or choices (opt={adam,sgd})."


@dataclass
class Space:
    """Dimensions, and values that all trials have, by parameter."""

    dimensions: dict[str, Dimension] = field(default_factory=dict)
    fixed: dict[str, Any] = field(default_factory=dict)


def space_of_line(
    typed: Mapping[str, str], fixed: Callable[[str], Any], read: Callable[[str], Any], conditional: bool = False
) -> Space:
    """Of a line's words: `typed` are the texts after the signs of equality, `fixed(name)` is a value that is no range."""
    found = Space()
    for name, text in typed.items():
        with named(name):
            dimension = read_dimension(text, read)
        if dimension is None:
            with named(name):
                check_is_one_value(text)
            found.fixed[name] = fixed(name)
        else:
            found.dimensions[name] = dimension
    return _varied(found, conditional)


def space_of_values(given: Mapping[str, Any], conditional: bool = False) -> Space:
    """Of Python's values: `dh.space.…`, lists (choices), ranges, dicts that describe a range, texts as in a line,
    distributions of Optuna; anything else is fixed."""
    found = Space()
    for name, value in given.items():
        with named(name):
            one = _dimension(value)
        if isinstance(one, Dimension):
            found.dimensions[name] = one
        else:
            found.fixed[name] = one.value
    return _varied(found, conditional)


def fitted(space: Space, schema: Mapping[str, Any]) -> Space:
    """Ranges between whole numbers (lr=0..1) are of all numbers where the parameter takes them."""
    properties = schema.get("properties", {})
    fit = {name: _fitted(one, properties.get(name, {})) for name, one in space.dimensions.items()}
    return Space(fit, space.fixed)


def _varied(space: Space, conditional: bool) -> Space:
    if not space.dimensions and not conditional:
        raise Invalid(_NOTHING, _EXAMPLES)
    return space


def _fitted(one: Dimension, schema: Mapping[str, Any]) -> Dimension:
    wire = one.wire
    types = schema.get("type", ())
    names = [types] if isinstance(types, str) else list(types)
    if wire["type"] != "int" or wire.get("step") is not None or "number" not in names or "integer" in names:
        return one
    return span(wire["low"], wire["high"], log=bool(wire.get("log")), whole=False)


def _dimension(value: Any) -> Dimension | Fixed:
    if isinstance(value, (Dimension, Fixed)):
        return value
    if isinstance(value, str):
        return read_dimension(value, read_choice) or Fixed(value)
    if isinstance(value, range):
        return _of_range(value)
    if isinstance(value, Mapping):
        return _of_mapping(value)
    if isinstance(value, list):
        return choice(value)
    if isinstance(value, (tuple, set, frozenset)):
        raise Invalid(
            f"A {type(value).__name__} may mean a range, choices or a value.",
            "Write dh.space.float(low, high), a list of choices, or dh.space.fixed(value).",
        )
    if type(value).__module__ == "optuna.distributions":
        return _of_distribution(value)
    return Fixed(value)


def _of_range(value: range) -> Dimension:
    if len(value) < 2:
        raise Invalid(f"{value!r} has fewer than two numbers.", "e.g. range(8, 65)")
    step = abs(value.step)
    return span(min(value), max(value), step=None if step == 1 else step, whole=True)


def _of_mapping(value: Mapping[str, Any]) -> Dimension | Fixed:
    """A dict that says a range or choices; any other dict is a value."""
    if not value or not set(value) & _WORDS or not ({"low", "high", "min", "max", "choices", "values"} & set(value)):
        return Fixed(dict(value))
    _known(value)
    for word in ("choices", "values"):
        if word in value:
            return choice(list(value[word]))
    low, high = value.get("low", value.get("min")), value.get("high", value.get("max"))
    whole = {"int": True, "float": False}.get(value.get("type", ""))
    return span(low, high, log=bool(value.get("log")), step=value.get("step"), whole=whole)


def _known(names: Iterable[str]) -> None:
    for name in names:
        if name not in _WORDS:
            raise Invalid(f"A range has no '{name}'.", did_you_mean(name, ["low", "high", "log", "step", "choices"]))


def _of_distribution(value: Any) -> Dimension:
    kind = type(value).__name__
    if kind == "CategoricalDistribution":
        return choice(list(value.choices))
    if kind not in ("FloatDistribution", "IntDistribution"):
        raise Invalid(
            f"A {kind} is not known here.", "Take FloatDistribution, IntDistribution or CategoricalDistribution."
        )
    whole = kind == "IntDistribution"
    step = None if value.log or value.step in (None, 1 if whole else None) else value.step
    return span(value.low, value.high, log=value.log, step=step, whole=whole)
