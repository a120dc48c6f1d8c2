"""Runs that are not executed here: those that their client executes itself, and those of kinds that only others execute.

Neither is refused: the first is stored and left to its client, the second is stored as the failed run that it is here, so
that whoever waits for it is told why. Clients of Core get the same for a run that can't be what was asked for: Core finds
that out after it has stored it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from dh_kernel.errors import DHError, Invalid, NotFound

from .build import Resolve, task_of
from .kinds import BY_FUNCTION, BY_RUN

if TYPE_CHECKING:
    from dh_kernel._contract import Entity

    from ..catalogue.catalogue import Catalogue

STEPS_OF_EVENTS = {("build", "CREATED"): "BUILT", ("run", "BUILT"): "READY"}  # of runs that their client executes


def is_foreign(posted: Mapping[str, Any]) -> bool:
    """Whether the broker does not execute it."""
    kind = posted.get("kind")
    return bool((posted.get("spec") or {}).get("local_execution")) or (kind is not None and kind not in BY_RUN)


def foreign_document(project: str, posted: Mapping[str, Any], resolve: Resolve) -> dict[str, Any]:
    """The document to store. Raises Invalid, in Core's words, for a run without its task."""
    spec = dict(posted.get("spec") or {})
    task = task_of(project, spec, resolve)
    if task is None:
        raise Invalid("spec: missing task", "e.g. spec.task = python+job://PROJECT/ID")
    if spec.get("local_execution"):
        return dict(posted)
    runs_here = ", ".join(f"{one.run} of a {one.function} function" for one in BY_FUNCTION.values())
    message = f"Runs of kind '{posted['kind']}' can't be executed here. What runs here: {runs_here}."
    return _failed(project, posted, task, resolve, message)


def refused_document(project: str, posted: Mapping[str, Any], resolve: Resolve, why: DHError) -> dict[str, Any] | None:
    """The failed run that a client of Core is answered in place of `why`; None where Core refuses, too: without a task,
    or with what only clients of ours know. Raises Invalid, in Core's words, where its task or function is not there."""
    spec = posted.get("spec") or {}
    task = task_of(project, spec, resolve)
    if task is None or spec.get("same_as"):
        return None
    message = re.sub(r"^No such EntityName\.\w+\. (?=\S)", "", " ".join(str(why).splitlines()))
    return _failed(project, posted, task, resolve, message)


def _failed(
    project: str, posted: Mapping[str, Any], task: Mapping[str, Any], resolve: Resolve, message: str
) -> dict[str, Any]:
    """Whole, as Core leaves it after BUILD, and over."""
    spec = posted.get("spec") or {}
    named = spec.get("function") or spec.get("workflow") or task["spec"].get("function") or task["spec"].get("workflow")
    executable = _executable(str(named), project, resolve)
    whole = {**executable.get("spec", {}), **task["spec"], **spec, "local_execution": False}
    return {**posted, "spec": whole, "status": {"state": "ERROR", "message": message}}


def _executable(named: str, project: str, resolve: Resolve) -> Mapping[str, Any]:
    try:
        return resolve(named, project=project)
    except NotFound as error:
        raise Invalid("invalid executable entity", f"There is no '{named[:200]}'.") from error


def take_event(catalogue: Catalogue, project: str, ident: str, event: str, user: str) -> Entity:
    """One of Core's events (build, run, resume). One that is not legal now changes nothing."""
    run = catalogue.get(project, "run", ident)
    state = state_after(run, event)
    changed = {"status": {**run["status"], "state": state}}
    return catalogue.update(project, "run", ident, changed, user=user) if state else run


def state_after(run: Mapping[str, Any], event: str) -> str | None:
    """The state that an event of Core's moves a run to; None where it is not the event's to move."""
    if not run["spec"].get("local_execution"):
        return None
    return STEPS_OF_EVENTS.get((event, run["status"].get("state", "CREATED")))
