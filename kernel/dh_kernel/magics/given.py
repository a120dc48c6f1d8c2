"""What the words of a parsed line stand for, given a shell's variables."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..arguments import Ref, Text
from ..errors import NotFound, did_you_mean
from .parse import Command, Variable


def text_of(value: Any) -> str:
    """A positional word as it was typed."""
    if isinstance(value, Variable):
        return f"${value.name}"
    return value.text if isinstance(value, Ref) else str(value)


def variable(shell: Any, value: Any) -> Any:
    """The object of `$name`; any other value as it is."""
    if not isinstance(value, Variable):
        return value
    if value.name not in shell.user_ns:
        near = did_you_mean(value.name, own_names(shell))
        raise NotFound(
            f"There is no variable '{value.name}'.", near if "mean" in near else "Run the cell that makes it."
        )
    return shell.user_ns[value.name]


def own_names(shell: Any) -> list[str]:
    """Names of the user's variables."""
    return [name for name in shell.user_ns if name[0] != "_" and name not in shell.user_ns_hidden]


def arguments(shell: Any, assigned: Mapping[str, Any]) -> dict[str, Any]:
    """Values as `sort_arguments` takes them: what was typed as text stays text, a variable may hold a reference."""
    found: dict[str, Any] = {}
    for name, value in assigned.items():
        found[name] = Text(value) if isinstance(value, str) else variable(shell, value)
    return found


def settings(command: Command) -> dict[str, Any]:
    """Options by their Python names."""
    found = {name.replace("-", "_"): value for name, value in command.options.items() if name != "wait"}
    for name in ("requires", "secret", "label"):
        if isinstance(found.get(name), list):
            found[name] = [word.strip() for text in found[name] for word in text.split(",") if word.strip()]
    return found
