"""Run options, from what a person writes (memory="8Gi", timeout="2h", on="local") to the wire's RunOptions. Pure."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from .errors import Invalid, did_you_mean

if TYPE_CHECKING:
    from ._contract import RunOptions

_RESOURCES = {"cpu": "cpu", "memory": "mem", "gpu": "gpu", "disk": "disk"}
_UNITS = {"": 1.0, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_DURATION = re.compile(r"(?:\d+(?:\.\d+)?[smhd]?)(?:\d+(?:\.\d+)?[smhd])*")
NAMES = (*_RESOURCES, "timeout", "queue_timeout", "total_timeout", "retries", "nodes", "env", "secret", "on", "profile")


def run_options(given: Mapping[str, Any]) -> RunOptions:
    """Fields that are None are left out. Raises Invalid for an unknown name or a value that can't be read."""
    options: dict[str, Any] = {}
    if ":" in str(given.get("gpu")) and given.get("profile") is not None:
        raise Invalid(
            "--gpu TYPE:COUNT takes the profile that has such GPUs, and --profile names one.", "Give one of the two."
        )
    for name, value in given.items():
        if value is None:
            continue
        if name in _RESOURCES:
            options.setdefault("resources", {})[_RESOURCES[name]] = quantity(name, value)
            if name == "gpu":
                options.update(_by_type(options, str(value)))
        elif name in _FIELDS:
            field, read = _FIELDS[name]
            options[field] = read(name, value)
        else:
            raise Invalid(f"There is no option '{name}'.", did_you_mean(name, NAMES))
    return options  # type: ignore[return-value]


def _by_type(options: dict[str, Any], value: str) -> dict[str, Any]:
    """Of `a100:2`: two GPUs, and the profile that has such; see Profiles.get."""
    kind, sign, count = value.rpartition(":")
    if not sign:
        return {}
    if not kind or not count.isdigit():
        raise Invalid(f"--gpu {value}: it is COUNT or TYPE:COUNT.", "For example --gpu 2, or --gpu a100:1.")
    return {"profile": f"gpu:{kind}", "resources": {**options["resources"], "gpu": count}}


def quantity(name: str, value: Any) -> str:
    """Core's form: digits and a unit. Half a core is written 500m."""
    if isinstance(value, float) and not math.isfinite(value):
        raise Invalid(f"{name}={value} is no amount.", f"Write a number, and a unit where it is of memory: {name}=2.")
    if isinstance(value, float) and not value.is_integer():
        if name != "cpu":
            raise Invalid(f"{name}={value} is not a whole number.", f'Write digits and a unit: {name}="8Gi".')
        return f"{round(value * 1000)}m"
    if isinstance(value, (int, float)):
        return str(int(value))
    if name == "cpu" and re.fullmatch(r"\d*\.\d+", str(value)):
        return quantity(name, float(value))
    return str(value)


def seconds(name: str, value: Any) -> float:
    """`90`, `45s`, `30m`, `2h`, `1h30m`, `1d` in seconds."""
    text = str(value).strip()
    if not _DURATION.fullmatch(text):
        raise Invalid(f"{name}: '{value}' is not a duration.", "Write 45s, 30m, 2h or 1h30m.")
    total = sum(float(number) * _UNITS[unit] for number, unit in re.findall(r"(\d+(?:\.\d+)?)([smhd]?)", text))
    if total <= 0:
        raise Invalid(f"{name} must be more than nothing, and is {value}.")
    return total


def typed_seconds(value: float) -> str:
    """As a person types it: `30m`, `1h30m`, `45s`; what `seconds` reads."""
    whole, rest = divmod(value, 60)
    hours, minutes = divmod(int(whole), 60)
    parts = [(hours, "h"), (minutes, "m"), (rest, "s")]
    return "".join(f"{number:g}{unit}" for number, unit in parts if number) or "0s"


def environment(name: str, value: Any) -> list[dict[str, str]]:
    """From a dict, which may be JSON, or from `NAME=value` texts."""
    if isinstance(value, str) and value.lstrip().startswith("{"):
        value = _read_json(name, value)
    if isinstance(value, Mapping):
        return [{"name": str(key), "value": str(item)} for key, item in value.items()]
    pairs = [text.partition("=") for text in words(name, value)]
    for key, sign, _ in pairs:
        if not sign or not key:
            raise Invalid(f"{name}: '{key}' is not NAME=value.", "Write --env NAME=value, or env={'NAME': 'value'}.")
    return [{"name": key, "value": item} for key, _, item in pairs]


def _read_json(name: str, text: str) -> dict[str, Any]:
    try:
        read = json.loads(text)
    except ValueError:
        read = None
    if not isinstance(read, dict) or not all(read):
        raise Invalid(f"{name}: '{text[:100]}' is not a JSON object of names and values.", 'Write {"NAME": "value"}.')
    return read


def words(name: str, value: Any) -> list[str]:
    """A list of names, from a list or from a text with commas."""
    if isinstance(value, str):
        return [word.strip() for word in value.split(",") if word.strip()]
    if isinstance(value, Iterable):
        return [str(word) for word in value]
    raise Invalid(f"{name} is a list of names.", f'Write {name}=["a", "b"].')


def _whole(name: str, value: Any) -> int:
    try:
        return int(value)
    except (TypeError, ValueError, OverflowError):
        raise Invalid(f"{name}: '{value}' is not a whole number.") from None


def _text(name: str, value: Any) -> str:
    return str(value)


_FIELDS: dict[str, Any] = {
    "timeout": ("timeout", seconds),
    "queue_timeout": ("queue_timeout", seconds),
    "total_timeout": ("total_timeout", seconds),
    "retries": ("retries", _whole),
    "nodes": ("nodes", _whole),
    "env": ("envs", environment),
    "secret": ("secrets", words),
    "on": ("executor", _text),
    "profile": ("profile", _text),
}


_TYPED = {"cpu": "cpu", "mem": "memory", "gpu": "gpu", "disk": "disk"}


def typed_options(options: Mapping[str, Any]) -> dict[str, str]:
    """RunOptions by their Python names, as a person types them. What has no such form (variables) is left out."""
    resources = options.get("resources") or {}
    found = {_TYPED[name]: str(value) for name, value in resources.items() if name in _TYPED}
    for name in ("timeout", "queue_timeout", "total_timeout"):
        if name in options:
            found[name] = typed_seconds(options[name])
    for name in ("retries", "nodes", "executor", "profile"):
        if name in options:
            found["on" if name == "executor" else name] = str(options[name])
    if options.get("secrets"):
        found["secret"] = ",".join(options["secrets"])
    return found


def shown_options(options: Mapping[str, Any]) -> list[str]:
    """RunOptions as a person types them: `--memory 16Gi`. Fields without an option are left out."""
    typed = typed_options({**options, "secrets": ()})
    return [f"--{name.replace('_', '-')} {value}" for name, value in typed.items()]
