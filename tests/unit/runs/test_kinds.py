"""A run gets the kind of its function."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from dh_jupyter.runs.attempts import submission_of, write_attempt
from dh_jupyter.runs.build import build
from dh_jupyter.runs.kinds import is_written_for_core
from dh_jupyter.validation import check_shape
from dh_kernel.errors import Invalid
from dh_kernel.rundir import RunFolder


def built(kind: str, /, **posted: Any) -> Any:
    function = {
        "kind": kind, "project": "demo", "name": "a", "id": "f1", "key": f"store://demo/function/{kind}/a:f1",
        "metadata": {}, "spec": {"source": {"path": "a.ipynb"}},
    }  # fmt: skip
    return build("demo", {"spec": {"function": "function/a"}, **posted}, lambda ref, **_: function)


@pytest.mark.parametrize("kind", ["python", "notebook", "script"])
def test_task_and_run(kind: str) -> None:
    made = built(kind)
    assert (made.document["kind"], made.task["kind"]) == (f"{kind}+job:run", f"{kind}+job")
    assert made.document["spec"]["function"] == f"{kind}://demo/a:f1"
    assert built(kind, kind=f"{kind}+job:run").task == made.task


@pytest.mark.parametrize(("kind", "asked"), [("notebook", "python+job:run"), ("container", None), ("python", "x")])
def test_refused(kind: str, asked: str | None) -> None:
    with pytest.raises(Invalid, match="can't be executed here"):
        built(kind, **({"kind": asked} if asked else {}))


@pytest.mark.parametrize(
    ("spec", "is_sdk"),
    [
        ({"source": {"handler": "f", "lang": "python", "base64": ""}, "python_version": "PYTHON3_10"}, True),
        ({"source": {"handler": "f", "lang": "python", "source": "git+https://x"}}, True),
        ({"source": {"handler": "f", "lang": "python"}, "parameters": {"properties": {}}}, False),
        ({"source": {"handler": "f"}}, False),
    ],
)
def test_a_function_of_the_public_sdk(spec: Any, is_sdk: bool) -> None:
    assert is_written_for_core({"kind": "python", "spec": spec}) is is_sdk
    assert not is_written_for_core({"kind": "script", "spec": spec})


def test_its_worker_is_told_where_the_code_lies(tmp_path: Path) -> None:
    source = {"handler": "pack.code:f", "source": "git+https://x/y.git#v1", "lang": "python", "init_function": "begin"}
    run: Any = {
        "kind": "python+job:run", "project": "demo", "id": "r1", "key": "store://demo/run/python+job:run/r1", "metadata": {},
        "spec": {"function": "python://demo/f:1", "source": source, "written_for": "digitalhub",
                 "python_version": "PYTHON3_10", "init_parameters": {"a": 1}, "inputs": {"x": "store://demo/dataitem/table/t:1"}},
    }  # fmt: skip
    entity: Any = {
        "kind": "table", "name": "t", "key": "store://demo/dataitem/table/t:1", "metadata": {"labels": ["a"]},
        "spec": {"path": "/data/t.parquet"}, "status": {"state": "READY"},
    }  # fmt: skip
    folder = RunFolder(write_attempt(tmp_path, run, 1, lambda key: entity))
    document = folder.read_run()
    check_shape("RunDocument", document)
    assert not folder.code.exists()
    assert document["function"] == {
        "name": "f", "key": "python://demo/f:1", "requirements": [], "written_for": "digitalhub", "handler": "pack.code:f",
        "source": "git+https://x/y.git#v1", "init_function": "begin", "python": "3.10",
    }  # fmt: skip
    assert document["inputs"]["x"]["document"] == entity
    assert document["init_parameters"] == {"a": 1}
    told = submission_of(run, 1, folder.path, {})
    assert (told.requirements, told.python, told.any_python) == (("pandas", "pyarrow"), "3.10", True)
