"""A function of the SDK: found, given its arguments as the SDK gives them, called, and what it returned kept."""

from __future__ import annotations

import importlib
import inspect
import logging
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import TYPE_CHECKING, Any, Callable

from ...errors import Invalid, did_you_mean
from ..code import CODE, import_code
from .keep import keep_returned
from .modules import OUTPUTS, stand_in
from .objects import Run, entity_of
from .project import Project

if TYPE_CHECKING:
    from ..._contract import RunDocument
    from ...rundir import RunFolder
    from ..outputs import Outputs


class CoreFunction:
    """One run of it. `load` imports the code, `call` does the rest; both raise what user code raises."""

    def __init__(self, folder: RunFolder, run: RunDocument) -> None:
        self._folder = folder
        self._run = run
        self._inputs = {name: entity_of(folder, document) for name, document in run["inputs"].items()}
        self._project = Project(folder, run, self._inputs)
        self._about_run = Run(folder, run, self._inputs)
        self._module: ModuleType | None = None

    def load(self) -> None:
        """Import the module that holds the handler."""
        stand_in(self._project, self._about_run)
        _note_python(self._run["function"].get("python", ""))
        self._module = self._imported()

    def _imported(self) -> ModuleType:
        if self._folder.code.exists():
            return import_code(self._folder)
        from .source import fetch

        place = fetch(self._run["function"]["source"], self._folder.path / "source", self._run["function"].get("links"))
        module = self._run["function"]["handler"].rpartition(":")[0] or _only_module(place)
        sys.path.insert(0, str(place))
        importlib.invalidate_caches()
        return importlib.import_module(module.replace("/", ".").removesuffix(".py") if module else "main")

    def call(self, outputs: Outputs) -> None:
        """Call it; what it returns and what it logs is among `outputs` then."""
        assert self._module is not None
        context = SimpleNamespace(project=self._project, run=self._about_run, logger=logging.getLogger(CODE))
        self._initialize(context)
        function = self._found(self._run["function"]["handler"].rpartition(":")[2])
        inner = inspect.unwrap(function)
        returned = inner(**self._arguments(inner, context))
        if inspect.isawaitable(returned):
            import asyncio

            returned = asyncio.run(_awaited(returned))
        keep_returned(self._folder, returned, getattr(function, OUTPUTS, []), self._project, outputs)

    def _initialize(self, context: Any) -> None:
        name = self._run["function"].get("init_function")
        if name:
            self._found(name)(context, **self._run.get("init_parameters", {}))

    def _found(self, name: str) -> Callable[..., Any]:
        found = getattr(self._module, name, None)
        if not callable(found):
            names = [each for each, value in vars(self._module).items() if inspect.isfunction(value)]
            raise Invalid(f"The function's source has no '{name}'.", did_you_mean(name, names))
        return found  # type: ignore[no-any-return]

    def _arguments(self, function: Callable[..., Any], context: Any) -> dict[str, Any]:
        """Parameters, inputs, and the reserved names that it has."""
        reserved = {"project": self._project, "run": self._about_run, "context": context, "event": self._event()}
        asked = inspect.signature(function).parameters
        given = {**self._run["parameters"], **self._inputs}
        return {**given, **{name: value for name, value in reserved.items() if name in asked}}

    def _event(self) -> Any:
        body = {"inputs": {name: one.key for name, one in self._inputs.items()}, "parameters": self._run["parameters"]}
        return SimpleNamespace(body=body, id=self._run["id"], path="/", method="POST", headers={})


def _note_python(named: str) -> None:
    here = "{}.{}".format(*sys.version_info)
    if named not in ("", here):
        print(f"This is Python {here}; the function names {named}.", flush=True)  # noqa: T201


async def _awaited(value: Any) -> Any:
    return await value


def _only_module(place: Path) -> str:
    """Of a source that is one file; else main.py is meant."""
    modules = sorted(place.glob("*.py"))
    return modules[0].stem if len(modules) == 1 else ""
