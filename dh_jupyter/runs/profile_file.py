"""profiles.yaml: from the text that an administrator writes to profiles as they are applied. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, cast

from dh_kernel.errors import Invalid
from dh_kernel.options import run_options, seconds

from ..quantities import parse_quantity
from ..validation import faults_of
from .options import within_limits

if TYPE_CHECKING:
    from dh_kernel._contract import Profile

LARGEST = 1 << 20  # bytes
SHOWN = 10  # faults told at once
_RESOURCES = {"cpu": "cpu", "memory": "mem", "gpu": "gpu", "disk": "disk"}
_PLACEMENT = (
    *("image", "gpu_type", "gpu_resource", "runtime_class", "image_pull_secrets"),
    *("queue", "priority", "node_selector", "tolerations", "volumes"),
)
_SAME = ("timeout", "queue_timeout", "total_timeout", "retries", "env")
_OPTIONS = {"executor": "on", "secrets": "secret", **{name: name for name in _SAME}}  # the file's word: the option's


def parse_profiles(text: str) -> dict[str, Profile]:
    """Profiles by name, in the order of the file. Raises Invalid, with the path of each fault as a detail."""
    written = _load(text)
    if written is None:
        return {}
    faults = faults_of("ProfilesFile", written)
    profiles: dict[str, Profile] = {}
    if not faults:
        for name, settings in written["profiles"].items():
            try:
                profiles[name] = _profile(name, settings)
            except Invalid as error:
                faults.append(f"$.profiles.{name}: {error.message}")
    if faults:
        raise Invalid("The profiles are not as they must be.", "Change what is named.", faults[:SHOWN])
    return profiles


def _load(text: str) -> Any:
    import yaml

    if len(text) > LARGEST:
        raise Invalid("The file of profiles is larger than 1 MiB.")
    try:
        return yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"line {mark.line + 1}, column {mark.column + 1}: " if mark else ""
        raise Invalid("It is not YAML.", details=[f"{where}{getattr(error, 'problem', None) or error}"]) from error


def _profile(name: str, settings: Mapping[str, Any]) -> Profile:
    """Raises Invalid for a quantity or a duration that is none, and for resources over the limits."""
    given = {ours: settings[theirs] for theirs, ours in _OPTIONS.items() if theirs in settings}
    options = run_options({**(settings.get("resources") or {}), **given})
    if "profile" in options:
        raise Invalid("resources.gpu is a number; which kind of GPU a profile gives, gpu_type says.")
    profile: dict[str, Any] = {
        "name": name,
        "options": options,
        "limits": dict(_limits(settings.get("limits") or {})),
        "placement": {**{one: settings[one] for one in _PLACEMENT if one in settings}, **_shared_memory(settings)},
    }
    if "price" in settings:
        profile["price"] = settings["price"]
    if settings.get("description"):
        profile["description"] = " ".join(settings["description"].split())
    for field, quantity in (options.get("resources") or {}).items():
        parse_quantity(str(quantity), f"resources.{_word(field)}")
    within_limits(options, cast("Profile", profile))
    return cast("Profile", profile)


def _shared_memory(settings: Mapping[str, Any]) -> dict[str, str]:
    """In bytes, as a text. Raises Invalid if it is no quantity."""
    if "shared_memory" not in settings:
        return {}
    return {"shared_memory": str(int(parse_quantity(str(settings["shared_memory"]), "shared_memory")))}


def _limits(written: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    resources = run_options({name: written[name] for name in _RESOURCES if name in written}).get("resources") or {}
    for field, quantity in resources.items():
        parse_quantity(str(quantity), f"limits.{_word(field)}")
        yield field, quantity
    if "timeout" in written:
        yield "timeout", seconds("limits.timeout", written["timeout"])


def _word(field: str) -> str:
    return next(word for word, name in _RESOURCES.items() if name == field)
