"""What was executed, as plain data: the text behind every code object's file name."""

from __future__ import annotations

import ast
import functools
import linecache
import os
import types
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

TIMED = "<timed exec>"  # what IPython calls the body of every %%time cell


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

    @property
    def lines(self) -> list[str]:
        """As the parser counts them; an odd separator inside a string ends no line."""
        return self.text.replace("\r\n", "\n").split("\n")

    def codes(self, name: str, flags: int = 0) -> list[types.CodeType]:
        """The code objects of this name that the text compiles to. `flags`: future imports of cells before."""
        return _compiled(self.text, flags).get(name, [])


@functools.lru_cache(maxsize=4096)
def _parsed(text: str) -> ast.Module | None:
    try:
        return ast.parse(text)
    except (SyntaxError, ValueError):
        return None


@functools.lru_cache(maxsize=4096)
def _compiled(text: str, flags: int) -> dict[str, list[types.CodeType]]:
    found: dict[str, list[types.CodeType]] = {}
    try:
        whole = compile(text, "<cell>", "exec", flags | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True)
    except (SyntaxError, ValueError):
        return found
    for code in nested(whole):
        found.setdefault(code.co_name, []).append(code)
    return found


def nested(code: types.CodeType) -> Iterator[types.CodeType]:
    """All code objects within one."""
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield constant
            yield from nested(constant)


class CellHistory:
    """The executed cells, and any file that a code object names. Newest means executed last."""

    def __init__(self, sources: Iterable[Source] = ()):
        self._newest = sorted(sources, key=lambda source: -source.number)
        self._by_file: dict[str, list[Source]] = {}
        for source in self._newest:
            self._by_file.setdefault(source.filename, []).append(source)

    @classmethod
    def from_shell(cls, shell: Any) -> CellHistory:
        """All cells that the shell has compiled, whether or not this package was loaded then. None: no cells."""
        if shell is None:
            return cls()
        numbers: Mapping[str, int] = getattr(shell.compile, "_filename_map", {})
        typed, ids = shell.history_manager.input_hist_raw, ids_of(shell)  # by execution count, as it was typed
        found = [_from_cache(filename, number, typed, ids) for filename, number in numbers.items()]
        return cls([*found, *_timed(typed, shell)])

    @classmethod
    def from_texts(cls, texts: Mapping[str, str]) -> CellHistory:
        """Texts by file name, in the order of execution; for tests and scripts."""
        return cls(
            Source(filename, text, f"cell [{number}]", number=number)
            for number, (filename, text) in enumerate(texts.items(), 1)
        )

    def of(self, filename: str) -> list[Source]:
        """The cell or file of a code object; several where they share a name, the newest first."""
        found = self._by_file.get(filename, [])
        if not found and filename and not filename.startswith("<"):
            lines = linecache.getlines(filename)
            if lines:
                found = [Source(filename, "".join(lines), os.path.basename(filename))]
                self._by_file[filename] = found
        return found

    def is_cell(self, filename: str) -> bool:
        """Whether code of this file name was typed into a cell."""
        return any(source.number for source in self._by_file.get(filename, ()))

    def newest_first(self) -> list[Source]:
        """The cells, the one executed last first."""
        return self._newest

    @functools.cached_property
    def assigned(self) -> dict[str, list[tuple[ast.stmt, Source]]]:
        """Plain assignments at the top level of cells, by the name that they bind; the newest first."""
        found: dict[str, list[tuple[ast.stmt, Source]]] = {}
        for source in self._newest:
            for name, node in assigned_by(source.tree):
                found.setdefault(name, []).append((node, source))
        return found

    def bound_again(self, name: str, number: int) -> bool:
        """Whether a cell after that number has bound a name which another had bound before."""
        cells = [source.number for _, source in self.assigned.get(name, ())]
        cells += [source.number for source in self._newest if name in _defined(source.tree)]
        return len(cells) > 1 and max(cells) > number


def _defined(tree: ast.Module | None) -> set[str]:
    return {getattr(node, "name", "") for node in tree.body} if tree else set()


@functools.lru_cache(maxsize=4096)
def assigned_by(tree: ast.Module | None) -> list[tuple[str, ast.stmt]]:
    """Plain assignments of a text, the last first."""
    return [(name, node) for node in reversed(tree.body) for name in _targets(node)] if tree else []


def _targets(node: ast.stmt) -> Iterator[str]:
    """Of `X = …`, `X: int = …` and, from Python 3.12 on, `type X = …`."""
    targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", getattr(node, "name", None))]
    for target in targets:
        if isinstance(target, ast.Name):
            yield target.id


def newest_of(shell: Any) -> Source | None:
    """The text that the shell has compiled last, as `from_shell` has it."""
    numbers: dict[str, int] = getattr(shell.compile, "_filename_map", {})
    if not numbers:
        return None
    filename = next(reversed(numbers))
    return _from_cache(filename, numbers[filename], shell.history_manager.input_hist_raw, ids_of(shell))


def ids_of(shell: Any) -> dict[int, str]:
    """The notebook's ids of cells by execution count: of those that were executed since the toolkit was loaded."""
    ids: dict[int, str] = vars(shell).setdefault("_dh_cell_ids", {})
    return ids


def _from_cache(filename: str, number: int, typed: list[str], ids: Mapping[int, str]) -> Source:
    # the body of a %%dh cell is compiled inside the cell before, whose number has been given already
    candidates = [(each, typed[each], ids.get(each, "")) for each in (number, number - 1) if 0 < each < len(typed)]
    return _placed(filename, "".join(linecache.getlines(filename)), number, tuple(candidates))


@functools.lru_cache(maxsize=4096)
def _placed(filename: str, text: str, number: int, candidates: tuple[tuple[int, str, str], ...]) -> Source:
    for candidate, raw, cell_id in candidates:
        if _holds(raw, text):
            return Source(filename, text, f"cell [{candidate}]", _first_line(text, raw), candidate, cell_id)
    return Source(filename, text, f"cell [{number}]", 1, number)


def _timed(typed: list[str], shell: Any) -> Iterator[Source]:
    for number, raw in enumerate(typed):
        if raw.startswith("%%time") and not raw.startswith("%%timeit"):
            body = raw.partition("\n")[2]
            yield Source(
                TIMED, shell.transform_cell(body), f"cell [{number}]", 2, number, ids_of(shell).get(number, "")
            )


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
