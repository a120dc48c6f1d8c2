"""Whether a run can be what was asked for, before anything of it is stored."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from dh_kernel.errors import Invalid, NotFound

from ..executors.base import Executor
from ..secrets.values import SecretValues, no_secret
from .build import resources_of


def check_can_be_met(
    project: str, spec: Mapping[str, Any], executor: Callable[[str], Executor], secrets: SecretValues
) -> None:
    """Raise Invalid, NotFound or NotInstalled, with the cure, for what can never run here."""
    if spec.get("profile"):
        raise NotFound(f"There is no profile '{spec['profile']}'.", "None is set up here; leave --profile out.")
    _check_secrets(spec.get("secrets") or [], secrets.names(project) if spec.get("secrets") else [])
    _check_names(spec)
    executor(spec.get("executor", "local")).check(resources_of(spec))


def _check_secrets(asked: list[str], known: list[str]) -> None:
    for name in asked:
        if name not in known:
            raise no_secret(name, known)


def _check_names(spec: Mapping[str, Any]) -> None:
    """One name can't have two values."""
    both = {env["name"] for env in spec.get("envs") or []}.intersection(spec.get("secrets") or [])
    if both:
        name = min(both)
        raise Invalid(f"'{name}' is given twice, as a variable and as a secret.", f"Leave out --env {name}=….")
