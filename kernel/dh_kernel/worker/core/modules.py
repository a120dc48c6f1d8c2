"""`from digitalhub_runtime_python import handler` and `import digitalhub` in a run, whether they are installed or not.

Where they are not, a module stands in. Where they are, the real one is imported, and those of its calls that would ask a
server are replaced as soon as it is; but a run that was given the address of one (DHCORE_ENDPOINT) asks it.
"""

from __future__ import annotations

import functools
import importlib.util
import os
import sys
from types import ModuleType
from typing import Any, Callable

from ...errors import Unavailable
from ..imported import when_imported
from .objects import Run
from .project import LOGS, Project, needs_server

OUTPUTS = "__dh_outputs__"  # attribute of a decorated function: what the decorator was given
_PROJECT = ("get_project", "get_or_create_project", "load_project", "new_project")
_OF_PROJECT = (
    *LOGS,
    *(f"{verb}_{entity}" for verb in ("log", "new") for entity in ("artifact", "dataitem", "model")),
)
_VERBS = ("get", "list", "new", "log", "load", "import", "update", "delete", "search", "refresh")
_GET = ("get_artifact", "get_dataitem", "get_model", "get_run", "get_secret")


def handler(outputs: Any = None) -> Callable[..., Any]:
    """The SDK's decorator: it names outputs by position. Here the worker keeps them; the function is called as it is.
    As in the SDK, they are looked at when the function has returned: until then it may change its list of them."""

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(function)
        def wrapped(*args: Any, **kwargs: Any) -> Any:
            return function(*args, **kwargs)

        setattr(wrapped, OUTPUTS, [] if outputs is None else outputs)
        return wrapped

    return decorate


def stand_in(project: Project, run: Run) -> None:
    """From now on both modules can be imported, and know the run."""
    for name, replaced in (("digitalhub_runtime_python", {"handler": handler}), ("digitalhub", _calls(project, run))):
        if name == "digitalhub" and "DHCORE_ENDPOINT" in os.environ and importlib.util.find_spec(name):
            continue
        if name in sys.modules:
            vars(sys.modules[name]).update(replaced)
        elif importlib.util.find_spec(name) is None:
            sys.modules[name] = _module(name, replaced)
        else:
            when_imported(name, functools.partial(_replace, name, replaced))


def _module(name: str, replaced: dict[str, Any]) -> ModuleType:
    made = ModuleType(name, "Stands in for a package that is not installed here.")
    vars(made).update(replaced)

    def missing(attribute: str) -> Any:
        if attribute.startswith("_"):
            raise AttributeError(attribute)
        return needs_server(f"{name}.{attribute}")

    vars(made)["__getattr__"] = missing
    return made


def _calls(project: Project, run: Run) -> dict[str, Any]:
    """The SDK's functions that a run can do."""

    def own(name: str = "", *_: Any, **__: Any) -> Project:
        if name not in ("", project.name):
            raise Unavailable(f"This run is in project '{project.name}', and knows no other.", "Start a run there.")
        return project

    def of_project(verb: str, name: str, *args: Any, **given: Any) -> Any:
        return getattr(own(name), verb)(*args, **given)

    def get(verb: str, identifier: str = "", project: str = "", **_: Any) -> Any:
        return getattr(own(project), verb)(identifier)

    calls: dict[str, Any] = dict.fromkeys(_PROJECT, own)
    calls |= {verb: functools.partial(_project_first, of_project, verb) for verb in _OF_PROJECT}
    return {**calls, **{verb: functools.partial(get, verb) for verb in _GET}}


def _project_first(call: Callable[..., Any], verb: str, *args: Any, **given: Any) -> Any:
    """The project comes first, or by its name."""
    name = given.pop("project", None)
    return call(verb, args[0] if name is None else name, *(args[1:] if name is None else args), **given)


def _replace(name: str, replaced: dict[str, Any], module: ModuleType) -> None:
    verbs = [each for each in vars(module) if each.partition("_")[0] in _VERBS]
    vars(module).update({each: needs_server(f"{name}.{each}") for each in verbs})
    vars(module).update(replaced)
