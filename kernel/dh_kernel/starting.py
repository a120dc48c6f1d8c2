"""A run of a function that is in the catalogue: its parameters and options come apart, and one request is sent."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from .arguments import check_names, is_table, sort_arguments
from .datasets import saved_arguments
from .handles import RunHandle
from .options import NAMES, run_options
from .refs import Reference, parse

if TYPE_CHECKING:
    from .session import Session


def apart(params: Mapping[str, Any], known: Collection[str]) -> tuple[dict[str, Any], dict[str, Any]]:
    """(parameters, options) of keywords; a name that is both is the parameter, its option is given in `options={…}`."""
    given = dict(params)
    options = dict(given.pop("options", {})) if "options" not in known else {}
    for name in [name for name in given if name in NAMES and name not in known]:
        options[name] = given.pop(name)
    return given, options


def start_run(
    session: Session,
    function: str | Reference,
    given: Mapping[str, Any],
    options: Mapping[str, Any],
    schema: Mapping[str, Any] | None = None,
    notes: Sequence[str] = (),
) -> RunHandle:
    """One request; the server refuses what does not fit before anything is created. `notes` are said with the run."""
    wire = run_options(options)
    if any(is_table(value) for value in given.values()):  # nothing is saved for a run that would be refused
        schema = schema or session.resolve(function, "function")["spec"].get("parameters")
        check_names(parse(str(function), "function").name, given, schema)
    with saved_arguments(session) as save:
        arguments = sort_arguments(given, save, schema)
        spec = {"function": str(function), "inputs": arguments.inputs, "parameters": arguments.parameters, **wire}
        run = session.post("runs", body={"project": session.project, "spec": spec})
    return RunHandle(session, run, "\n".join([*notes, *arguments.notes]))
