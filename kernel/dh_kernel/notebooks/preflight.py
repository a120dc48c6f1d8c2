"""What a notebook lacks as a job, seen before it runs: cells chosen of it, names they need, the order they were run in. Pure."""

from __future__ import annotations

import builtins
from collections.abc import Collection, Mapping
from typing import Any, NamedTuple

from ..errors import Invalid
from .code import OF_THE_SHELL, made, needed
from .document import code_of


class Lacking(NamedTuple):
    """A name that is used before it is made, and the cell that would make it: its id and label, both '' if none does."""

    name: str
    cell: str
    label: str


class Order(NamedTuple):
    """How a notebook was run here: code cells, those of them that were executed, and the first that came too early."""

    cells: int
    executed: int
    early: str


def only(notebook: Mapping[str, Any], ids: Collection[str], counts: Mapping[str, Any]) -> dict[str, Any]:
    """The notebook with these cells alone, each labelled with its execution count. Raises Invalid if one is not there."""
    chosen = [cell for cell in notebook["cells"] if cell["id"] in ids]
    missing = set(ids) - {cell["id"] for cell in chosen}
    if missing or not any(cell["cell_type"] == "code" and cell["source"].strip() for cell in chosen):
        what = f"There is no cell '{min(missing)}'." if missing else "No cell with code was chosen."
        raise Invalid(what, "Choose code cells of the notebook, and do it again.")
    labelled = [
        {**cell, "metadata": {**cell["metadata"], "dh_cell": label(cell["id"], index, counts)}}
        for index, cell in enumerate(notebook["cells"])
        if cell["id"] in ids
    ]
    return {**notebook, "cells": labelled}


def counts_of(content: Mapping[str, Any], notebook: Mapping[str, Any]) -> dict[str, Any]:
    """Execution counts by the ids that the kept notebook has."""
    pairs = zip(content["cells"], notebook["cells"])
    return {kept["id"]: cell.get("execution_count") for cell, kept in pairs if isinstance(cell, dict)}


def label(ident: str, index: int, counts: Mapping[str, Any]) -> str:
    """`cell [7]` by its execution count, else `cell 3` by its place."""
    count = counts.get(ident)
    return f"cell [{count}]" if isinstance(count, int) and not isinstance(count, bool) else f"cell {index + 1}"


def lacking(
    notebook: Mapping[str, Any], ids: Collection[str], given: Collection[str], counts: Mapping[str, Any]
) -> list[Lacking]:
    """Names that the chosen cells use before they make them, and that are not given."""
    chosen = [cell["source"] for _, cell in code_of(notebook) if cell["id"] in ids]
    names = sorted(name for name in needed(chosen) if name not in given and not _is_everywhere(name))
    makers = {
        name: (cell["id"], label(cell["id"], place, counts))
        for place, cell in code_of(notebook)
        for name in made(cell["source"])
    }
    return [Lacking(name, *makers.get(name, ("", ""))) for name in names]


def _is_everywhere(name: str) -> bool:
    return name in OF_THE_SHELL or hasattr(builtins, name)


def order_of(notebook: Mapping[str, Any], counts: Mapping[str, Any]) -> Order:
    """By the execution counts of the cells that have code."""
    cells = [(place, cell) for place, cell in code_of(notebook) if cell["source"].strip()]
    executed = [(place, cell) for place, cell in cells if isinstance(counts.get(cell["id"]), int)]
    early = next(
        (
            label(cell["id"], place, counts)
            for (_, before), (place, cell) in zip(executed, executed[1:])
            if counts[cell["id"]] < counts[before["id"]]
        ),
        "",
    )
    return Order(len(cells), len(executed), early)
