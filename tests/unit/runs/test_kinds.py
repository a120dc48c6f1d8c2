"""A run gets the kind of its function."""

from __future__ import annotations

from typing import Any

import pytest

from dh_jupyter.runs.build import build
from dh_kernel.errors import Invalid


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
