"""Which global names a statement loads: at once, when it is called later, and in annotations that nobody evaluates."""

from __future__ import annotations

import ast
import functools
import symtable
from dataclasses import dataclass
from typing import Union

Definition = Union[ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef]
_COMPREHENSIONS = {"listcomp", "setcomp", "dictcomp", "genexpr"}


@dataclass(frozen=True)
class Loaded:
    """`now`: by decorators, defaults, bases, class bodies; `later`: by function bodies; `maybe`: by mere annotations.

    `sets`: global names that it makes when it is called.
    """

    now: frozenset[str]
    later: frozenset[str]
    maybe: frozenset[str]
    sets: frozenset[str]


@functools.lru_cache(maxsize=4096)
def loaded_by(text: str, lazy_annotations: bool) -> Loaded:
    """The global names of statements, without those that they define themselves."""
    tree = ast.parse(text)
    annotated = _annotations(tree)
    if any(lazy_annotations or local for _, local in annotated):
        text = ast.unparse(ast.fix_missing_locations(_Bare(lazy_annotations).visit(tree)))
    table = symtable.symtable(text, "<cell>", "exec")
    now: set[str] = set()
    later: set[str] = set()
    sets: set[str] = set()
    _collect(table, now, later, sets, at_once=True)
    own = {symbol.get_name() for symbol in table.get_symbols() if symbol.is_assigned() or symbol.is_imported()}
    maybe = {name for annotation, _ in annotated for name in _names_in(annotation)} - now - later
    return Loaded(frozenset(now - own), frozenset(later - now - own), frozenset(maybe - own), frozenset(sets))


def _collect(table: symtable.SymbolTable, now: set[str], later: set[str], sets: set[str], at_once: bool) -> None:
    is_module = table.get_type() == "module"
    for symbol in table.get_symbols():
        if symbol.is_referenced() and (is_module or symbol.is_global()):
            (now if at_once else later).add(symbol.get_name())
        elif symbol.is_declared_global():
            later.add(symbol.get_name())
        if symbol.is_declared_global() and symbol.is_assigned():
            sets.add(symbol.get_name())
    for child in table.get_children():
        kind = str(child.get_type())
        runs_now = kind.endswith("class") or "parameter" in kind or child.get_name() in _COMPREHENSIONS
        _collect(child, now, later, sets, at_once and runs_now)


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


def _annotations(tree: ast.AST, inside: bool = False) -> list[tuple[ast.expr, bool]]:
    """All annotations, each with whether it is one of a local variable, which nobody evaluates."""
    found: list[tuple[ast.expr, bool]] = []
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.AnnAssign):
            found.append((node.annotation, inside))
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
            found += [(one.annotation, False) for one in _arguments(node.args) if one.annotation is not None]
            returns = getattr(node, "returns", None)
            found += [(returns, False)] if returns is not None else []
        if not isinstance(node, ast.expr) or isinstance(node, ast.Lambda):
            is_function = isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda))
            found += _annotations(node, is_function or (inside and not isinstance(node, ast.ClassDef)))
    return found


def _arguments(arguments: ast.arguments) -> list[ast.arg]:
    more = [one for one in (arguments.vararg, arguments.kwarg) if one is not None]
    return [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, *more]


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
