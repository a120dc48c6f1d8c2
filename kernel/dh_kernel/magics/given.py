"""What the words of a parsed line stand for, given a shell's variables."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from typing import Any

from ..arguments import Ref, Text
from ..errors import NotFound, did_you_mean
from ..session import session
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


@contextlib.contextmanager
def registered(shell: Any, name: str) -> Iterator[None]:
    """Where the catalogue lacks a function that the notebook has, the error says how it gets there."""
    try:
        yield
    except NotFound as error:
        if not _is_plain_function(shell.user_ns.get(name)) or _is_in_the_catalogue(name):
            raise
        hint = f"'{name}' is defined here, and not registered yet: %dh function {name}"
        raise NotFound(error.message, hint, error.details) from None


def _is_plain_function(value: Any) -> bool:
    return callable(value) and not hasattr(value, "key")


def _is_in_the_catalogue(name: str) -> bool:
    """Then something else was not found."""
    try:
        return bool(session().resolve(name, "function"))
    except NotFound:
        return False


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
