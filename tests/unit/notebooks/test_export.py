"""Notebooks as scripts that run as jobs."""

from __future__ import annotations

import json
from typing import Any

import pytest

from dh_kernel.notebooks import script
from dh_kernel.notebooks.document import read_notebook
from dh_kernel.notebooks.export import script_of


def cell(source: str, *tags: str, kind: str = "code") -> dict[str, Any]:
    return {"cell_type": kind, "source": source, "metadata": {"tags": list(tags)}}


def exported(*cells: dict[str, Any]) -> str:
    content = {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [*cells, cell("done = True")]}
    return script_of(read_notebook(json.dumps(content), "n.ipynb"))


@pytest.mark.parametrize(
    ("given", "text"),
    [
        (cell("x = 1"), "# %%\nx = 1\n"),
        (cell("# Title\n\nwords", kind="markdown"), "# %% [markdown]\n# # Title\n#\n# words\n"),
        (cell("%matplotlib inline\nx = 1"), "# %%\npass  # %matplotlib inline\nx = 1\n"),
        (cell("files = !ls"), "# %%\nfiles = None  # files = !ls\n"),
        (cell("%%time\nx = 1"), "# %%\n# %%time\nx = 1\n"),
        (cell("%%bash\nls -l"), "# %%\n# %%bash\n# ls -l\n"),
        (cell("not python at all"), "# %%\n# not python at all\n"),
        (cell("x = 1", "skip-execution"), '# %% tags=["skip-execution"]\n# x = 1\n'),
        (cell('s = """\n%kept\n"""'), '# %%\ns = """\n%kept\n"""\n'),
    ],
)
def test_a_cell_of_each_kind(given: dict[str, Any], text: str) -> None:
    found = exported(given)
    assert found == f"{text}\n# %%\ndone = True\n"
    script.check_script(found, "n.py")


def test_the_script_has_the_notebooks_parameters() -> None:
    found = exported(cell("%pip install polars"), cell("lr = 0.1\nn = 3", "parameters"), cell("other = lr"))
    assert found.startswith("# Packages that the notebook installed: --requires polars\n")
    assert set(script.parameters_of(found)["properties"]) == {"lr", "n"}
