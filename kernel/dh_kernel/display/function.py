"""The line that registering prints."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from . import html
from .words import counted, cut, listed


def function_line(
    entity: Mapping[str, Any],
    existing: bool,
    helpers: Sequence[str],
    constants: Mapping[str, str],
    needs: Sequence[str],
) -> str:
    """`function/train@3 · changed since @2 · 2 helpers (split, Encoder) · 1 constant (SEED = 7) · needs pandas`."""
    reference = entity["metadata"].get("reference") or f"function/{entity['name']}"
    number = entity["metadata"].get("version_number", 1)
    head = f"unchanged, {reference}" if existing else reference
    since = f"changed since @{number - 1}" if number > 1 and not existing else ""
    with_helpers = f"{counted(len(helpers), 'helper')} ({listed(list(helpers))})" if helpers else ""
    shown = [f"{name} = {cut(text, 40)}" for name, text in constants.items()]
    with_constants = f"{counted(len(shown), 'constant')} ({listed(shown)})" if shown else ""
    needed = f"needs {listed(list(needs))}" if needs else ""
    return " · ".join(part for part in (head, since, with_helpers, with_constants, needed) if part)


def function_bundle(entity: Mapping[str, Any], line: str) -> dict[str, Any]:
    """The line, for all viewers."""
    return html.bundle("function", {"id": entity["id"], "project": entity["project"]}, line, html.card(html.text(line)))
