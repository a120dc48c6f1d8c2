"""A plan: what would run if a form were sent now, and everything that speaks for or against it. Nothing is stored.

The rules are those of `build`, `checks` and of dh_kernel's own forms and jobs; here they are asked one by one, so that each
fault can stand beside its field.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dh_kernel.arguments import Ref, Text
from dh_kernel.errors import Busy, DHError, Invalid
from dh_kernel.forms.fields import LEFT_OUT, Field, fields_of, read, shown
from dh_kernel.options import run_options, typed_options

from ..executors.base import Executor
from ..secrets.values import SecretValues
from .build import Resolve, build, python_of, resources_of
from .checks import check_can_be_met
from .options import ProfileOf
from .parameters import argument_faults
from .plan_subject import Subject, shortened, subject_of

if TYPE_CHECKING:
    from dh_kernel._contract import Plan, PlanCheck, PlanField

_CORES_WORDS = re.compile(r"^No such EntityName\.\w+\. (?=.)")  # the SDK looks for them; a person does not


class Planner:
    """Thread-safe; holds nothing."""

    def __init__(
        self, resolve: Resolve, executor: Callable[[str], Executor], secrets: SecretValues, profile_of: ProfileOf
    ) -> None:
        self._resolve = resolve
        self._executor = executor
        self._secrets = secrets
        self._profile_of = profile_of

    def plan(self, project: str, asked: Mapping[str, Any], root: Path) -> Plan:
        """`asked` is a PlanRequest. Raises Invalid or NotFound where there is nothing to plan with."""
        subject = subject_of(project, asked, self._resolve, self._profile_of, root)
        fields = fields_of(subject.function["spec"].get("parameters") or {})
        first = {one.name: subject.values.get(one.name, shown(one.default)) for one in fields}
        values = {**first, **(asked.get("values") or {})}
        options = {name: text.strip() for name, text in asked.get("options", subject.options).items() if text.strip()}
        parameters, inputs, checks = _arguments(fields, values, subject)
        checks += self._data(project, inputs)
        posted, found = self._options(project, subject, {"parameters": parameters, "inputs": inputs}, options)
        checks += [*found, *subject.checks]
        merged = self._merged(project, subject, posted) if posted else None
        if isinstance(merged, DHError):
            checks.append(_fault("options", merged))
        elif merged:
            checks += self._place(merged)
        is_possible = posted is not None and not any(check["state"] == "fault" for check in checks)
        plan: Plan = {
            "title": subject.title,
            "what": subject.what,
            "fields": [_shown_field(one, values[one.name], subject) for one in fields],
            "given": options,
            "options": typed_options(merged) if isinstance(merged, dict) else options,
            "code": subject.code,
            "checks": checks,
        }
        if is_possible and subject.register:
            plan["register"] = subject.register
        if is_possible and posted:
            plan["run"] = posted
        return plan

    def _data(self, project: str, inputs: Mapping[str, str]) -> list[PlanCheck]:
        checks: list[PlanCheck] = []
        for name, reference in inputs.items():
            try:
                entity = self._resolve(reference, project=project)
            except DHError as error:
                checks.append({**_fault("data", error), "field": name})
            else:
                found = entity["metadata"].get("reference", reference)
                checks.append({"name": "data", "state": "ok", "text": "Data can be reached", "detail": found})
        return checks

    def _options(
        self, project: str, subject: Subject, arguments: Mapping[str, Any], options: Mapping[str, str]
    ) -> tuple[Any, list[PlanCheck]]:
        """The run to post, if its options can be read."""
        try:
            typed: Any = run_options(options)
        except Invalid as error:
            return None, [_fault("options", error)]
        if subject.kept.get("envs"):
            named = {one["name"] for one in typed.get("envs", ())}
            kept = [one for one in subject.kept["envs"] if one["name"] not in named]
            typed = {**typed, "envs": [*kept, *typed.get("envs", ())]}
        spec = {"function": subject.function["key"], **arguments, **subject.kept, **typed}
        return {"kind": f"{subject.function['kind']}+job:run", "project": project, "spec": spec}, []

    def _merged(self, project: str, subject: Subject, posted: Mapping[str, Any]) -> dict[str, Any] | DHError:
        """The run's spec as it would be stored, or why it can't be. Faults of arguments are known by then."""
        known = {**posted, "spec": {**posted["spec"], "parameters": {}, "inputs": {}}}
        function: Any = {**subject.function, "spec": {**subject.function["spec"], "parameters": None}}

        def resolve(named: str, **expected: Any) -> Any:
            return function if named == function["key"] else self._resolve(named, **expected)

        try:
            spec: dict[str, Any] = build(project, known, resolve, self._profile_of).document["spec"]
            check_can_be_met(project, spec, self._executor, self._secrets, self._profile_of)
        except DHError as error:
            return error
        return spec

    def _place(self, spec: Mapping[str, Any]) -> Iterator[PlanCheck]:
        executor = self._executor(spec.get("executor", "local"))
        lacks = getattr(executor, "lacks", None)
        requirements = tuple(spec.get("requirements") or ())
        if lacks is not None and requirements:
            yield _requirements(lacks(requirements, python_of(spec)), len(requirements))
        try:
            executor.room(resources_of(spec))
        except Busy as busy:
            yield {"name": "places", "state": "note", "text": "It waits for its turn", "detail": busy.message}
        else:
            yield {"name": "places", "state": "ok", "text": "A place is free", "detail": executor.name}


def _arguments(
    fields: Iterable[Field], values: Mapping[str, str], subject: Subject
) -> tuple[dict[str, Any], dict[str, str], list[PlanCheck]]:
    """Parameters, inputs, and what is wrong with what was typed. What is the default is left out."""
    parameters: dict[str, Any] = {}
    inputs: dict[str, str] = {}
    faults: dict[str, str] = {}
    known = list(fields)
    for one in known:
        text = values[one.name]
        if not one.required and text == shown(one.default):
            continue
        try:
            value = _read(one, text)
        except Invalid as error:
            faults[one.name] = f"{one.name} {error.message}"
            continue
        if isinstance(value, Ref):
            inputs[one.name] = value.text
        elif value is not LEFT_OUT:
            parameters[one.name] = value.text if isinstance(value, Text) else value
    unknown = {name: text for name, text in values.items() if name not in {one.name for one in known} and text}
    for name, text in argument_faults(subject.function["spec"].get("parameters"), {**parameters, **unknown}, inputs):
        faults.setdefault(name, text)
    return parameters, inputs, [_typed_fault(name, text) for name, text in faults.items()]


def _read(one: Field, text: str) -> Any:
    if one.required and not text and not one.optional:
        raise Invalid("is needed")
    return read(one, text)


def _typed_fault(name: str, text: str) -> PlanCheck:
    return {"name": "arguments", "state": "fault", "text": text, "field": name}


def _fault(name: Any, error: DHError) -> PlanCheck:
    more = " ".join([*error.details, error.hint]).strip()
    text = _CORES_WORDS.sub("", error.message)
    return {"name": name, "state": "fault", "text": text, "detail": more}


def _requirements(lacks: tuple[str, ...], count: int) -> PlanCheck:
    if not lacks:
        return {
            "name": "requirements", "state": "ok", "text": "Packages",
            "detail": f"{count} of {count} in the environment",
        }  # fmt: skip
    packages = "1 package" if len(lacks) == 1 else f"{len(lacks)} packages"
    text = f"{packages} will be installed first"
    return {"name": "requirements", "state": "note", "text": text, "detail": shortened(lacks)}


def _shown_field(one: Field, value: str, subject: Subject) -> PlanField:
    field: PlanField = {"name": one.name, "kind": one.kind, "required": one.required, "value": value}  # type: ignore[typeddict-item]
    if one.default is not None:
        field["default"] = shown(one.default)
    if one.optional:
        field["optional"] = True
    if one.choices:
        field["choices"] = [shown(choice) for choice in one.choices]
    if one.entities:
        field["entities"] = list(one.entities)
    if one.annotation:
        field["annotation"] = one.annotation
    if one.name in subject.sources:
        field["source"] = subject.sources[one.name]
    return field
