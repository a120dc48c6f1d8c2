"""Which global names a statement loads: at once, when it is called later, and in annotations that nobody evaluates."""

from __future__ import annotations

import ast
import copy
import symtable
from dataclasses import dataclass
from typing import Union

Definition = Union[ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef]
_COMPREHENSIONS = {"listcomp", "setcomp", "dictcomp", "genexpr"}


@dataclass(frozen=True)
class Loaded:
    """`now`: by decorators, defaults, bases, class bodies; `later`: by function bodies; `maybe`: by mere annotations."""

    now: frozenset[str]
    later: frozenset[str]
    maybe: frozenset[str]


def loaded_by(node: ast.stmt, lazy_annotations: bool) -> Loaded:
    """The global names of a statement, without those that it defines itself."""
    bare = _Bare(lazy_annotations).visit(copy.deepcopy(node))
    table = symtable.symtable(ast.unparse(ast.fix_missing_locations(bare)), "<cell>", "exec")
    now: set[str] = set()
    later: set[str] = set()
    _collect(table, now, later, at_once=True)
    own = {symbol.get_name() for symbol in table.get_symbols() if symbol.is_assigned()}
    maybe = _annotation_names(node) - now - later
    return Loaded(frozenset(now - own), frozenset(later - now - own), frozenset(maybe - own))


def _collect(table: symtable.SymbolTable, now: set[str], later: set[str], at_once: bool) -> None:
    is_module = table.get_type() == "module"
    for symbol in table.get_symbols():
        if symbol.is_referenced() and (is_module or symbol.is_global()):
            (now if at_once else later).add(symbol.get_name())
        elif symbol.is_declared_global():
            later.add(symbol.get_name())
    for child in table.get_children():
        runs_now = child.get_type() == "class" or child.get_name() in _COMPREHENSIONS
        _collect(child, now, later, at_once and runs_now)


class _Bare(ast.NodeTransformer):
    """Takes away the annotations that are not evaluated: of local variables, and all under the future import."""

    def __init__(self, lazy: bool):
        self._lazy = lazy
        self._depth = 0

    def _function(self, node: ast.AST) -> ast.AST:
        if self._lazy:
            node.returns = None  # type: ignore[attr-defined]
        self._depth += 1
        self.generic_visit(node)
        self._depth -= 1
        return node

    visit_FunctionDef = visit_AsyncFunctionDef = _function

    def visit_arg(self, node: ast.arg) -> ast.arg:
        if self._lazy:
            node.annotation = None
        return node

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.ClassDef:
        depth, self._depth = self._depth, 0
        self.generic_visit(node)
        self._depth = depth
        return node

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        if self._lazy or self._depth:
            node.annotation = ast.Constant(None)
        self.generic_visit(node)
        return node


def _annotation_names(node: ast.stmt) -> set[str]:
    found: set[str] = set()
    for part in ast.walk(node):
        for field in ("annotation", "returns"):
            annotation = getattr(part, field, None)
            if isinstance(annotation, ast.AST):
                found |= _names_in(annotation)
    return found


def _names_in(annotation: ast.AST) -> set[str]:
    found: set[str] = set()
    for part in ast.walk(annotation):
        if isinstance(part, ast.Name):
            found.add(part.id)
        elif isinstance(part, ast.Constant) and isinstance(part.value, str):
            try:
                found |= _names_in(ast.parse(part.value, mode="eval").body)
            except SyntaxError:
                continue
    return found


def has_lazy_annotations(tree: ast.Module) -> bool:
    """Whether the text says `from __future__ import annotations`."""
    return any(
        isinstance(node, ast.ImportFrom)
        and node.module == "__future__"
        and any(alias.name == "annotations" for alias in node.names)
        for node in tree.body
    )
