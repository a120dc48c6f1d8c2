"""Begin a sweep: parameters, ranges and options come apart, and one request is sent."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from .. import options as run_options_
from ..arguments import Ref, check_names, is_table, plain, sort_arguments
from ..asking import FIRST, is_asked_for
from ..datasets import saved_arguments
from ..options import run_options
from .given import Space, fitted, space_of_values
from .handle import Sweep
from .request import NAMES, TRIAL_TIMEOUT, sweep_spec

if TYPE_CHECKING:
    from .._contract import Entity
    from ..session import Session

KIND = "python+sweep:run"


def sweep(session: Session, function: Entity, given: Mapping[str, Any]) -> Sweep:
    """Of Python's keywords. A name that is both is the parameter."""
    schema = schema_of(function)
    known = schema.get("properties", {})
    parameters = {name: value for name, value in given.items() if name in known or not _is_option(name)}
    options = {name: value for name, value in given.items() if name not in parameters}
    if "options" not in known:
        options.update(parameters.pop("options", None) or {})
    space = space_of_values(parameters, is_asked_for(schema))
    return start(session, function, space, options)


def start(session: Session, function: Entity, space: Space, options: Mapping[str, Any]) -> Sweep:
    """One request; the server refuses what does not fit before anything is created. Tables are saved first."""
    schema = schema_of(function)
    conditional = is_asked_for(schema)
    own = {name: value for name, value in options.items() if name in NAMES}
    asked = sweep_spec(own, fitted(space, schema), conditional)
    wire = run_options(_of_trials({name: value for name, value in options.items() if name not in NAMES}))
    given = [*space.fixed, *space.dimensions, *([FIRST] if conditional else [])]
    check_names(function["name"], given, schema)
    with saved_arguments(session) as save:
        arguments = sort_arguments(space.fixed, save, schema)
        _send_choices(asked["space"], save)
        spec = {
            "function": function["key"],
            "inputs": arguments.inputs,
            "parameters": arguments.parameters,
            **wire,
            "sweep": asked,
        }
        run = session.post("runs", body={"kind": KIND, "project": session.project, "spec": spec})
    return Sweep(session, run, "\n".join(arguments.notes))


def schema_of(function: Entity) -> dict[str, Any]:
    """The schema of a function's parameters."""
    spec: Any = function["spec"]
    return dict(spec.get("parameters") or {})


def _is_option(name: str) -> bool:
    return name in (*NAMES, *run_options_.NAMES, TRIAL_TIMEOUT)


def _of_trials(options: dict[str, Any]) -> dict[str, Any]:
    """Options of the trials' runs: their timeout has a name of its own here."""
    if TRIAL_TIMEOUT in options:
        options["timeout"] = options.pop(TRIAL_TIMEOUT)
    return options


def _send_choices(space: Mapping[str, dict[str, Any]], save: Callable[[str, Any], tuple[str, str]]) -> None:
    """Choices as JSON: references as texts, tables as datasets of the parameter's name."""
    for name, one in space.items():
        if one["type"] == "choice":
            one["choices"] = [_choice(name, value, save) for value in one["choices"]]


def _choice(name: str, value: Any, save: Callable[[str, Any], tuple[str, str]]) -> Any:
    if isinstance(value, Ref):
        return value.text
    if is_table(value):
        return save(name, value)[0]
    key = getattr(value, "key", None)
    return key if isinstance(key, str) else plain(name, value)
