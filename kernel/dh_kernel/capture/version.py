"""The id of a version: the hash of what a function is, not of how it is written or where it was typed."""

from __future__ import annotations

import ast
import functools
import hashlib
import json
import sys
from collections.abc import Iterable, Mapping
from typing import Any

SCHEME = "dh-function-1"


@functools.lru_cache(maxsize=4096)
def canonical(text: str) -> str:
    """The code without comments, formatting and docstrings."""
    tree = ast.parse(text)
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(node, (ast.Module, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)) and body:
            first = body[0]
            if (
                isinstance(first, ast.Expr)
                and isinstance(first.value, ast.Constant)
                and isinstance(first.value.value, str)
            ):
                body[0:1] = [] if len(body) > 1 or isinstance(node, ast.Module) else [ast.Pass()]
    return ast.unparse(tree)


def version_id(
    handler: str,
    texts: Iterable[str],
    files: Mapping[str, str],
    requirements: Iterable[str],
    parameters: Mapping[str, Any],
) -> str:
    """32 hex digits. `texts`: of the module, canonical, one after the other."""
    parts = [
        SCHEME,
        handler,
        "\n".join(texts),
        json.dumps({name: canonical(text) if name.endswith(".py") else text for name, text in sorted(files.items())}),
        json.dumps(sorted(requirements)),
        f"{sys.version_info[0]}.{sys.version_info[1]}",
        json.dumps(parameters, sort_keys=True),
    ]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32]
