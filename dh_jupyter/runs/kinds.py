"""The kinds of functions that can be executed here, each with its task and its run."""

from __future__ import annotations

from typing import NamedTuple


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


_ALL = (
    Executable("python"),
    Executable("notebook", ("ipykernel", "nbclient"), is_file=True),
    Executable("script", is_file=True),
)
BY_FUNCTION = {one.function: one for one in _ALL}
BY_RUN = {one.run: one for one in _ALL}
