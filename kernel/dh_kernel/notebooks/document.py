"""A notebook's JSON (nbformat 4) as it is kept: sources joined, outputs taken away. What can't run here is refused."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from ..errors import Invalid

LARGEST = 16 * 2**20  # bytes of a notebook without its outputs
INJECTED = "injected-parameters"
PARAMETERS = "parameters"


def read_notebook(text: str, name: str) -> dict[str, Any]:
    """The notebook without outputs. Raises Invalid, naming the notebook, for what is none or is none of Python's."""
    notebook = _parsed(text, name)
    _check_format(notebook, name)
    metadata = notebook.get("metadata") or {}
    _check_language(metadata, name)
    cells = [_bare(cell, index) for index, cell in enumerate(notebook["cells"])]
    if not any(cell["source"].strip() for cell in cells if cell["cell_type"] == "code"):
        raise Invalid(f"{name} has no code.", "Write a code cell, and save the notebook.")
    kept = {"cells": cells, "metadata": _kept_metadata(metadata), "nbformat": 4, "nbformat_minor": 5}
    size = len(json.dumps(kept))
    if size > LARGEST:
        raise Invalid(
            f"{name} has {size / 2**20:.0f} MiB without its outputs; at most {LARGEST // 2**20} MiB can be run.",
            "Take pictures and data out of its cells: make data a dataset, and pass that as a parameter.",
        )
    return kept


def _parsed(text: str, name: str) -> dict[str, Any]:
    try:
        notebook = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Invalid(
            f"{name} is not a notebook: it is no JSON ({error}).", "Open it in JupyterLab, and save it again."
        ) from error
    if not isinstance(notebook, dict) or not isinstance(notebook.get("nbformat"), int):
        raise Invalid(f"{name} is not a notebook.", "A notebook is JSON with 'nbformat' and 'cells'.")
    return notebook


def _check_format(notebook: Mapping[str, Any], name: str) -> None:
    number = notebook["nbformat"]
    if number != 4:
        raise Invalid(
            f"{name} is in notebook format {number}; format 4 can be run.",
            f"Convert it: jupyter nbconvert --to notebook --inplace {name}",
        )
    cells = notebook.get("cells")
    if not isinstance(cells, list) or not all(_is_cell(cell) for cell in cells):
        raise Invalid(f"{name} is damaged: its cells are not what they must be.", "Repair it in JupyterLab.")


def _is_cell(cell: Any) -> bool:
    return isinstance(cell, dict) and isinstance(cell.get("cell_type"), str) and _is_text(cell.get("source", ""))


def _is_text(source: Any) -> bool:
    return isinstance(source, str) or (isinstance(source, list) and all(isinstance(line, str) for line in source))


def _check_language(metadata: Mapping[str, Any], name: str) -> None:
    kernel, info = metadata.get("kernelspec") or {}, metadata.get("language_info") or {}
    language = kernel.get("language") or info.get("name") or "python"
    if str(language).lower() not in ("python", "ipython", "python3"):
        raise Invalid(
            f"{name} is a notebook for {kernel.get('display_name') or language}; Python notebooks can be run.",
            "Choose a Python kernel, if its code is Python.",
        )


def _bare(cell: Mapping[str, Any], index: int) -> dict[str, Any]:
    """Without outputs and counts; with an id, as format 4.5 wants it."""
    source = cell.get("source", "")
    kept: dict[str, Any] = {
        "cell_type": cell["cell_type"],
        "id": str(cell.get("id") or f"cell-{index + 1}"),
        "metadata": {name: value for name, value in (cell.get("metadata") or {}).items() if name != "execution"},
        "source": source if isinstance(source, str) else "".join(source),
    }
    if cell.get("attachments"):
        kept["attachments"] = cell["attachments"]
    if kept["cell_type"] == "code":
        kept.update(outputs=[], execution_count=None)
    return kept


def _kept_metadata(metadata: Mapping[str, Any]) -> dict[str, Any]:
    """Without the state of widgets, which belongs to outputs."""
    return {name: value for name, value in metadata.items() if name != "widgets"}


def code_cell(source: str, ident: str, *tags: str, **metadata: Any) -> dict[str, Any]:
    """A code cell of format 4.5."""
    fields = {**metadata, **({"tags": list(tags)} if tags else {})}
    return {
        "cell_type": "code",
        "id": ident,
        "metadata": fields,
        "source": source,
        "outputs": [],
        "execution_count": None,
    }


def tags_of(cell: Mapping[str, Any]) -> list[str]:
    """The cell's tags."""
    tags = cell.get("metadata", {}).get("tags", [])
    return [str(tag) for tag in tags] if isinstance(tags, list) else []


def code_of(notebook: Mapping[str, Any]) -> Iterator[tuple[int, dict[str, Any]]]:
    """(place, cell) of the code cells that are executed."""
    for place, cell in enumerate(notebook["cells"]):
        if cell["cell_type"] == "code" and "skip-execution" not in tags_of(cell):
            yield place, cell


def content_of(notebook: Mapping[str, Any]) -> str:
    """What makes a version: the cells' kinds, sources and tags."""
    return json.dumps([[cell["cell_type"], cell["source"], sorted(tags_of(cell))] for cell in notebook["cells"]])


def as_script(text: str) -> str:
    """A kept notebook to read: its cells below each other, text as comments."""
    parts = []
    for cell in json.loads(text)["cells"]:
        tags = tags_of(cell)
        head = "# %%" + (f" tags={json.dumps(tags)}" if tags else "")
        if cell["cell_type"] == "code":
            parts.append(f"{head}\n{cell['source']}")
        else:
            lines = [f"# {line}".rstrip() for line in cell["source"].split("\n")]
            parts.append("\n".join([f"# %% [{cell['cell_type']}]", *lines]))
    return "\n\n".join(parts) + "\n"
