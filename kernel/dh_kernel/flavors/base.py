"""The interface of a flavor: how a framework's model becomes a folder and back."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from .._contract import ModelSpec


class Flavor(Protocol):
    """One per framework, made without arguments; its entry point has the name of the framework's top module.

    It is asked only about objects that have a class of that module among their bases, so it may import the framework.
    """

    name: str

    def accepts(self, model: Any) -> bool:
        """Whether it is a model that can be saved, and fitted. Must not raise."""

    def save(self, model: Any, folder: Path, *, input_example: Any = None, code_module: str = "") -> ModelSpec:
        """Write an MLflow model into `folder` (absent yet); the entity's spec without its path.

        The caller has made cloudpickle take the classes of `code_module` by value. Called in the run's process.
        """

    def load(self, folder: Path) -> Any:
        """The framework's own object."""
