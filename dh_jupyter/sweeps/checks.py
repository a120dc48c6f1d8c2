"""Whether a sweep can be what was asked for, and what is left out filled in. Pure but for the packages that it looks for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dh_kernel.errors import Invalid, did_you_mean

from ..runs.together import takes_hands
from .objective import constraint_of
from .sampling import check_sampler
from .space import check_space, grid_size, holds

WORKERS = 2
MOST = 100_000  # trials
LONGEST = 10**9  # seconds


def checked(spec: Mapping[str, Any]) -> dict[str, Any]:
    """The SweepSpec with its defaults. Raises Invalid or NotInstalled."""
    if not spec["space"] and not spec.get("conditional"):
        raise Invalid(
            "Nothing is varied.", "Give a range (lr=1e-5..1e-1:log, leaves=8..64) or choices (opt={adam,sgd})."
        )
    check_space(spec["space"])
    _check_objectives(spec)
    for text in spec.get("constraints") or ():
        constraint_of(text)
    found = {"workers": WORKERS, "sampler": "tpe", "failures": "count", **spec}
    if found.get("conditional") and found["sampler"] == "grid":
        raise Invalid(
            "A grid has all its combinations before it begins, and this function asks for its parameters while it runs.",
            "Take another sampler (--sampler tpe or random), or make them parameters with steps or choices.",
        )
    check_sampler(found)
    _check_end(found)
    for picked in found.get("fixed") or ():
        check_picked(found, picked)
    if found.get("reuse") is True and found.get("conditional"):
        raise Invalid(
            "Trials that ask for their parameters while they run have a worker each.",
            "Leave --reuse away, or make what the function asks for parameters with ranges: lr=1e-5..1e-1:log",
        )
    return found


def _check_objectives(spec: Mapping[str, Any]) -> None:
    names = [objective["name"] for objective in spec["objectives"]]
    twice = [name for name in names if names.count(name) > 1]
    if twice:
        raise Invalid(f"'{twice[0]}' is an objective twice.", "Each is maximized or minimized, once.")
    pruner = (spec.get("pruner") or {}).get("kind", "none")
    if len(names) > 1 and pruner != "none":
        raise Invalid("Trials of several objectives can't be pruned.", "Leave --prune away, or name one objective.")
    if len(names) > 1 and spec.get("target") is not None:
        raise Invalid("A target is one of a single objective.", "Use a constraint: --constraint 'auc >= 0.9'")


def _check_end(spec: Mapping[str, Any]) -> None:
    """Something must end it."""
    trials = spec.get("trials")
    if spec.get("timeout") is not None and spec["timeout"] > LONGEST:
        raise Invalid("The timeout is longer than a sweep can last.", f"At most {LONGEST:,} seconds.")
    if spec["sampler"] == "grid":
        size = grid_size(spec["space"])
        if trials is None and size > MOST:
            raise Invalid(f"The grid has {size:,} combinations.", f"Make it smaller, or say how many: --trials {MOST}")
        return
    if trials is None and all(spec.get(name) is None for name in ("timeout", "plateau", "cost")):
        raise Invalid("Nothing ends this sweep.", "Say how much: --trials 100, --timeout 1h, --cost 5 or --plateau 20.")
    if trials is not None and trials > MOST:
        raise Invalid(f"{trials:,} trials are more than a sweep can have.", f"At most {MOST:,}.")


def check_picked(spec: Mapping[str, Any], picked: Mapping[str, Any]) -> None:
    """Parameters that somebody picked for a trial of a SweepSpec; what they leave out the sampler adds. Raises Invalid.

    What a function will ask for is not known before: the trial has it if it asks, and if it lies in what it asks for.
    """
    space = spec["space"]
    if not picked:
        raise Invalid("Nothing was picked.", f"Give some of {', '.join(space) or 'what the function asks for'}.")
    for name, value in picked.items():
        if name not in space and spec.get("conditional"):
            continue
        if name not in space:
            raise Invalid(f"'{name}' is not varied here. {did_you_mean(name, space)}")
        if not holds(space[name], value):
            raise Invalid(f"{name}: {value!r} lies outside of what is varied.", _range(space[name]))


def _range(one: Mapping[str, Any]) -> str:
    if one["type"] == "choice":
        return f"One of {', '.join(map(repr, one['choices'][:10]))}."
    return f"From {one['low']} to {one['high']}."


def check_reuse(executor: Any, spec: Mapping[str, Any]) -> None:
    """Raise Invalid where one worker can't have trials one after another, and that is asked for. `spec` is the run's."""
    if spec["sweep"].get("reuse") is True and not can_share(executor, spec):
        why = "can't be told to leave a trial early" if takes_hands(executor, spec) else "have one trial each"
        raise Invalid(
            f"Trials can't share workers (--reuse) as asked: workers on '{executor.name}' {why}.",
            "Leave --reuse away (or --prune, or --nodes), or take --on local.",
        )


def can_share(executor: Any, spec: Mapping[str, Any]) -> bool:
    """Whether a worker can have several trials one after another. One that hears nothing can't be told to leave one of them
    early: what ends it there is the end of its worker, and of all that it has."""
    prunes = (spec["sweep"].get("pruner") or {}).get("kind", "none") != "none"
    return takes_hands(executor, spec) and (not prunes or getattr(executor, "answers", False))


def check_can_ask(executor: Any) -> None:
    """Raise Invalid for an executor whose trials could ask, and would hear no answer."""
    if not getattr(executor, "answers", False):
        raise Invalid(
            f"Trials on '{executor.name}' can't ask for their parameters while they run: the broker can't write to them.",
            "Take --on local, or make what the function asks for parameters with ranges: lr=1e-5..1e-1:log",
        )
