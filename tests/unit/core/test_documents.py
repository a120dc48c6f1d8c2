"""Core's documents and ours: nothing is lost on the way there and back."""

from __future__ import annotations

import base64
import types
from typing import Any

import pytest

from dh_jupyter.core.code import HANDLER, called_by_core, own_code
from dh_jupyter.core.documents import from_core, to_core, value_of

CODE = "def area(r: float, unit='m', **more):\n    return {'area': r * r, 'unit': unit, 'more': more}\n"
SCHEMA = {"type": "object", "properties": {"r": {"type": "number"}, "unit": {}}, "additionalProperties": True}
FUNCTION = {
    "kind": "python", "name": "area", "id": "f1", "project": "p",
    "metadata": {"name": "area", "labels": ["shapes"], "run_defaults": {"profile": "x"}},
    "spec": {
        "source": {"handler": "area", "base64": base64.b64encode(CODE.encode()).decode()},
        "python_version": "PYTHON3_11", "requirements": ["pandas"], "parameters": SCHEMA, "imports": ["pandas"],
    },
}  # fmt: skip


def test_a_function_comes_back_as_it_went() -> None:
    there = to_core(FUNCTION)
    assert set(there["spec"]) == {"source", "python_version", "requirements"}, "no field that Core drops"
    assert (there["spec"]["source"]["handler"], there["spec"]["source"]["lang"]) == (HANDLER, "python")
    back = from_core("function", {**there, "status": {}}, 3)
    assert back["spec"] == FUNCTION["spec"]
    metadata = FUNCTION["metadata"]
    assert back["metadata"] == {**metadata, "version_number": 3, "reference": "function/area@3", "aliases": []}  # type: ignore[dict-item]


def test_aliases_are_labels_there() -> None:
    there = to_core({"kind": "artifact", "metadata": {"labels": ["a"], "aliases": ["best"]}, "spec": {"path": "x"}})
    assert there["metadata"] == {"labels": ["a", "alias:best"]}
    back = from_core("artifact", there, None)["metadata"]
    assert (back["labels"], back["aliases"]) == (["a"], ["best"])


def test_kinds_that_we_do_not_know_are_left_alone() -> None:
    document = {"kind": "container", "name": "c", "metadata": {}, "spec": {"image": "x", "other": 1}}
    assert to_core(document) == document


def called(**given: Any) -> tuple[Any, list[str]]:
    """(what the lines return, the names that they give), called as Core's runtime does."""
    names: list[list[str]] = []

    def handler(outputs: list[str]) -> Any:
        names.append(outputs)
        return lambda function: function

    module = types.ModuleType("digitalhub_runtime_python")
    vars(module)["handler"] = handler
    text = base64.b64decode(called_by_core(FUNCTION["spec"]["source"]["base64"], "area", FUNCTION["spec"])).decode()  # type: ignore[index]
    namespace: dict[str, Any] = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(__import__("sys").modules, "digitalhub_runtime_python", module)
        exec(text, namespace)
    return namespace[HANDLER](**given), names[0]


def test_the_lines_call_it_with_what_was_given_and_name_what_it_returned() -> None:
    assert called(r=2) == ((4, "m", {}), ["area", "unit", "more"])
    assert called(r=2, unit="km", x=1) == ((4, "km", {"x": 1}), ["area", "unit", "more"])


def test_the_lines_go_again() -> None:
    text = FUNCTION["spec"]["source"]["base64"]  # type: ignore[index]
    assert own_code(called_by_core(text, "area", FUNCTION["spec"])) == text  # type: ignore[arg-type]
    assert own_code(text) == text


@pytest.mark.parametrize(
    ("outputs", "results", "value"),
    [
        ({}, {"f": 1}, {"json": 1}),
        ({"f": "store://…"}, {}, {"output": "f"}),
        ({"t": "store://…"}, {"n": 2}, {"pairs": [[{"json": "t"}, {"output": "t"}], [{"json": "n"}, {"json": 2}]]}),
        ({}, {}, {"pairs": []}),
    ],
)
def test_what_was_returned(outputs: Any, results: Any, value: Any) -> None:
    assert value_of("f", outputs, results) == value


def test_a_run_says_what_our_clients_ask() -> None:
    run = {"kind": "python+job:run", "id": "r1", "spec": {"function": "python://p/area:f1"}, "metadata": {}}
    failed = from_core("run", {**run, "status": {"state": "ERROR", "message": "ValueError: x"}}, 7)
    assert failed["metadata"]["reference"] == "run/area-7"
    assert failed["status"]["diagnosis"]["summary"] == "ValueError: x"
    assert "attempt" not in from_core("run", {**run, "status": {"state": "READY"}}, 7)["status"]
