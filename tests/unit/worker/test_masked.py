"""result.json without values: all that is the user's is looked at, and nothing that the contract has words for."""

from __future__ import annotations

from typing import Any

import pytest

from dh_kernel.masking import NOTHING, Masking
from dh_kernel.worker.masked import masked_result

VALUE = "outputs"  # of all texts the one that would break most
HIDDEN = "***TOKEN***"
MASKING = Masking({"TOKEN": VALUE})


def result(**parts: Any) -> Any:
    fixed = {"format": 1, "id": VALUE, "attempt": 1, "state": "ERROR", "exit_code": 42, "started": 1.0, "ended": 2.0}
    return {**fixed, "results": {}, "outputs": [], **parts}


def test_without_secrets_it_is_the_same_object() -> None:
    whole = result(results={"a": VALUE})
    assert masked_result(whole, NOTHING) is whole


def test_what_the_contract_has_words_for_stays() -> None:
    output = {"name": "f", "entity": "dataitem", "kind": "table", "path": f"{VALUE}/f/data.parquet", "digest": "1"}
    preview = {"cols": [{"name": "a", "value": [VALUE, 1]}]}
    fields: Any = {"fields": [{"name": VALUE, "type": "string"}]}
    masked = masked_result(
        result(outputs=[{**output, "spec": {"schema": fields}, "status": {"preview": preview}}]), MASKING
    )
    assert masked["id"] == VALUE
    (found,) = masked["outputs"]
    assert {name: found[name] for name in output} == output
    assert found["spec"]["schema"] == {"fields": [{"name": HIDDEN, "type": "string"}]}
    assert found["status"]["preview"] == {"cols": [{"name": "a", "value": [HIDDEN, 1]}]}


def test_results_warnings_and_the_error() -> None:
    frame = {"where": "cell [1]", "line": 3, "function": "f", "code": f"raise ValueError('{VALUE}')"}
    error = {"type": "ValueError", "message": VALUE, "traceback": f"ValueError: {VALUE}\n", "frames": [frame]}
    masked: Any = masked_result(result(results={"a": {VALUE: [VALUE]}, "n": 5}, warnings=[VALUE], error=error), MASKING)
    assert masked["results"] == {"a": {HIDDEN: [HIDDEN]}, "n": 5}
    assert masked["warnings"] == [HIDDEN]
    assert (masked["error"]["message"], masked["error"]["traceback"]) == (HIDDEN, f"ValueError: {HIDDEN}\n")
    assert masked["error"]["frames"] == [{**frame, "code": f"raise ValueError('{HIDDEN}')"}]


@pytest.mark.parametrize(
    ("tree", "masked"),
    [
        ({"json": VALUE}, {"json": HIDDEN}),
        ({"json": {VALUE: [VALUE, 1.5, None]}}, {"json": {HIDDEN: [HIDDEN, 1.5, None]}}),
        ({"number": "NaN"}, {"number": "NaN"}),
        ({"output": VALUE}, {"output": VALUE}),
        ({"tuple_of": [{"json": VALUE}, {"json": 1}]}, {"tuple_of": [{"json": HIDDEN}, {"json": 1}]}),
        ({"pairs": [[{"json": VALUE}, {"list_of": [{"json": VALUE}]}]]}, {"pairs": [[{"json": HIDDEN}, {"list_of": [{"json": HIDDEN}]}]]}),
        ({"built": {"type": "builtins.bytes", "of": [{"json": "b3V0cHV0cw=="}]}}, {"json": f"{HIDDEN}=="}),
        ({"built": {"type": "builtins.set", "of": [{"list_of": [{"json": VALUE}]}]}},
         {"built": {"type": "builtins.set", "of": [{"list_of": [{"json": HIDDEN}]}]}}),
        ({"built": {"type": "builtins.bytes", "of": [{"json": "eA=="}]}}, {"built": {"type": "builtins.bytes", "of": [{"json": "eA=="}]}}),
    ],
)  # fmt: skip
def test_trees_of_values(tree: Any, masked: Any) -> None:
    assert masked_result(result(value=tree), MASKING)["value"] == masked
