"""Find the function, give it its inputs and parameters as their annotations ask, and call it."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Mapping
from types import ModuleType
from typing import TYPE_CHECKING, Any, Callable

from ..asking import FIRST, trial_for
from ..errors import Invalid, did_you_mean
from ..loading import load_entity
from ..reporting import run_folder
from .annotations import annotation_of, coerce, wanted_class
from .facts import about

if TYPE_CHECKING:
    from .._contract import RunDocument
    from .outputs import Outputs


def call_handler(module: ModuleType, run: RunDocument, outputs: Outputs) -> Any:
    """What the function returns. Raises what it raises, and Invalid for arguments that do not fit."""
    function = _find(module, run["function"]["handler"])
    arguments = _arguments(function, run)
    outputs.trial = arguments.get(FIRST) if "trial" in run else None
    outputs.note_inputs([arguments[name] for name in run["inputs"]])
    positional, named = _split(function, arguments)
    returned = function(*positional, **named)
    if inspect.isawaitable(returned):
        import asyncio  # here: it costs a cold start some time

        returned = asyncio.run(_awaited(returned))
    return returned


async def _awaited(value: Awaitable[Any]) -> Any:
    return await value


def _find(module: ModuleType, handler: str) -> Callable[..., Any]:
    found = getattr(module, handler.rpartition(":")[2], None)
    if not callable(found):
        names = [name for name, value in vars(module).items() if inspect.isfunction(value)]
        raise Invalid(f"dh_code has no function '{handler}'.", did_you_mean(handler, names))
    return found  # type: ignore[no-any-return]


def _arguments(function: Callable[..., Any], run: RunDocument) -> dict[str, Any]:
    """By name: parameters coerced, inputs loaded. Names are checked before anything is loaded."""
    parameters = inspect.signature(function).parameters
    trial = trial_for(function, run, run_folder())
    arguments: dict[str, Any] = {} if trial is None else {FIRST: trial}
    _check_names(run["function"]["name"], parameters, {**arguments, **run["parameters"], **run["inputs"]})
    for name, value in run["parameters"].items():
        arguments[name] = arguments[name] if name in arguments else coerce(value, annotation_of(function, name))
    for name, document in run["inputs"].items():
        with about(input=name, reference=document.get("reference", document["key"]), path=document["path"]):
            arguments[name] = load_entity(document, wanted_class(annotation_of(function, name)))
    return arguments


def _check_names(function: str, parameters: Mapping[str, inspect.Parameter], given: Mapping[str, Any]) -> None:
    open_ended = any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters.values())
    kinds = (inspect.Parameter.VAR_KEYWORD, inspect.Parameter.VAR_POSITIONAL)
    known = {name: parameter for name, parameter in parameters.items() if parameter.kind not in kinds}
    for name in given:
        if name not in known and not open_ended:
            raise Invalid(f"{function}: no parameter '{name}'.", did_you_mean(name, known))
    for name, parameter in known.items():
        if name not in given and parameter.default is parameter.empty:
            raise Invalid(f"{function}: parameter '{name}' is missing.", f"Give it: %dh run {function} {name}=…")


def _split(function: Callable[..., Any], arguments: dict[str, Any]) -> tuple[list[Any], dict[str, Any]]:
    """Parameters before a `/` go by position, and those whose names a decorator's wrapper does not take (`inner(*args)`)."""
    first = [one.name for one in inspect.signature(function).parameters.values() if _by_position(one, function)]
    positional = []
    for name in first:
        if name not in arguments:
            break
        positional.append(arguments[name])
    return positional, {name: value for name, value in arguments.items() if name not in first}


def _by_position(parameter: inspect.Parameter, function: Callable[..., Any]) -> bool:
    if hasattr(function, "dispatch") and hasattr(function, "registry"):  # functools.singledispatch looks at the first
        return parameter.kind in (parameter.POSITIONAL_ONLY, parameter.POSITIONAL_OR_KEYWORD)
    try:
        taken = list(inspect.signature(function, follow_wrapped=False).parameters.values())
    except ValueError:  # of a wrapper that Python makes, as lru_cache: it takes them as they are
        return parameter.kind is parameter.POSITIONAL_ONLY
    if any(one.kind is one.VAR_KEYWORD or one.name == parameter.name for one in taken):
        return parameter.kind is parameter.POSITIONAL_ONLY
    return parameter.kind in (parameter.POSITIONAL_ONLY, parameter.POSITIONAL_OR_KEYWORD)
