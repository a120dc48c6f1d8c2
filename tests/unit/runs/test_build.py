"""A posted run to a whole document, against a catalogue that is a dict."""

from __future__ import annotations

from typing import Any

import pytest

from dh_jupyter.quantities import parse_quantity, show_bytes, show_seconds
from dh_jupyter.runs.build import build, resources_of
from dh_kernel.errors import Invalid, NotFound

FUNCTION: dict[str, Any] = {
    "kind": "python", "project": "demo", "name": "train", "id": "f1", "key": "store://demo/function/python/train:f1",
    "metadata": {"run_defaults": {"resources": {"cpu": "2", "mem": "4Gi"}, "retries": 1}, "cells": [{"first": 1}]},
    "spec": {"source": {"handler": "train", "base64": "eA=="}, "requirements": ["lightgbm==4.7.0"],
             "parameters": {"type": "object", "properties": {"data": {"input": True}, "lr": {"type": "number"}}}},
}  # fmt: skip
DATA: dict[str, Any] = {"key": "store://demo/dataitem/table/flights:d1", "name": "flights", "metadata": {}}


def resolve(ref: str, *, project: str, expect: str | None = None) -> Any:
    known = {"function/train": FUNCTION, "python://demo/train:f1": FUNCTION, "dataset/flights": DATA}
    if ref not in known:
        raise NotFound(f"No such EntityName.FUNCTION. {ref}")
    return known[ref]


def posted(**spec: Any) -> dict[str, Any]:
    return {"kind": "python+job:run", "spec": {"function": "function/train", **spec}}


def test_references_become_keys_and_relations() -> None:
    run = build("demo", posted(inputs={"data": "dataset/flights"}), resolve).document
    assert run["spec"]["function"] == "python://demo/train:f1"
    assert run["spec"]["inputs"] == {"data": DATA["key"]}
    assert run["metadata"]["relationships"] == [
        {"type": "run_of", "dest": FUNCTION["key"]},
        {"type": "consumes", "dest": DATA["key"]},
    ]
    assert run["status"] == {"state": "READY"}
    assert run["spec"]["source"] == FUNCTION["spec"]["source"]
    assert run["spec"]["cells"] == FUNCTION["metadata"]["cells"]


def test_the_task_of_a_function_is_always_the_same() -> None:
    first, second = build("demo", posted(), resolve), build("demo", posted(parameters={"lr": 1}), resolve)
    assert first.task == second.task
    assert first.document["spec"]["task"] == f"python+job://demo/{first.task['id']}"


def test_a_run_overrides_what_was_registered_name_by_name() -> None:
    spec = build("demo", posted(resources={"mem": "16Gi"}, retries=0), resolve).document["spec"]
    assert spec["resources"] == {"cpu": "2", "mem": "16Gi"}
    assert spec["retries"] == 0


def test_environment_is_merged_by_name() -> None:
    envs = [{"name": "A", "value": "1"}, {"name": "A", "value": "2"}, {"name": "B", "value": "3"}]
    assert build("demo", posted(envs=envs), resolve).document["spec"]["envs"] == envs[1:]


@pytest.mark.parametrize(
    ("document", "error", "says"),
    [
        ({"kind": "python+job:run", "spec": {}}, Invalid, "missing function"),
        (posted(function="function/tarin"), NotFound, "No such EntityName"),
        (posted(inputs={"data": "dataset/none"}), NotFound, "No such EntityName"),
        (posted(parameters={"rl": 1}), Invalid, "no parameter 'rl'"),
        ({"kind": "container+job:run", "spec": {"function": "function/train"}}, Invalid, "can't be executed here"),
        (posted(task="python+job://other/t1"), Invalid, "project mismatch"),
        (posted(task="python+job://demo/t1"), Invalid, "invalid task"),
        (posted(task="nonsense"), Invalid, "invalid task"),
    ],
)
def test_refused(document: Any, error: type[Exception], says: str) -> None:
    with pytest.raises(error, match=says):
        build("demo", document, resolve)


def test_resources_in_cores_and_bytes() -> None:
    found = resources_of({"resources": {"cpu": "500m", "mem": "8Gi", "gpu": "1"}})
    assert (found.cpu, found.memory, found.gpu) == (0.5, 8 * 2**30, 1)
    assert resources_of({}).cpu == 1.0


@pytest.mark.parametrize(
    "asked",
    [{"cpu": "0.5"}, {"mem": "8 Gi"}, {"mem": "8Gib"}, {"ram": "8Gi"}, {"gpu": "-1"}, {"mem": "8"}, {"disk": "10k"}],
)
def test_resources_that_are_none(asked: Any) -> None:
    with pytest.raises(Invalid, match=r"spec\.resources"):
        resources_of({"resources": asked})


def test_memory_without_its_unit() -> None:
    with pytest.raises(Invalid) as caught:
        resources_of({"resources": {"mem": "8"}})
    assert caught.value.message == "spec.resources.mem: '8' is 8 bytes, too little for any run."
    assert caught.value.hint == "Write the unit, too: 8Gi is so many gibibytes."


def test_quantities() -> None:
    assert parse_quantity("2", "x") == 2
    assert parse_quantity("1500m", "x") == 1.5
    assert [show_bytes(n) for n in (512, 2**20, 8 * 2**30, int(8.2 * 2**30))] == ["512 bytes", "1Mi", "8Gi", "8.2Gi"]
    assert [show_seconds(n) for n in (0, 42.9, 252, 3852)] == ["0:00", "0:42", "4:12", "1:04:12"]
