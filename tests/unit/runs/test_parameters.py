"""Arguments against a function's schema: what is refused, and what the refusal says."""

from __future__ import annotations

from typing import Any

import pytest

from dh_jupyter.runs.parameters import check_arguments
from dh_kernel.errors import Invalid

SCHEMA = {
    "type": "object",
    "properties": {
        "flights": {"annotation": "pd.DataFrame", "input": True},
        "lr": {"type": "number", "annotation": "float", "default": 0.1},
        "leaves": {"type": "integer", "annotation": "int", "default": 31},
        "kind": {"enum": ["gbdt", "dart"], "annotation": "Literal['gbdt', 'dart']", "default": "gbdt"},
        "note": {"type": ["string", "null"], "annotation": "str | None", "default": None},
        "layers": {"type": "array", "items": {"type": "integer"}, "annotation": "list[int]", "default": []},
        "anything": {"default": 1},
    },
    "required": ["flights"],
    "additionalProperties": False,
}
DATA = {"flights": "dataset/flights"}


@pytest.mark.parametrize(
    "parameters",
    [
        {},
        {"lr": 0.5},
        {"lr": 1},
        {"leaves": 3},
        {"kind": "dart"},
        {"note": None},
        {"note": "x"},
        {"layers": [1, 2]},
        {"anything": {"a": [None]}},
    ],
)
def test_accepted(parameters: dict[str, Any]) -> None:
    check_arguments("train", SCHEMA, parameters, DATA)


@pytest.mark.parametrize(
    ("parameters", "inputs", "says"),
    [
        ({"lrate": 0.1}, DATA, "no parameter 'lrate'. Did you mean 'lr'?"),
        ({}, {}, "parameter 'flights' needs a dataset, e.g. flights=dataset/NAME"),
        ({"lr": "fast"}, DATA, "parameter 'lr' is 'fast': float is needed."),
        ({"lr": True}, DATA, "parameter 'lr' is True"),
        ({"leaves": 1.5}, DATA, "parameter 'leaves' is 1.5: int is needed."),
        ({"kind": "forest"}, DATA, "one of gbdt, dart is needed"),
        ({"layers": [1, "a"]}, DATA, "parameter 'layers'[1]"),
        ({"flights": "flights.csv"}, {}, "pass a reference (flights=dataset/NAME)"),
        ({}, {**DATA, "lr": "model/m"}, "parameter 'lr' takes float, not a reference"),
        ({"flights": 1}, DATA, "given twice"),
    ],
)
def test_refused(parameters: dict[str, Any], inputs: dict[str, str], says: str) -> None:
    with pytest.raises(Invalid) as caught:
        check_arguments("train", SCHEMA, parameters, inputs)
    assert says in str(caught.value)
    assert caught.value.hint.startswith("It is train(flights: pd.DataFrame, lr: float = 0.1")


def test_all_faults_at_once() -> None:
    with pytest.raises(Invalid) as caught:
        check_arguments("train", SCHEMA, {"lrate": 1, "leaves": "x"}, {})
    assert len(caught.value.details) == 2


def test_open_ended_functions_take_any_name() -> None:
    check_arguments("f", {"type": "object", "properties": {}, "additionalProperties": True}, {"any": 1}, {})


def test_a_function_of_another_client_takes_anything() -> None:
    check_arguments("f", None, {"any": 1}, {"some": "dataset/x"})
