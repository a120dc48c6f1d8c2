"""Whether a run can be what was asked for, before anything of it is stored."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from dh_kernel.errors import Invalid

from ..executors.base import Executor
from ..secrets.values import SecretValues, no_secret
from .build import python_of, resources_of
from .options import ProfileOf

if TYPE_CHECKING:
    from dh_kernel._contract import Profile


_OWN_VOLUMES = ("empty_dir", "ephemeral")
_OWN = ("parameters", "inputs", "trial")  # of a run's spec: what others that begin with it need not have alike


def check_can_be_met(
    project: str,
    spec: Mapping[str, Any],
    executor_of: Callable[[str], Executor],
    secrets: SecretValues,
    profile_of: ProfileOf,
) -> None:
    """Raise Invalid, NotFound or NotInstalled, with the cure, for what can never run here."""
    executor = executor_of(spec.get("executor", "local"))
    if spec.get("profile"):
        _check_placement(profile_of(spec["profile"]), executor)
    _check_volumes(spec.get("volumes") or [], executor)
    _check_nodes(spec.get("nodes", 1), executor)
    _check_secrets(spec.get("secrets") or [], secrets.usable(project) if spec.get("secrets") else [])
    _check_names(spec)
    executor.check(resources_of(spec), "" if "written_for" in spec else python_of(spec))


def _check_placement(profile: Profile, executor: Executor) -> None:
    """What the profile wants and the executor can't give is refused, not left out."""
    able: frozenset[str] = getattr(executor, "honours", frozenset())
    missing = [name.replace("_", " ") for name in profile["placement"] if name not in able]
    if missing:
        raise Invalid(
            f"Profile '{profile['name']}' sets {', '.join(missing)}, which the executor '{executor.name}' can't give.",
            "Take another profile (%dh profile lists them), or --on an executor that can.",
        )


def _check_volumes(volumes: Sequence[Mapping[str, Any]], executor: Executor) -> None:
    """A place that is empty at first may be asked for by anybody; what others keep in a volume, an administrator lends."""
    if not volumes:
        return
    if "volumes" not in getattr(executor, "honours", frozenset()):
        shown = ", ".join(f"{one['name']} at {one['mount_path']}" for one in volumes)
        raise Invalid(
            f"spec.volumes: the executor '{executor.name}' can't mount volumes ({shown}).",
            "Leave them out: a run begins in a folder of its own, which is empty. Or run it on an executor that can.",
        )
    lent = next((one for one in volumes if one["volume_type"] not in _OWN_VOLUMES), None)
    if lent is not None:
        raise Invalid(
            f"spec.volumes: '{lent['name']}' is a {lent['volume_type'].replace('_', ' ')}, which only a profile can give.",
            "Take a profile that has it (%dh profile lists them), or ask an administrator for one.",
        )


def _check_nodes(nodes: int, executor: Executor) -> None:
    if nodes > 1 and not getattr(executor, "spans_nodes", False):
        raise Invalid(
            f"{nodes} machines were asked for; the executor '{executor.name}' has one.",
            "Leave --nodes out, or run it --on kubernetes.",
        )


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


def are_alike(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether two specs of runs differ in their arguments only."""
    names = (one.keys() | other.keys()) - set(_OWN)
    return all(one.get(name) == other.get(name) for name in names)
