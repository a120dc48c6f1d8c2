"""A notebook as a script that `%dh job` and `dh-job` take: cells between `# %%` lines, all else as comments. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from .code import python_of
from .document import tags_of
from .installs import named_in_cell


def script_of(notebook: Mapping[str, Any]) -> str:
    """The text of a `.py`. Magic and shell lines do nothing and stay to be read; cells of other languages are comments.

    The cell tagged `parameters` keeps its tag, so that the script has the notebook's parameters.
    """
    needs = sorted({name for cell in _code(notebook) for name in named_in_cell(cell["source"])})
    head = [f"# Packages that the notebook installed: --requires {','.join(needs)}"] if needs else []
    return "\n\n".join([*head, *(_part(cell) for cell in notebook["cells"])]).rstrip() + "\n"


def _code(notebook: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    return (cell for cell in notebook["cells"] if cell["cell_type"] == "code")


def _part(cell: Mapping[str, Any]) -> str:
    if cell["cell_type"] != "code":
        return "\n".join([f"# %% [{cell['cell_type']}]", *_commented(cell["source"])])
    tags = tags_of(cell)
    head = "# %%" + (f" tags={json.dumps(tags)}" if tags else "")
    python = python_of(cell["source"]) if "skip-execution" not in tags else None
    lines = _commented(cell["source"]) if python is None else list(_readable(cell["source"], python))
    return "\n".join([head, *lines])


def _commented(text: str) -> list[str]:
    return [f"# {line}".rstrip() for line in text.split("\n")]


def _readable(source: str, python: str) -> Iterator[str]:
    """The Python, with what was typed behind each line that was taken out."""
    for typed, line in zip(source.split("\n"), python.split("\n")):
        yield line if line == typed else f"{line}  # {typed.strip()}" if line.strip() else f"# {typed.strip()}".rstrip()
