"""Notebooks as they are kept, and what is refused."""

from __future__ import annotations

import json
from typing import Any

import pytest

from dh_kernel.errors import Invalid
from dh_kernel.notebooks import document
from dh_kernel.notebooks.document import as_script, content_of, read_notebook


def notebook(*sources: str, **fields: Any) -> dict[str, Any]:
    cells = [
        {"cell_type": "code", "metadata": {}, "source": source, "outputs": [], "execution_count": 3}
        for source in sources
    ]
    return {"nbformat": 4, "nbformat_minor": 4, "metadata": {}, "cells": cells, **fields}


def read(found: Any) -> Any:
    return read_notebook(json.dumps(found), "a.ipynb")


def test_outputs_and_counts_do_not_count() -> None:
    plain, run = notebook("x = 1", "y"), notebook("x = 1", "y")
    run["cells"][0].update(outputs=[{"output_type": "stream", "name": "stdout", "text": "hi"}], execution_count=7)
    run["cells"][0]["metadata"]["execution"] = {"iopub.status.busy": "2026"}
    run["metadata"]["widgets"] = {"state": {}}
    assert read(plain) == read(run)
    assert content_of(read(plain)) == content_of(read(run))
    assert content_of(read(plain)) != content_of(read(notebook("x = 2", "y")))
    assert content_of(read(plain)) == content_of(read(notebook(["x = ", "1"], "y")))  # type: ignore[arg-type]


def test_every_cell_has_an_id() -> None:
    assert [cell["id"] for cell in read(notebook("a", "b"))["cells"]] == ["cell-1", "cell-2"]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{", "no JSON"),
        ("[]", "a.ipynb is not a notebook"),
        ('{"cells": []}', "is not a notebook"),
        (json.dumps({"nbformat": 3, "worksheets": []}), "in notebook format 3"),
        (json.dumps({"nbformat": 4, "cells": [{"cell_type": "code", "source": 7}]}), "damaged"),
        (json.dumps({"nbformat": 4, "cells": {}}), "damaged"),
        (json.dumps(notebook()), "has no code"),
        (json.dumps(notebook("  \n")), "has no code"),
        (json.dumps(notebook("x", metadata={"kernelspec": {"language": "R", "display_name": "R 4"}})), "for R 4"),
        (json.dumps(notebook("x", metadata={"language_info": {"name": "julia"}})), "for julia"),
    ],
)
def test_refused(text: str, says: str) -> None:
    with pytest.raises(Invalid, match=says):
        read_notebook(text, "a.ipynb")


def test_a_notebook_that_is_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(document, "LARGEST", 1000)
    with pytest.raises(Invalid, match="without its outputs"):
        read(notebook("x" * 1000))


def test_a_notebook_to_read() -> None:
    found = notebook("x = 1", "%pip install y")
    found["cells"][1]["metadata"]["tags"] = ["parameters"]
    found["cells"].insert(1, {"cell_type": "markdown", "metadata": {}, "source": ["# Title\n", "\n", "text"]})
    text = '# %%\nx = 1\n\n# %% [markdown]\n# # Title\n#\n# text\n\n# %% tags=["parameters"]\n%pip install y\n'
    assert as_script(json.dumps(read(found))) == text
