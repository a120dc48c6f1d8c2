"""A sweep as a form has it: what would be posted, what is in the way, and the line that does the same. Nothing is stored.

A parameter is varied if its text is a range or choices, as in a line (`1e-5..1e-1:log`, `{adam,sgd}`). Everything else is the
plan of a run of the same function; its rules and those of `build_sweep` are asked, none are written here. A function that asks
for its parameters while it runs has its `trial` from its worker: that is no field.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from dh_kernel.arguments import Ref, Text
from dh_kernel.asking import FIRST, is_asked_for
from dh_kernel.errors import DHError, Invalid
from dh_kernel.forms.fields import shown
from dh_kernel.sweeping.dimensions import Dimension
from dh_kernel.sweeping.given import Space, fitted
from dh_kernel.sweeping.lines import read_choice, read_dimension
from dh_kernel.sweeping.request import sweep_spec

from ..runs.build import Resolve
from ..runs.options import ProfileOf
from ..runs.parameters import argument_faults
from ..runs.plan import Planner
from .creating import SWEEP, build_sweep, with_values
from .space import extremes

if TYPE_CHECKING:
    from dh_kernel._contract import Plan, PlanCheck

_ABOUT = {  # words of a refusal, and the option at which it stands
    "no sampler": "sampler",
    "no pruner": "prune",
    "good trial": "maximize",
    "objective twice": "maximize",
    "Nothing ends": "trials",
    "trials are more than": "trials",
    "be pruned": "prune",
    "A target": "target",
    "is no constraint": "constraint",
    "no price": "cost",
    "A grid has": "sampler",
    "The grid has": "trials",
}
_PLAIN = re.compile(r"[^\s\"'#]+")


class SweepPlanner:
    """Of sweeps and, by the other planner, of runs. Thread-safe; holds nothing."""

    def __init__(self, planner: Planner, resolve: Resolve, profile_of: ProfileOf) -> None:
        self._planner = planner
        self._resolve = resolve
        self._profile_of = profile_of

    def plan(self, project: str, asked: Mapping[str, Any], root: Path) -> Plan:
        """`asked` is a PlanRequest. Raises Invalid or NotFound where there is nothing to plan with."""
        if "sweep" not in asked:
            return self._planner.plan(project, asked, root)
        if not asked.get("function"):
            raise Invalid("A sweep is one of a function.", "Name it: function.")
        function = self._resolve(asked["function"], project=project, expect="function")
        if not is_asked_for(function["spec"].get("parameters") or {}):
            return self._of_sweep(project, function, asked, root)
        typed = {name: text for name, text in (asked.get("values") or {}).items() if name != FIRST}
        plan = self._of_sweep(project, function, {**asked, "values": typed}, root, {FIRST: "{}"})
        plan["fields"] = [field for field in plan["fields"] if field["name"] != FIRST]
        return plan

    def _of_sweep(
        self,
        project: str,
        function: Any,
        asked: Mapping[str, Any],
        root: Path,
        made: Mapping[str, str] = MappingProxyType({}),
    ) -> Plan:
        """`made` are values that a trial's worker makes, as a plan of a run has them."""
        typed: Mapping[str, str] = asked.get("values") or {}
        space, faults = dimensions_of(typed)
        one_of_each = {name: _first(one) for name, one in space.items()}
        values = {name: text for name, text in {**typed, **one_of_each, **made}.items() if name not in faults}
        of_run = {name: part for name, part in asked.items() if name != "sweep"}
        plan = self._planner.plan(project, {**of_run, "values": values}, root)
        run = plan.pop("run", None)
        checks = [check for check in plan["checks"] if check.get("field") not in faults]
        checks += [_fault("arguments", error, name) for name, error in faults.items()]
        spec = self._spec(space, function, asked["sweep"], checks)
        posted: Any = run and spec and _posted(run, {*space, *made}, spec)
        if posted:
            checks += _misfits(function, posted, made) or self._refusals(project, posted, space)
        for field in plan["fields"]:
            field["value"] = typed.get(field["name"], field["value"])
        plan["checks"] = checks
        plan["line"] = line_of(plan, typed, asked["sweep"])
        if posted and not any(check["state"] == "fault" for check in checks):
            plan["run"] = posted
        return plan

    def _spec(
        self, space: Mapping[str, Dimension], function: Any, typed: Mapping[str, str], checks: list[PlanCheck]
    ) -> dict[str, Any] | None:
        """The SweepSpec; None with a further check where it can't be read."""
        given = {name: text.strip() for name, text in typed.items() if text.strip()}
        schema = function["spec"].get("parameters") or {}
        try:
            spec = sweep_spec(given, fitted(Space(dict(space), {}), schema), is_asked_for(schema))
        except DHError as error:
            checks.append(_fault("options", error, f"--{option_of(error.message)}"))
            return None
        if not space and not spec.get("conditional"):
            nothing = Invalid("Nothing is varied.", "Search at least one parameter.")
            checks.append(_fault("arguments", nothing))
            return None
        for one in spec["space"].values():
            if "choices" in one:
                one["choices"] = [value.text if isinstance(value, (Ref, Text)) else value for value in one["choices"]]
        return spec

    def _refusals(self, project: str, posted: Any, space: Mapping[str, Any]) -> list[PlanCheck]:
        try:
            build_sweep(project, posted, self._resolve, self._profile_of)
        except DHError as error:
            name = error.message.partition(":")[0]
            if name in space:
                return [_fault("arguments", error, name)]
            return [_fault("options", error, f"--{option_of(error.message)}")]
        return []


def _misfits(function: Any, posted: Any, made: Iterable[str]) -> list[PlanCheck]:
    """Bounds and choices that the function does not take."""
    found: dict[str, str] = {}
    varied = posted["spec"]["sweep"]["space"]
    for values in extremes(varied):
        spec = with_values(posted["spec"], varied, values)
        schema = function["spec"].get("parameters")
        found |= dict(argument_faults(schema, spec["parameters"], spec["inputs"]))
    return [_fault("arguments", Invalid(text), name) for name, text in found.items() if name not in made]


def dimensions_of(typed: Mapping[str, str]) -> tuple[dict[str, Dimension], dict[str, DHError]]:
    """What is varied, and why something that is meant so can't be; by parameter."""
    found: dict[str, Dimension] = {}
    faults: dict[str, DHError] = {}
    for name, text in typed.items():
        try:
            one = read_dimension(text.strip(), read_choice)
        except Invalid as error:
            faults[name] = error
        else:
            found |= {} if one is None else {name: one}
    return found, faults


def _first(one: Dimension) -> str:
    """A value of it, as it is typed."""
    value = one.wire["choices"][0] if "choices" in one.wire else one.wire["low"]
    return value.text if isinstance(value, (Ref, Text)) else shown(value)


def _posted(run: Mapping[str, Any], varied: Collection[str], spec: dict[str, Any]) -> dict[str, Any]:
    fixed = {
        part: {name: value for name, value in (run["spec"].get(part) or {}).items() if name not in varied}
        for part in ("parameters", "inputs")
    }
    return {**run, "kind": SWEEP, "spec": {**run["spec"], **fixed, "sweep": spec}}


def _fault(name: Any, error: DHError, field: str = "") -> PlanCheck:
    more = " ".join([*error.details, error.hint]).strip()
    check: PlanCheck = {"name": name, "state": "fault", "text": error.message, "detail": more}
    if field.strip("-"):
        check["field"] = field
    return check


def option_of(message: str) -> str:
    """The option that a refusal is about, by its words; empty for none."""
    start = re.match(r"([a-z_]+):", message)
    if start:
        return start[1]
    return next((name for words, name in _ABOUT.items() if words in message), "")


def line_of(plan: Plan, typed: Mapping[str, str], asked: Mapping[str, str]) -> str:
    """The line that does the same in a notebook."""
    default = {field["name"]: field.get("default", "") for field in plan["fields"]}
    values = [f"{name}={_word(text)}" for name, text in typed.items() if text != default.get(name, "")]
    goals_first = sorted(asked.items(), key=lambda one: one[0] not in ("maximize", "minimize"))
    named = [("pruner" if name == "prune" else name, text) for name, text in goals_first if text.strip()]
    options = [_option(name, text) for name, text in named]
    of_trials = {("trial_timeout" if name == "timeout" else name): text for name, text in plan["given"].items()}
    options += [f"--{name.replace('_', '-')} {_word(text)}" for name, text in of_trials.items()]
    return " ".join(["%dh sweep", plan["title"], *values, *options])


def _option(name: str, text: str) -> str:
    """A flag has no value: with `yes` it is there, with `no` its opposite."""
    shown = name.replace("_", "-")
    return {"yes": f"--{shown}", "no": f"--no-{shown}"}.get(text, f"--{shown} {_word(text)}")


def _word(text: str) -> str:
    """In quotes where it would be several; choices keep their braces."""
    braced = text.startswith("{") and text.endswith("}")
    plain = text.replace(", ", ",") if braced else text
    return plain if _PLAIN.fullmatch(plain) or braced else json.dumps(plain, ensure_ascii=False)
