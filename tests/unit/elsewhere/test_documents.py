"""The run that a notebook's kernel is, as it is posted."""

from __future__ import annotations

import ast
import base64
from typing import Any

import pytest

from dh_jupyter.elsewhere.documents import PORT, function_document, key_variable, port_of, run_document
from dh_kernel.errors import Invalid
from dh_kernel.lent import serve

KEY = key_variable("670d941f-bf8d-4465-b694-bb0cbee19e16")


def test_the_function_is_one_version_for_the_same_packages() -> None:
    plain = function_document(())
    assert plain["spec"]["requirements"] == ["ipykernel"]
    assert function_document(["polars", "ipykernel"]) == function_document(["polars"])
    assert function_document(["polars"])["id"] != plain["id"]
    code = base64.b64decode(plain["spec"]["source"]["base64"]).decode()
    defined = next(node for node in ast.parse(code).body if isinstance(node, ast.FunctionDef))
    assert defined.name == plain["spec"]["source"]["handler"]
    assert [one.arg for one in defined.args.args] == list(plain["spec"]["parameters"]["properties"])


def test_the_run_has_what_was_asked_and_the_key_as_a_secret() -> None:
    asked: Any = {"profile": "gpu-a100", "resources": {"mem": "8Gi"}, "secrets": ["S"], "requirements": ["polars"]}
    assert run_document(asked, KEY)["spec"] == {
        "profile": "gpu-a100",
        "resources": {"mem": "8Gi"},
        "parameters": {"key_variable": "DH_KERNEL_KEY_670D941FBF8D", "lonely": 600.0},
        "secrets": ["S", "DH_KERNEL_KEY_670D941FBF8D"],
        "retries": 0,
    }
    assert asked["secrets"] == ["S"]


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"retries": 2}, "retries"),
        ({"nodes": 2}, "nodes"),
        ({"function": "function/train"}, "function"),
        ({"requirements": "polars"}, "requirements"),
        ({"secrets": 7}, "secrets"),
        ({"resources": []}, "resources"),
    ],
)
def test_what_a_kernel_can_not_have_is_refused(asked: Any, said: str) -> None:
    with pytest.raises(Invalid) as refused:
        run_document(asked, KEY)
    assert said in str(refused.value)


@pytest.mark.parametrize(
    ("lines", "port"),
    [
        ([], None),
        ([{"time": 1.0, "progress": {"done": 1}}, {"time": 1.0, "values": {"loss": 1.0}}], None),
        ([{"time": 1.0, "values": {PORT: 4000.0}}, {"time": 2.0, "values": {PORT: 4001.0}}], 4001),
    ],
)
def test_the_door_is_where_the_run_reports_it(lines: Any, port: int | None) -> None:
    assert port_of(lines) == port
    assert serve.PORT == PORT
