"""What trials ask for while they run: whether it can be had, and what a sweep varies by all that was asked for. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dh_kernel.errors import Invalid

from .space import Dimension, Space, check_space, holds

_RANGES = ("float", "int")


def check_suggested(name: str, one: Dimension, known: Space) -> None:
    """Raise Invalid for a dimension that is none, or that can't be of this name: `known` is what others asked for."""
    if not _is_single(one):
        check_space({name: one})
    before = known.get(name)
    if before is None or before == one:
        return
    if before["type"] != one["type"]:
        raise Invalid(
            f"'{name}' is {_shown(one)} here, and was {_shown(before)} in another trial.",
            "A name is of one kind in the whole sweep: give the other one another name.",
        )
    if one["type"] == "choice":
        raise Invalid(
            f"'{name}' has other choices than in another trial: {_shown(one)}, and {_shown(before)} there.",
            "A name has the same choices in the whole sweep: give these another name.",
        )


def is_of_one_kind(before: Dimension | None, one: Dimension) -> bool:
    """Whether a sampler can learn for the one from trials with the other."""
    return before is None or (before["type"] == one["type"] and (one["type"] != "choice" or before == one))


def _is_single(one: Dimension) -> bool:
    """`suggest_int("n", 1, most)` with most = 1 is no fault where the bound is found while it runs."""
    return one["type"] in _RANGES and one.get("low") is not None and one.get("low") == one.get("high")


def widened(before: Dimension | None, one: Dimension) -> Dimension:
    """Of two ranges of a name the one that holds both."""
    if before is None or before == one or one["type"] == "choice":
        return before or one
    found = {"type": one["type"], "low": min(before["low"], one["low"]), "high": max(before["high"], one["high"])}
    if before.get("log") and one.get("log"):
        found["log"] = True
    elif before.get("step") == one.get("step") is not None and before["low"] == one["low"]:
        found["step"] = one["step"]
    return found


def asked_for(parameters: Mapping[str, Any], name: str, one: Dimension) -> Any:
    """The value that a name has in a trial already. Raises KeyError if it has none, Invalid if `one` does not hold it."""
    value = parameters[name]
    if not holds(one, value):
        raise Invalid(
            f"'{name}' is {value!r} in this trial, and that is none of {_shown(one)}.",
            "A name has one value in a trial: give another range another name.",
        )
    return value


def _shown(one: Dimension) -> str:
    if one["type"] == "choice":
        return "{" + ", ".join(map(str, one["choices"])) + "}"
    return f"{one['low']}..{one['high']}"
