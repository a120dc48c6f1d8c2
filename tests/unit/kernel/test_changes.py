"""What `%dh diff` says of two entities, as text and as HTML."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from dh_kernel.changes import Change, changes
from dh_kernel.display.changes import changes_bundle, changes_text
from dh_kernel.errors import Invalid

from .test_display import NASTY, check_safe


def entity(word: str, number: int, spec: Any, status: Any = None, **metadata: Any) -> Any:
    entities = {"dataset": ("dataitem", "table"), "run": ("run", "python+job:run"), "function": ("function", "python")}
    kind, sort = entities.get(word, (word, word))
    return {
        "kind": sort,
        "key": f"store://demo/{kind}/{sort}/train:{number:032x}",
        "metadata": {"reference": f"{word}/train@{number}", "version_number": number, **metadata},
        "spec": spec,
        "status": status or {"state": "READY"},
    }


def function(
    number: int, code: str, requirements: list[str], parameters: Any, files: Any = None, **defaults: Any
) -> Any:
    spec = {
        "source": {"base64": base64.b64encode(code.encode()).decode(), "files": files or {}},
        "requirements": requirements,
        "parameters": {"properties": parameters, "required": ["flights"]},
    }
    return entity("function", number, spec, run_defaults=defaults)


def test_functions_by_code_and_by_what_they_need() -> None:
    old = function(
        2, "SEED = 7\n\n\ndef train(flights, lr=0.1):\n    return lr\n", ["pandas==2.1", "lightgbm>=4"],
        {"flights": {"annotation": "pd.DataFrame"}, "lr": {"annotation": "float", "default": 0.1}},
        {"tools.py": "K = 1\n"}, resources={"mem": "8Gi"},
    )  # fmt: skip
    new = function(
        3, f"SEED = 8\n\n\ndef train(flights, lr=0.5):\n    return lr  # {NASTY}\n", ["pandas==2.2", "numpy==2.0"],
        {"flights": {"annotation": "pd.DataFrame"}, "lr": {"annotation": "float", "default": 0.5}, "n": {}},
        {"tools.py": "K = 2\n"}, resources={"mem": "16Gi", "gpu": "1"},
    )  # fmt: skip
    found = changes(old, new)
    assert found.rows == [
        Change("needs pandas", "2.1", "2.2"),
        Change("needs lightgbm", ">=4", ""),
        Change("parameter lr", "float = 0.1", "float = 0.5"),
        Change("runs with mem", "8Gi", "16Gi"),
        Change("needs numpy", "", "2.0"),
        Change("parameter n", "", "optional"),
        Change("runs with gpu", "", "1"),
    ]
    assert "-SEED = 7" in found.code
    assert "+SEED = 8" in found.code
    assert "+K = 2" in found.code
    assert "+++ function/train@3 tools.py" in found.code
    text = changes_text(found)
    assert text.splitlines()[:3] == [
        "function/train@2 → function/train@3",
        "needs pandas    2.1 → 2.2",
        "needs lightgbm  taken away: >=4",
    ]
    bundle = changes_bundle(found)
    check_safe(bundle["text/html"])
    assert NASTY not in bundle["text/html"]
    assert bundle["application/vnd.dh.diff.v1+json"] == {"keys": [old["key"], new["key"]]}
    assert bundle["text/plain"] == text


def test_nothing_changed() -> None:
    one = function(1, "def train(): ...\n", [], {})
    assert not changes(one, one)
    assert changes_text(changes(one, one)) == "function/train@1 → function/train@1: nothing changed"


OTHERS: dict[str, tuple[Any, Any, list[Change]]] = {
    "dataset": (
        entity("dataset", 1, {"schema": {"fields": [{"name": "a", "type": "integer"}, {"name": "b", "type": "string"}]}}, {"rows": 1000}),
        entity("dataset", 2, {"schema": {"fields": [{"name": "a", "type": "number"}, {"name": "c", "type": "date"}]}}, {"rows": 1200}),
        [Change("rows", "1,000", "1,200"), Change("column a", "integer", "number"), Change("column b", "string", ""), Change("column c", "", "date")],
    ),
    "model": (
        entity("model", 1, {"framework": "sklearn", "parameters": {"lr": 0.1}}, {"metrics": {"auc": [0.5, 0.91]}}),
        entity("model", 2, {"framework": "sklearn", "parameters": {"lr": 0.2}}, {"metrics": {"auc": 0.93}}),
        [Change("parameter lr", "0.1", "0.2"), Change("metric auc", "0.91", "0.93")],
    ),
    "run": (
        entity("run", 1, {"function": "python://demo/train:" + "a" * 32, "parameters": {"lr": 0.1}, "resources": {"mem": "8Gi"}}, {"state": "ERROR"}),
        entity("run", 2, {"function": "python://demo/train:" + "b" * 32, "parameters": {"lr": 0.1, "n": 2}}, {"state": "COMPLETED", "results": {"auc": 0.9}}),
        [
            Change("function", "function/train@aaaaaaaa", "function/train@bbbbbbbb"), Change("state", "failed", "succeeded"),
            Change("option mem", "8Gi", ""), Change("parameter n", "", "2"), Change("result auc", "", "0.9"),
        ],
    ),
}  # fmt: skip


@pytest.mark.parametrize("word", OTHERS)
def test_other_types(word: str) -> None:
    one, other, rows = OTHERS[word]
    found = changes(one, other)
    assert found.rows == rows
    assert not found.code
    check_safe(changes_bundle(found)["text/html"])


def test_two_types_are_refused() -> None:
    with pytest.raises(Invalid, match=r"dataset/train@1 is a dataset, and function/train@1 a function\."):
        changes(OTHERS["dataset"][0], function(1, "", [], {}))
