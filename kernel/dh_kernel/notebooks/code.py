"""The Python of a cell as it was typed: magic and shell lines become statements that do nothing, on the same lines."""

from __future__ import annotations

import ast
import builtins
import re
import symtable
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

_PYTHON_BODIES = ("time", "capture", "prun", "dh")  # cell magics that run their cell as Python, in its namespace
_MAGIC = re.compile(r"^(\s*)(?:[\w.,\s\[\]]+?=\s*)?(?:[%!]|\?|.*\?\s*$)")
_ASSIGNED = re.compile(r"^(\s*)([\w.,\s\[\]]+?)=\s*[%!]")
OF_THE_SHELL = {"display", "get_ipython", "In", "Out", "exit", "quit", "_", "__", "___", "__name__", "__doc__"}


@lru_cache(maxsize=512)
def python_of(source: str) -> str | None:
    """Python with as many lines as the cell; None if the cell is another language's, or no Python at all."""
    lines = source.split("\n")
    head = re.match(r"\s*%%\s*(\w+)", source)
    if head:
        if head[1] not in _PYTHON_BODIES:
            return None
        first = source[: head.start(1)].count("\n")
        lines[first] = ""
    for _ in range(len(lines) + 1):
        try:
            ast.parse("\n".join(lines))
        except SyntaxError as error:
            if not _mask(lines, error.lineno or 0):
                return None
        except ValueError:
            return None
        else:
            return "\n".join(lines)
    return None


def _mask(lines: list[str], number: int) -> bool:
    """Replace the magic on this line, and what it goes on with after a backslash. False if there is none."""
    index = number - 1
    if not 0 <= index < len(lines) or not _MAGIC.match(lines[index]):
        return False
    assigned = _ASSIGNED.match(lines[index])
    indent = lines[index][: len(lines[index]) - len(lines[index].lstrip())]
    last = index
    while lines[last].rstrip().endswith("\\") and last + 1 < len(lines):
        last += 1
    lines[index] = f"{indent}{assigned[2].strip()} = None" if assigned else f"{indent}pass"
    lines[index + 1 : last + 1] = [""] * (last - index)
    return True


def tree_of(source: str) -> ast.Module | None:
    """The parsed cell; None if it is no Python."""
    text = python_of(source)
    return None if text is None else ast.parse(text)


@dataclass(frozen=True)
class Assigned:
    """`name = value`, or `name: annotation = value`, at the top level of a cell; places as Python counts them."""

    name: str
    value: ast.expr
    annotation: str
    start: tuple[int, int]  # line from 1, byte in it from 0
    end: tuple[int, int]


def assignments(source: str) -> Iterator[Assigned]:
    """Plain assignments to one name, in order."""
    tree = tree_of(source)
    for node in tree.body if tree else []:
        if isinstance(node, ast.Assign) and len(node.targets) == 1:
            target: ast.expr = node.targets[0]
            annotation = ""
        elif isinstance(node, ast.AnnAssign) and node.value is not None:
            target, annotation = node.target, ast.unparse(node.annotation)
        else:
            continue
        if isinstance(target, ast.Name) and node.value is not None and not _is_masked(node, source):
            end = (node.end_lineno or node.lineno, node.end_col_offset or 0)
            yield Assigned(target.id, node.value, annotation, (node.lineno, node.col_offset), end)


def _is_masked(node: ast.stmt, source: str) -> bool:
    """`files = !ls` is no assignment whose value could be given."""
    return _ASSIGNED.match(source.split("\n")[node.lineno - 1]) is not None


def imported(source: str) -> set[str]:
    """Modules that a cell imports anywhere in itself."""
    found: set[str] = set()
    for node in ast.walk(tree_of(source) or ast.Module([], [])):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module)
    return found


def texts(source: str) -> Iterator[str]:
    """The string constants of a cell."""
    for node in ast.walk(tree_of(source) or ast.Module([], [])):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def shell_words(source: str) -> Iterator[str]:
    """Words of a cell's magic and shell lines, and of a cell in a shell's language. `%run name` is `name.py`, too."""
    text = python_of(source)
    kept = text.split("\n") if text is not None else []
    for number, line in enumerate(source.split("\n")):
        if number < len(kept) and kept[number] == line:
            continue
        words = line.replace('"', " ").replace("'", " ").split()
        yield from words
        if words[:1] in (["%run"], ["%load"]):
            yield from (f"{word}.py" for word in words[1:])


def free_names(sources: Iterable[str]) -> set[str]:
    """Names that code uses and that neither it nor Python nor IPython makes. Nothing where that can't be known."""
    used: set[str] = set()
    made: set[str] = set(OF_THE_SHELL)
    for source in sources:
        text = python_of(source)
        if text is None or re.search(r"import\s+\*|%\s*(?:run|load|pylab|store)\b|\b(?:exec|globals)\s*\(", source):
            return set()
        try:
            table = symtable.symtable(text, "<cell>", "exec")
        except SyntaxError:  # e.g. a return outside of a function: the run will say it
            return set()
        _collect(table, used, made)
    return {name for name in used - made if not hasattr(builtins, name)}


def _collect(table: symtable.SymbolTable, used: set[str], made: set[str]) -> None:
    is_module = table.get_type() == "module"
    for symbol in table.get_symbols():
        is_global = is_module or symbol.is_global()
        if is_global and symbol.is_referenced():
            used.add(symbol.get_name())
        if (is_module and (symbol.is_assigned() or symbol.is_imported())) or symbol.is_declared_global():
            made.add(symbol.get_name())
    for child in table.get_children():
        if child.get_type() in ("function", "class") and is_module:
            made.add(child.get_name())
        _collect(child, used, made)


def needed(sources: Iterable[str]) -> set[str]:
    """Names that cells use before they make them, executed in order. What is no Python is passed by."""
    found: set[str] = set()
    made: set[str] = set()
    later: set[str] = set()
    for source in sources:
        tree = tree_of(source)
        for node in tree.body if tree else []:
            now, afterwards, bound = _names_of(node)
            found |= now - made
            later |= afterwards
            made |= bound
    return found | (later - made)


def made(source: str) -> set[str]:
    """Names that a cell makes at its top level."""
    tree = tree_of(source)
    return {name for node in (tree.body if tree else []) for name in _names_of(node)[2]}


def _names_of(node: ast.stmt) -> tuple[set[str], set[str], set[str]]:
    """Names that a statement uses at once, and when its functions are called; and those that it makes."""
    now: set[str] = set()
    later: set[str] = set()
    table = symtable.symtable(ast.unparse(node), "<cell>", "exec")
    bound = {symbol.get_name() for symbol in table.get_symbols() if symbol.is_assigned() or symbol.is_imported()}
    _used(table, now, later, True)
    now -= bound
    if isinstance(node, (ast.Assign, ast.AnnAssign, ast.AugAssign)) and node.value is not None:
        value: set[str] = set()  # it is looked up before the name is made
        _used(symtable.symtable(ast.unparse(node.value), "<cell>", "exec"), value, later, True)
        now |= value
    if isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
        now.add(node.target.id)
    if isinstance(node, ast.Delete):
        now |= {target.id for target in node.targets if isinstance(target, ast.Name)}
    return now, later, bound | ({node.name} if hasattr(node, "name") else set())


def _used(table: symtable.SymbolTable, now: set[str], later: set[str], at_once: bool) -> None:
    is_module = table.get_type() == "module"
    for symbol in table.get_symbols():
        if symbol.is_referenced() and (is_module or symbol.is_global()):
            (now if at_once else later).add(symbol.get_name())
    for child in table.get_children():
        runs_now = child.get_type() == "class" or child.get_name() in ("listcomp", "setcomp", "dictcomp", "genexpr")
        _used(child, now, later, at_once and runs_now)
