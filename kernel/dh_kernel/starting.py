"""A run of a function that is in the catalogue: its parameters and options come apart, and one request is sent."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from .arguments import Arguments, check_names, is_table, sort_arguments
from .datasets import saved_arguments
from .errors import Invalid
from .handles import RunHandle
from .options import NAMES, run_options
from .refs import Reference, parse

if TYPE_CHECKING:
    from .session import Session


MOST_AT_ONCE = 1 << 20  # characters of runs in one request


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
        run = session.post("runs", body=_document(session, function, arguments, wire))
    return RunHandle(session, run, "\n".join([*notes, *arguments.notes]))


def start_some(
    session: Session,
    function: str | Reference,
    given: Sequence[Mapping[str, Any]],
    options: Mapping[str, Any],
    schema: Mapping[str, Any] | None = None,
) -> tuple[list[RunHandle], int]:
    """One request for as many of them, from the first on, as begin together where they run; and how many it asked for: those
    up to the first that can't be passed. Raises as start_run, with nothing started."""
    wire = run_options(options)
    documents: list[dict[str, Any]] = []
    size = 0
    for one in given:
        try:
            documents.append(_document(session, function, sort_arguments(one, _save_nothing, schema), wire))
        except Invalid:
            if not documents:
                raise
            break
        size += len(json.dumps(documents[-1]))
        if size > MOST_AT_ONCE and len(documents) > 1:
            documents.pop()
            break
    begun = session.post("runs", "together", body={"runs": documents})["runs"]
    return [RunHandle(session, run) for run in begun], len(documents)


def _document(
    session: Session, function: str | Reference, arguments: Arguments, wire: Mapping[str, Any]
) -> dict[str, Any]:
    spec = {"function": str(function), "inputs": arguments.inputs, "parameters": arguments.parameters, **wire}
    return {"project": session.project, "spec": spec}


def _save_nothing(name: str, table: Any) -> tuple[str, str]:
    """Tables are saved for one run at a time."""
    raise Invalid(f"'{name}' is a table, which is saved first.")
