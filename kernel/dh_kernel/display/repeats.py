"""What differs between a run and the one that it repeats. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .words import cut, listed, short_key

_OPTIONS = {
    "executor": "on",
    "profile": "profile",
    "timeout": "timeout",
    "queue_timeout": "queue-timeout",
    "retries": "retries",
    "nodes": "nodes",
}
_RESOURCES = {"cpu": "cpu", "mem": "memory", "gpu": "gpu", "disk": "disk"}
_MISSING = object()


def retry_note(old_name: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> str:
    """`train-1 again · lr 0.1 → 0.05, memory 8Gi → 16Gi`, from the two runs' specs."""
    changed = changes(old, new)
    return f"{old_name} again · {listed(changed) if changed else 'nothing changed'}"


def changes(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """One text for each thing that was changed, added or taken away."""
    before, after = _flat(old), _flat(new)
    names = [*before, *(name for name in after if name not in before)]
    return [
        f"{name} {_shown(before.get(name, _MISSING))} → {_shown(after.get(name, _MISSING))}"
        for name in names
        if before.get(name, _MISSING) != after.get(name, _MISSING)
    ]


def _flat(spec: Mapping[str, Any]) -> dict[str, Any]:
    """What a person gives, by the name that they give it."""
    found: dict[str, Any] = {name: short_key(key) for name, key in (spec.get("inputs") or {}).items()}
    found.update(spec.get("parameters") or {})
    found.update({_RESOURCES[name]: one for name, one in (spec.get("resources") or {}).items() if name in _RESOURCES})
    found.update({shown: spec[name] for name, shown in _OPTIONS.items() if spec.get(name) is not None})
    found.update({f"env {one['name']}": one.get("value", "") for one in spec.get("envs") or []})
    return found


def _shown(value: Any) -> str:
    return "not given" if value is _MISSING else cut(value, 40)
