"""What a notebook lacks as a job, before it runs."""

from __future__ import annotations

import json
from typing import Any

import pytest

from dh_kernel.errors import Invalid
from dh_kernel.notebooks.document import read_notebook
from dh_kernel.notebooks.preflight import Lacking, Order, counts_of, lacking, only, order_of


def notebook(*cells: tuple[str, int | None]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Kept notebook and counts, of (source, execution count) pairs; ids are a, b, c, …"""
    content = {
        "nbformat": 4,
        "nbformat_minor": 5,
        "metadata": {},
        "cells": [
            {"cell_type": "code", "id": "abcdef"[n], "source": source, "execution_count": count}
            for n, (source, count) in enumerate(cells)
        ],
    }
    kept = read_notebook(json.dumps(content), "n.ipynb")
    return kept, counts_of(content, kept)


CELLS = (("import pandas as pd", 2), ("def score(x):\n    return pd.mean(x)", 5), ("score([1]), len([]), later", 7))


@pytest.mark.parametrize(
    ("ids", "given", "found"),
    [
        ("c", (), [Lacking("later", "", ""), Lacking("score", "b", "cell [5]")]),
        ("bc", (), [Lacking("later", "", ""), Lacking("pd", "a", "cell [2]")]),
        ("abc", ("later",), []),
        ("a", (), []),
    ],
)
def test_names_that_chosen_cells_lack(ids: str, given: tuple[str, ...], found: list[Lacking]) -> None:
    kept, counts = notebook(*CELLS)
    assert lacking(kept, list(ids), given, counts) == found


@pytest.mark.parametrize(
    ("cells", "order"),
    [
        ((("x = 1", 1), ("x", 2)), Order(2, 2, "")),
        ((("x = 1", 3), ("x", 2)), Order(2, 2, "cell [2]")),
        ((("x = 1", 3), ("x", None)), Order(2, 1, "")),
        ((("x = 1", 1), ("", None)), Order(1, 1, "")),
    ],
)
def test_the_order_in_which_cells_were_run(cells: Any, order: Order) -> None:
    assert order_of(*notebook(*cells)) == order


def test_only_the_chosen_cells_are_kept_each_with_its_label() -> None:
    kept, counts = notebook(*CELLS)
    chosen = only(kept, ["c"], counts)
    assert [(cell["id"], cell["metadata"]["dh_cell"]) for cell in chosen["cells"]] == [("c", "cell [7]")]
    for wrong in (["z"], []):
        with pytest.raises(Invalid):
            only(kept, wrong, counts)
