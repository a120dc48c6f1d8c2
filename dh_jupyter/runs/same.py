"""The run that is posted when an old one is to be repeated exactly.

A retry has the same code, inputs and parameters but for what is changed, in the environment that is there now. A run that
is the same as another has its packages, too, and whatever can't be the same is said: refused, if the run would be another
one, or told.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from dh_kernel.errors import DHError, Invalid, NotFound
from dh_kernel.stores import store_for

from .options import OPTIONS

if TYPE_CHECKING:
    from dh_kernel._contract import Entity

    from ..catalogue.catalogue import Catalogue
    from ..executors.base import Executor
    from ..secrets.values import SecretValues
    from .observe import Observer


def _kept(old: Entity) -> dict[str, Any]:
    return {name: old["metadata"][name] for name in ("labels",) if name in old["metadata"]}


class Repeater:
    """Used by the run manager for a posted run with `spec.same_as`."""

    def __init__(
        self, catalogue: Catalogue, executor: Callable[[str], Executor], observe: Observer, secrets: SecretValues
    ) -> None:
        self._catalogue = catalogue
        self._secrets = secrets
        self._executor = executor
        self._observe = observe

    def same(self, project: str, posted: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
        """The run to post, and what will not be quite the same. Raises Invalid with all that can't be repeated."""
        asked = posted["spec"]
        old = self._catalogue.resolve(asked["same_as"], project=project, expect="run")
        self._check_asked(old, asked)
        faults: list[str] = []
        spec = {
            name: old["spec"][name] for name in ("function", "parameters", "inputs", *OPTIONS) if name in old["spec"]
        }
        self._try(faults, self._check_function, old)
        for name, key in (spec.get("inputs") or {}).items():
            self._try(faults, self._check_input, project, name, key)
        environment = self._try(faults, self._observe.environment, old)
        executor = asked.get("executor") or spec.get("executor", "local")
        found = self._try(faults, self._executor, executor)
        notes = self._try(faults, found.compare, environment) if found and environment else []
        if faults:
            name = name_of(old)
            hint = f"As it can be run now, with today's packages: %dh retry {name}"
            raise Invalid(f"{name} can't be repeated exactly: {faults[0]}", hint, faults[1:])
        wanted = {name: asked[name] for name in OPTIONS if name in asked}
        spec = {**spec, **wanted, "environment": environment, "same_as": old["key"]}
        document = {"kind": old["kind"], "metadata": {**_kept(old), **(posted.get("metadata") or {})}, "spec": spec}
        return document, [*(notes or []), *self._moved_notes(old, executor), *self._secret_notes(old)]

    def _check_asked(self, old: Entity, asked: Mapping[str, Any]) -> None:
        """A repetition takes options only."""
        name = name_of(old)
        if asked.get("parameters") or asked.get("inputs"):
            raise Invalid(
                f"A run that is the same as {name} has its arguments.",
                f"To change some: %dh retry {name} NAME=VALUE",
            )
        of = old["metadata"].get("function", "")
        function = asked.get("function")
        if function and str(function).rpartition("/")[2].partition("@")[0].partition(":")[0] != of:
            raise Invalid(f"{name} is a run of {of}, not of {function}.", f"%dh run --same-as {name}")

    def _try(self, faults: list[str], ask: Callable[..., Any], *args: Any) -> Any:
        """What `ask` answers; None where it raises, and then the fault is noted."""
        try:
            return ask(*args)
        except DHError as error:
            faults.append(error.message)
            return None

    def _check_function(self, old: Entity) -> None:
        try:
            self._catalogue.resolve(old["spec"]["function"], project=old["project"], expect="function")
        except NotFound as error:
            raise NotFound("The version of its function was deleted.") from error

    def _check_input(self, project: str, name: str, key: str) -> None:
        try:
            entity = self._catalogue.resolve(key, project=project)
        except NotFound as error:
            raise NotFound(f"Its input '{name}' ({key}) was deleted.") from error
        path = entity["spec"].get("path", "")
        try:
            store_for(path).list(path)
        except NotFound as error:
            reference = entity["metadata"].get("reference", key)
            raise NotFound(f"The file of its input '{name}' ({reference}) is gone: {path}.") from error

    def _moved_notes(self, old: Entity, executor: str) -> list[str]:
        before = old["spec"].get("executor", "local")
        return [f"It ran on the executor {before}; this one runs on {executor}."] if executor != before else []

    def _secret_notes(self, old: Entity) -> list[str]:
        created = self._observe.created(old)
        names = [
            name for name in old["spec"].get("secrets") or [] if self._secrets.written(old["project"], name) > created
        ]
        return [f"The secret {name} was set again since." for name in names]


def name_of(run: Entity) -> str:
    """train-42"""
    return str(run["metadata"].get("reference", run["id"])).rpartition("/")[2]
