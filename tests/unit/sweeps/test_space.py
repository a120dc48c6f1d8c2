"""Dimensions: what is refused, how many values there are, and every combination once."""

from __future__ import annotations

import itertools
import math
from typing import Any

import pytest

from dh_jupyter.sweeps.space import check_space, combination, extremes, grid_size, holds, size, value_at
from dh_kernel.errors import Invalid


def span(low: Any, high: Any, kind: str = "float", **more: Any) -> dict[str, Any]:
    return {"type": kind, "low": low, "high": high, **more}


def choice(*values: Any) -> dict[str, Any]:
    return {"type": "choice", "choices": list(values)}


@pytest.mark.parametrize(
    ("one", "says"),
    [
        (span(2, 1), "runs backwards; the smaller first: 1..2"),
        (span(1, 1), "is a single value"),
        (span(0, 1, log=True), "must begin above 0"),
        (span(-1.0, 1, log=True), "must begin above 0"),
        (span(0.1, 1, log=True, step=0.1), "has no step"),
        (span(0, 1, step=2), "is wider than"),
        (span(math.nan, 1), "finite"),
        (span(0, math.inf), "finite"),
        (span(0, 10**400), "finite"),
        (span(0, 10**400, "int"), "finite"),
        (span(0, 1, step=10**400), "finite"),
        (span(-1e308, 1e308), "wider than numbers can tell"),
        (span(0, 2**60, "int"), "between -9007199254740992 and 9007199254740992"),
        (span(0.5, 3, "int"), "whole"),
        (span(0, 3, "int", step=0.5), "whole"),
        ({"type": "float", "low": 1}, "has no 'high'"),
        ({"type": "choice"}, "no choices"),
        (choice("a", "b", "a"), "twice"),
        (choice("a", 1), "different kinds: 'a' is a text, 1 is a number|different kinds: 1 is a number, 'a' is a text"),
        (choice(1, True), "different kinds"),
        (choice([1], {"a": 1}), "different kinds"),
    ],
)
def test_what_is_no_dimension(one: dict[str, Any], says: str) -> None:
    with pytest.raises(Invalid, match=says) as caught:
        check_space({"good": span(0, 1), "x": one})
    assert caught.value.message.startswith("x: ")


@pytest.mark.parametrize("values", [(1, 1.0, None), ("1", None), ([1], [2]), (True, False), ({"a": 1}, {"a": 2})])
def test_choices_of_one_kind(values: Any) -> None:
    check_space({"x": choice(*values)})


@pytest.mark.parametrize(
    ("one", "values"),
    [
        (span(1, 3, "int"), [1, 2, 3]),
        (span(1, 6, "int", step=2), [1, 3, 5]),
        (span(0.0, 0.5, step=0.1), [0.0, 0.1, 0.2, 0.3, 0.4, 0.5]),
        (span(0.0, 0.55, step=0.1), [0.0, 0.1, 0.2, 0.3, 0.4, 0.5]),
        (span(1e-3, 3e-3, step=1e-3), [0.001, 0.002, 0.003]),
        (choice("a", None, [1]), ["a", None, [1]]),
    ],
)
def test_values_in_their_order(one: dict[str, Any], values: list[Any]) -> None:
    assert [value_at(one, place) for place in range(size(one) or 0)] == values
    assert all(holds(one, value) for value in values)


def test_every_combination_once() -> None:
    space = {"a": span(1, 3, "int"), "b": choice("x", "y"), "c": span(0.0, 1.0, step=0.5)}
    found = [tuple(combination(space, number).values()) for number in range(grid_size(space))]
    assert found == list(itertools.product([1, 2, 3], ["x", "y"], [0.0, 0.5, 1.0]))


def test_a_grid_needs_steps() -> None:
    with pytest.raises(Invalid, match="lr: a grid needs steps or choices") as caught:
        grid_size({"lr": span(0.1, 1.0)})
    assert "lr=0.1..1.0:STEP" in caught.value.hint


def test_extremes_have_every_bound_and_choice() -> None:
    space = {"a": span(1, 3, "int"), "b": choice("x", "y", "z"), "c": span(0, 1)}
    found = extremes(space)
    assert {row["b"] for row in found} == {"x", "y", "z"}
    assert {row["a"] for row in found} == {1, 3}
    assert all(type(row["c"]) is float for row in found)


@pytest.mark.parametrize("value", [-1, 4, "1", None, True, 1.5])
def test_what_lies_outside(value: Any) -> None:
    assert not holds(span(0, 3, "int"), value)
