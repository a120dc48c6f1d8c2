"""How deep a body may be: what walks through documents calls itself for each level, and Python's stack ends. Pure."""

from __future__ import annotations

from typing import Any

from dh_kernel.errors import Invalid

DEEPEST = 100


def check_depth(found: Any) -> None:
    """Raise Invalid for objects and lists in each other more than DEEPEST levels deep."""
    level = [found]
    for _ in range(DEEPEST + 1):
        level = [inner for each in level for inner in _inside(each) if isinstance(inner, (dict, list))]
        if not level:
            return
    raise Invalid(f"The body is nested more than {DEEPEST} levels deep.", "Send it as a text, or as a file.")


def _inside(part: Any) -> Any:
    return part.values() if isinstance(part, dict) else part if isinstance(part, list) else ()
