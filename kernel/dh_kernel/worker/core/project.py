"""The SDK's Project in a run: it logs into the run's folder, and gives what the run was given."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Callable

from ...errors import NotFound, Unavailable
from .objects import Entity, Material, Run, Secret
from .record import Logged, log_entity

if TYPE_CHECKING:
    from ..._contract import RunDocument
    from ...rundir import RunFolder

# Kinds of what can be logged, with their entity.
KINDS = {
    "artifact": "artifact",
    "dataitem": "dataitem",
    "table": "dataitem",
    "croissant": "dataitem",
    "model": "model",
    "mlflow": "model",
    "sklearn": "model",
    "huggingface": "model",
}
LOGS = {
    "log_generic_artifact": "artifact",
    "log_generic_dataitem": "dataitem",
    "log_table": "table",
    "log_croissant": "croissant",
    "log_generic_model": "model",
    "log_mlflow": "mlflow",
    "log_sklearn": "sklearn",
    "log_huggingface": "huggingface",
}
_OWN_KINDS = {"artifact": "artifact", "dataitem": "table", "model": "model"}


class Project(Entity):
    """Of the run. What would need a server says so, and what to do instead."""

    def __init__(self, folder: RunFolder, run: RunDocument, inputs: Mapping[str, Material]) -> None:
        name = run["project"]
        super().__init__({"kind": "project", "name": name, "id": name, "key": f"store://{name}", "project": name})
        self._folder = folder
        self._secrets = run.get("secrets") or []
        self._about_run = Run(folder, run, inputs)
        self._inputs = inputs
        self._logged: dict[tuple[str, str], Logged] = {}

    def __getattr__(self, name: str) -> Callable[..., Any]:
        if name.startswith("_"):
            raise AttributeError(name)
        if name in LOGS:
            return lambda *args, **given: self._log(LOGS[name], *args, **given)
        verb, _, entity = name.partition("_")
        if entity in _OWN_KINDS and verb in ("log", "new"):
            return lambda *args, **given: self._log_named(entity, *args, **given)
        if entity in _OWN_KINDS and verb in ("get", "update"):
            return lambda identifier="", **_: self._get(entity, identifier)
        return _needs_server(f"project.{name}")

    def get_run(self, identifier: str = "", **_: Any) -> Run:
        """This run."""
        if identifier and self._about_run.id not in identifier:
            raise NotFound(f"'{identifier}' is another run; in a run there is no server to ask for it.")
        return self._about_run

    def get_secret(self, name: str, **_: Any) -> Secret:
        """A secret that the run was given."""
        if name not in self._secrets or name not in os.environ:
            raise NotFound(f"The run was not given the secret '{name}'.", f'Give it: run("job", secrets=["{name}"]).')
        return Secret({"kind": "secret", "name": name, "project": self.name})

    def _log_named(self, entity: str, name: str, kind: str | None = None, *args: Any, **given: Any) -> Logged:
        """`log_artifact(name, kind, source)`, `new_dataitem(name, kind, …)` and the like."""
        wanted = kind or _OWN_KINDS[entity]
        if wanted not in KINDS:  # an argument by position after the name, without a kind
            args, wanted = (wanted, *args), _OWN_KINDS[entity]
        return self._log(wanted, name, *args, **given)

    def _log(self, kind: str, name: str, source: Any = None, *_: Any, **given: Any) -> Logged:
        named = {**given, **({"source": source} if source is not None else {})}
        named.pop("kind", None)
        logged = log_entity(self._folder, self.name, KINDS[kind], kind, name, named)
        self._logged[KINDS[kind], name] = logged
        return logged

    def _get(self, entity: str, identifier: Any) -> Material:
        """By name or key, of what the run was given or has logged."""
        wanted = getattr(identifier, "name", identifier)
        if (entity, wanted) in self._logged:
            return self._logged[entity, wanted]
        for parameter, one in self._inputs.items():
            if entity == one.ENTITY_TYPE and wanted in (one.key, one.name, one.id, parameter):
                return one
        raise NotFound(
            f"{entity} '{wanted}' is no input of this run, and in a run there is no server to ask for it.",
            f'Give it: run("job", inputs={{"{entity}": KEY}}), and take it as the parameter {entity}.',
        )


def _needs_server(name: str) -> Callable[..., Any]:
    def refused(*_: Any, **__: Any) -> Any:
        raise Unavailable(
            f"{name}() needs a server, and a run knows none.",
            "In a run: return values, project.log_artifact/log_dataitem/log_table/log_model, run.log_metric, and inputs "
            "as parameters. Do the rest where you start the run.",
        )

    return refused


needs_server = _needs_server
