"""What was executed, as plain data: the text behind every code object's file name."""

from __future__ import annotations

import ast
import functools
import linecache
import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Source:
    """One executed cell, or a file. `text` is Python (magics are calls already); its line 1 is line `cell_line` there."""

    filename: str
    text: str
    label: str
    cell_line: int = 1
    number: int = 0  # of execution; files come first
    cell_id: str = ""

    @property
    def tree(self) -> ast.Module | None:
        """The parsed text; None if it is no Python."""
        return _parsed(self.text)


@functools.lru_cache(maxsize=512)
def _parsed(text: str) -> ast.Module | None:
    try:
        return ast.parse(text)
    except (SyntaxError, ValueError):
        return None


class CellHistory:
    """The executed cells, and any file that a code object names. Newest means executed last."""

    def __init__(self, sources: Iterable[Source] = ()):
        self._sources = {source.filename: source for source in sources}

    @classmethod
    def from_shell(cls, shell: Any) -> CellHistory:
        """All cells that the shell has compiled, whether or not this package was loaded then. None: no cells."""
        if shell is None:
            return cls()
        numbers: Mapping[str, int] = getattr(shell.compile, "_filename_map", {})
        typed = shell.history_manager.input_hist_raw  # by execution count, as it was typed
        return cls(_from_cache(filename, number, typed) for filename, number in numbers.items())

    @classmethod
    def from_texts(cls, texts: Mapping[str, str]) -> CellHistory:
        """Texts by file name, in the order of execution; for tests and scripts."""
        return cls(
            Source(filename, text, f"cell [{number}]", number=number)
            for number, (filename, text) in enumerate(texts.items(), 1)
        )

    def of(self, filename: str) -> Source | None:
        """The cell or file of a code object."""
        found = self._sources.get(filename)
        if found is None and filename and not filename.startswith("<"):
            lines = linecache.getlines(filename)
            if lines:
                found = Source(filename, "".join(lines), os.path.basename(filename))
        return found

    def newest_first(self) -> list[Source]:
        """The cells, the one executed last first."""
        return sorted(self._sources.values(), key=lambda source: -source.number)


def _from_cache(filename: str, number: int, typed: list[str]) -> Source:
    text = "".join(linecache.getlines(filename))
    # the body of a %%dh cell is compiled inside the cell before, whose number has been given already
    for candidate in (number, number - 1):
        if 0 < candidate < len(typed) and _holds(typed[candidate], text):
            return Source(filename, text, f"cell [{candidate}]", _first_line(text, typed[candidate]), candidate)
    return Source(filename, text, f"cell [{number}]", 1, number)


def _holds(raw: str, text: str) -> bool:
    """Whether the executed text was typed in that cell; magics look different once they are executed."""
    lines = set(raw.splitlines())
    return all(line in lines for line in text.splitlines() if line.strip() and "get_ipython()" not in line)


def _first_line(text: str, raw: str) -> int:
    """The line of the typed cell at which the executed text begins: after `%%dh …` and empty lines."""
    wanted = next((line for line in text.splitlines() if line.strip()), "")
    before = 0
    for line in text.splitlines():
        if line.strip():
            break
        before += 1
    for index, line in enumerate(raw.splitlines(), 1):
        if line == wanted and wanted:
            return index - before
    return 1 + raw.startswith("%%")


_MAGIC = re.compile(r"get_ipython\(\)\.(run_line_magic|run_cell_magic|system|getoutput|magic)\(")


def is_magic(node: ast.AST) -> bool:
    """Whether a statement is a magic or shell line, as IPython has rewritten it."""
    return isinstance(node, ast.Expr) and _MAGIC.match(ast.unparse(node)) is not None


def installed_by(source: Source) -> list[str]:
    """Requirements that `%pip install` and `!pip install` lines of a cell name."""
    found: list[str] = []
    for node in ast.walk(source.tree or ast.Module([], [])):
        if not is_magic(node):
            continue
        call = node.value  # type: ignore[attr-defined]
        words = " ".join(str(arg.value) for arg in call.args if isinstance(arg, ast.Constant)).split()
        if "pip" in words[:4] and "install" in words:
            found += [word for word in words[words.index("install") + 1 :] if not word.startswith("-")]
    return found
