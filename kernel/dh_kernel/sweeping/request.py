"""What a person asks of a sweep, as the contract's SweepSpec. Pure; what fits the function, the server says."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ..errors import Invalid, did_you_mean
from ..options import seconds, words
from .given import Space

SAMPLERS = ("tpe", "random", "grid", "cmaes", "qmc", "gp", "nsgaii")
PRUNERS = ("median", "hyperband", "patient", "none")
FAILURES = ("count", "stop")
NAMES = (
    "trials", "workers", "maximize", "minimize", "sampler", "seed", "prune", "pruner", "timeout", "cost", "target", "plateau",
    "failures", "reuse", "no_reuse", "warm_start", "constraint",
)  # fmt: skip
TRIAL_TIMEOUT = "trial_timeout"  # `timeout` is the sweep's; a run's own is the trial's
WORKERS = 2
_SHOWN = 60  # characters of a word that is none
_KEPT = (
    "function", "inputs", "parameters", "executor", "profile", "resources", "timeout", "queue_timeout", "total_timeout",
    "retries", "nodes", "envs", "secrets",
)  # fmt: skip


def sweep_spec(given: Mapping[str, Any], space: Space, conditional: bool = False) -> dict[str, Any]:
    """`given` are options by their Python names, as texts or values; dimensions of choices may still hold tables."""
    spec: dict[str, Any] = {
        "space": {name: dict(one.wire) for name, one in space.dimensions.items()},
        "objectives": objectives(given),
        "workers": count("workers", WORKERS if given.get("workers") is None else given["workers"]),
        "sampler": _one_of("sampler", _said(given, "sampler", "tpe"), SAMPLERS),
    }
    if conditional:
        spec["conditional"] = True
    for name, (field, read) in _FIELDS.items():
        if given.get(name) is not None:
            spec[field] = read(name, given[name])
    pruner = _pruner(given)
    if pruner:
        spec["pruner"] = pruner
    return spec


def extension(given: Mapping[str, Any]) -> dict[str, Any]:
    """`{trials}` or `{timeout}` to add. A plus before it is allowed."""
    found: dict[str, Any] = {}
    if given.get("trials") is not None:
        found["trials"] = count("trials", _added(given["trials"]))
    if given.get("timeout") is not None:
        found["timeout"] = seconds("timeout", _added(given["timeout"]))
    return found


def continued(run: Mapping[str, Any], more: Mapping[str, Any]) -> dict[str, Any]:
    """A sweep that goes on where one that has ended stopped: what is posted to runs."""
    spec = run["spec"]
    sweep = {name: value for name, value in spec["sweep"].items() if name not in ("fixed", "name", "trials", "timeout")}
    known = {"warm_start": [*(sweep.get("warm_start") or ()), run["metadata"].get("reference") or run["key"]]}
    kept = {name: spec[name] for name in _KEPT if name in spec}
    return {"kind": run["kind"], "project": run["project"], "spec": {**kept, "sweep": {**sweep, **more, **known}}}


def objectives(given: Mapping[str, Any]) -> list[dict[str, str]]:
    """Names with their directions. Raises Invalid if there is none, or one twice."""
    found = [
        {"name": name, "direction": direction}
        for direction in ("maximize", "minimize")
        for name in words(direction, _flat(direction, _said(given, direction, ())))
    ]
    names = [one["name"] for one in found]
    if not found:
        raise Invalid(
            "What is a good trial? A sweep needs a number to maximize or to minimize.",
            "--maximize NAME or --minimize NAME: a number that the function returns under this name, or reports.",
        )
    for name in names:
        if names.count(name) > 1:
            raise Invalid(f"'{name}' is an objective twice.", "Each is maximized or minimized, once.")
    return found


def count(name: str, value: Any) -> int:
    """A whole number above 0."""
    text = str(value).replace(",", "").replace("_", "")
    if isinstance(value, bool) or not re.fullmatch(r"\d+", text) or int(text) < 1:
        raise Invalid(f"{name}: {value!r} is not a whole number above 0.", f"e.g. --{name.replace('_', '-')} 4")
    return int(text)


def _said(given: Mapping[str, Any], name: str, otherwise: Any) -> Any:
    """An option that is given; None, False and what is empty are none."""
    value = given.get(name)
    is_none = value is None or value is False or (isinstance(value, (str, list, tuple, dict)) and not value)
    return otherwise if is_none else value


def _flat(name: str, value: Any) -> str:
    """A list of an option that was given several times, each with commas, as one text."""
    many = [value] if isinstance(value, str) else value
    if not isinstance(many, Sequence) or not all(isinstance(one, str) for one in many):
        raise Invalid(f"{name}: {value!r} is no name of a number.", f'{name}="auc", or a list of names.')
    return ",".join(many)


def _added(value: Any) -> Any:
    return value.lstrip("+").strip() if isinstance(value, str) else value


def _pruner(given: Mapping[str, Any]) -> dict[str, Any]:
    """`--prune` alone is by the median; a dict goes as it is."""
    asked = _said(given, "pruner", _said(given, "prune", None))
    if asked is None:
        return {}
    if isinstance(asked, Mapping):
        return {**asked, "kind": _one_of("pruner", asked.get("kind", ""), PRUNERS)}
    return {"kind": "median" if asked is True else _one_of("pruner", asked, PRUNERS)}


def _one_of(name: str, value: Any, known: Sequence[str]) -> str:
    text = str(value)
    if text not in known:
        raise Invalid(f"There is no {name} '{text[:_SHOWN]}'.", did_you_mean(text[:_SHOWN], known))
    return text


def _number(name: str, value: Any) -> float:
    try:
        found = float(value)
    except (TypeError, ValueError):
        found = math.nan
    if not math.isfinite(found):
        raise Invalid(f"{name}: {value!r} is not a number.", f"e.g. --{name} 0.95")
    return found


def _whole(name: str, value: Any) -> int:
    if isinstance(value, bool) or not re.fullmatch(r"-?\d+", str(value)):
        raise Invalid(f"{name}: {value!r} is not a whole number.", f"e.g. --{name} 1")
    return int(value)


def _failures(name: str, value: Any) -> str:
    return _one_of("policy for failures", value, FAILURES)


def _reuse(name: str, value: Any) -> Any:
    """`auto`: by how long trials take."""
    if isinstance(value, bool) or value == "auto":
        return bool(value) if isinstance(value, bool) else "auto"
    return _one_of("way to reuse workers", value, ("yes", "no", "auto")) == "yes"


def _listed(name: str, value: Any) -> list[str]:
    is_one = isinstance(value, str) or hasattr(value, "key") or not isinstance(value, Iterable)
    many = [value] if is_one else value
    return [str(getattr(one, "key", one)) for one in many]


_FIELDS: dict[str, Any] = {
    "trials": ("trials", count),
    "seed": ("seed", _whole),
    "timeout": ("timeout", seconds),
    "cost": ("cost", _number),
    "target": ("target", _number),
    "plateau": ("plateau", count),
    "failures": ("failures", _failures),
    "reuse": ("reuse", _reuse),
    "no_reuse": ("reuse", lambda name, value: not value),
    "warm_start": ("warm_start", _listed),
    "constraint": ("constraints", _listed),
}
