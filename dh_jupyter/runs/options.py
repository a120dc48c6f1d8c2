"""The options of a run, from all who may say something about them. Pure.

Later ones win: what was given at registration, the task, the profile, the run's own. Resources and variables are merged
name by name, secrets add up. What is then asked for must lie within the profile's limits.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from dh_kernel.errors import Invalid, NotFound
from dh_kernel.options import shown_options

from ..quantities import parse_quantity, show_seconds

if TYPE_CHECKING:
    from dh_kernel._contract import Profile

OPTIONS = (
    "executor",
    "profile",
    "resources",
    "timeout",
    "queue_timeout",
    "total_timeout",
    "retries",
    "nodes",
    "envs",
    "secrets",
    "volumes",
)
_UNLIMITED = ("mem", "disk", "timeout")  # where asking for nothing means as much as there is

ProfileOf = Callable[[str], "Profile"]  # raises NotFound


def no_profiles(name: str) -> Profile:
    """Where there are none."""
    raise NotFound(f"There is no profile '{name}'.", "None is set up here; leave --profile out.")


def options_of(
    registered: Mapping[str, Any], task: Mapping[str, Any], own: Mapping[str, Any], profile_of: ProfileOf
) -> dict[str, Any]:
    """The options of a run. Raises NotFound for an unknown profile, Invalid for what is over its limits."""
    name = next((layer["profile"] for layer in (own, task, registered) if layer.get("profile") is not None), "")
    if not name:
        return merge_options(registered, task, own)
    profile = profile_of(name)
    merged = {**merge_options(registered, task, profile["options"], own), "profile": profile["name"]}
    placement = {"placement": profile["placement"]} if profile["placement"] else {}
    return {**within_limits(merged, profile), **placement}


def with_volumes(options: Mapping[str, Any]) -> dict[str, Any]:
    """The options of a run, with the volumes that it asks for itself beside those of its profile."""
    if not options.get("volumes"):
        return dict(options)
    placement = options.get("placement") or {}
    both = [*(placement.get("volumes") or []), *options["volumes"]]
    return {**options, "placement": {**placement, "volumes": both}}


def merge_options(*layers: Mapping[str, Any]) -> dict[str, Any]:
    """Options of several layers, the last of which wins."""
    merged: dict[str, Any] = {}
    for layer in layers:
        for name in OPTIONS:
            value = layer.get(name)
            if value is not None:
                merged[name] = _MERGED[name](merged.get(name) or type(value)(), value) if name in _MERGED else value
    return merged


def _by_name(before: Iterable[Any], after: Iterable[Any]) -> list[Any]:
    return list({env["name"]: env for env in [*before, *after]}.values())


_MERGED: dict[str, Callable[[Any, Any], Any]] = {
    "resources": lambda before, after: {**before, **after},
    "envs": _by_name,
    "secrets": lambda before, after: list(dict.fromkeys([*before, *after])),
}


def within_limits(options: Mapping[str, Any], profile: Profile) -> dict[str, Any]:
    """The options, with a limit in place of what is not asked for and would be unlimited. Raises Invalid with the limit."""
    limited = dict(options)
    for name, limit in profile["limits"].items():
        asked = options.get("timeout") if name == "timeout" else (options.get("resources") or {}).get(name)
        if asked is None and name in _UNLIMITED:
            limited = _with(limited, name, limit)
        elif asked is not None and _number(name, asked) > _number(name, limit):
            raise Invalid(
                f"{_shown(name, asked)} is more than profile '{profile['name']}' allows: {_shown(name, limit, short=True)}.",
                "Ask for less, or take another profile: %dh profile lists them.",
            )
    return limited


def _with(options: dict[str, Any], name: str, value: Any) -> dict[str, Any]:
    if name == "timeout":
        return {**options, name: value}
    return {**options, "resources": {**(options.get("resources") or {}), name: value}}


def _number(name: str, value: Any) -> float:
    return float(value) if name == "timeout" else parse_quantity(str(value), f"spec.resources.{name}")


def _shown(name: str, value: Any, short: bool = False) -> str:
    """`--memory 64Gi`; `short`: `64Gi`."""
    if name == "timeout":
        return show_seconds(value) if short else f"--timeout {show_seconds(value)}"
    flag = shown_options({"resources": {name: value}})[0]
    return str(value) if short else flag


def without_profile(options: Mapping[str, Any], profile: Profile) -> dict[str, Any]:
    """Options of a run without what its profile gave: before another profile takes its place."""
    given = _given_by(profile)
    kept = {name: value for name, value in options.items() if name != "profile" and given.get(name) != value}
    for name in ("resources", "envs", "secrets"):
        if name in kept and name in given:
            kept[name] = _without(kept[name], given[name])
    return {name: value for name, value in kept.items() if value or name not in ("resources", "envs", "secrets")}


def _given_by(profile: Profile) -> dict[str, Any]:
    """Its options, and the limits that `within_limits` may have filled in."""
    resources = {name: value for name, value in profile["limits"].items() if name in ("mem", "disk")}
    timeout = {"timeout": profile["limits"]["timeout"]} if "timeout" in profile["limits"] else {}
    return {
        **timeout,
        **profile["options"],
        "resources": {**resources, **profile["options"].get("resources", {})},
    }


def _without(kept: Any, given: Any) -> Any:
    if isinstance(kept, Mapping):
        return {name: value for name, value in kept.items() if given.get(name) != value}
    return [each for each in kept if each not in given]
