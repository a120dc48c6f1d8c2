"""Tasks: whether a posted one belongs to something, and the one that a run needs."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from dh_kernel.errors import Invalid, NotFound

from .build import Resolve

if TYPE_CHECKING:
    from ..catalogue.catalogue import Catalogue

_EXECUTABLE = re.compile(r"([^:/]+)://([^/]+)/([^:]+):(.+)")


def check_task(project: str, posted: Mapping[str, Any], resolve: Resolve) -> None:
    """Raise Invalid, in Core's words, for a task without a function or workflow of the project."""
    spec = posted.get("spec") or {}
    named = spec.get("function") or spec.get("workflow")
    found = _EXECUTABLE.fullmatch(str(named))
    if found is None or found[2] != project:
        raise Invalid(
            "invalid executable entity", "e.g. spec.function = python://PROJECT/NAME:ID, of the same project."
        )
    try:
        resolve(str(named), project=project)
    except NotFound as error:
        raise Invalid("invalid executable entity", f"There is no '{str(named)[:200]}'.") from error


def make_task(catalogue: Catalogue, project: str, task: Mapping[str, Any], user: str) -> None:
    """Unless it is there, as it mostly is: to look is cheaper than to write."""
    try:
        catalogue.get(project, "task", task["id"])
    except NotFound:
        catalogue.create("task", task, project=project, user=user, on_duplicate="keep")
