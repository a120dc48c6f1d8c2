"""The kinds of functions that can be executed here, each with its task and its run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

CELLS = "cells.ipynb"  # what %dh job --cells calls its notebook: no file


class Executable(NamedTuple):
    """`companions` are requirements of whatever executes it, besides those that the function names."""

    function: str
    companions: tuple[str, ...] = ()
    is_file: bool = False  # a notebook or script in place of a module with a function

    @property
    def task(self) -> str:
        """The kind of its task."""
        return f"{self.function}+job"

    @property
    def run(self) -> str:
        """The kind of its runs."""
        return f"{self.task}:run"


def is_written_for_core(function: Mapping[str, Any]) -> bool:
    """Whether a function comes from the public SDK: in Core's shape, without our schema of its parameters."""
    spec = function["spec"]
    return function["kind"] == "python" and "parameters" not in spec and spec["source"].get("lang") == "python"


_ALL = (
    Executable("python"),
    Executable("notebook", ("ipykernel", "nbclient"), is_file=True),
    Executable("script", is_file=True),
)
BY_FUNCTION = {one.function: one for one in _ALL}
BY_RUN = {one.run: one for one in _ALL}
