"""The SDK's objects as code in a run meets them: entities that were given or logged, and the run itself."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from ...errors import Invalid
from ...loading import local_path
from ...reporting import number_or_word, report
from ...tables import read_table, suffix

if TYPE_CHECKING:
    from ..._contract import InputDocument, RunDocument
    from ...rundir import RunFolder

_ENGINES = {"pandas": "pandas", "polars": "polars"}


class Entity:
    """What all have: `kind name id key project metadata spec status`, and `to_dict`."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self.kind = document["kind"]
        self.name = document["name"]
        self.id = document.get("id", "")
        self.key = document.get("key", "")
        self.project = document.get("project", "")
        self.user = document.get("user", "")
        self.metadata = SimpleNamespace(**(document.get("metadata") or {}))
        self.spec = SimpleNamespace(**(document.get("spec") or {}))
        self.status = SimpleNamespace(**(document.get("status") or {}))

    def to_dict(self) -> dict[str, Any]:
        """As a document."""
        parts = {name: dict(vars(getattr(self, name))) for name in ("metadata", "spec", "status")}
        plain = {name: getattr(self, name) for name in ("kind", "project", "name", "id", "key", "user")}
        return {**plain, **parts}

    def refresh(self) -> Entity:
        """It does not change while the run runs."""
        return self

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.key or self.name})"


class Material(Entity):
    """An artifact, dataitem or model with its files."""

    def __init__(self, document: Mapping[str, Any], entity: str, folder: RunFolder) -> None:
        super().__init__(document)
        self.ENTITY_TYPE = entity
        self._folder = folder
        self._links = document.get("links")

    @property
    def files(self) -> list[dict[str, Any]]:
        """As Core lists them."""
        return list(getattr(self.status, "files", None) or [])

    def local(self) -> Path:
        """Where its bytes lie on this machine; to be read only."""
        path = str(self.spec.path)
        if path.startswith(("http://", "https://")):
            from .source import download

            return download(path, self._folder.path / "downloads" / self.name)
        return local_path({"path": path, "links": self._links})

    def as_file(self) -> str:
        """A path of its own copy."""
        return self.download()

    def download(self, destination: str | None = None, overwrite: bool = False) -> str:
        """Copy to a file or folder, by default `./ENTITY/`; the path of the one file, or of the folder."""
        source = self.local()
        wanted = Path(destination) if destination is not None else Path(self.ENTITY_TYPE)
        if source.is_dir():
            shutil.copytree(source, wanted, dirs_exist_ok=True)
            files = [path for path in source.rglob("*") if path.is_file()]
            return str(wanted / files[0].relative_to(source)) if len(files) == 1 else str(wanted)
        is_folder = destination is None or destination.endswith("/") or wanted.is_dir() or not wanted.suffix
        target = wanted / source.name if is_folder else wanted
        if target.exists() and not overwrite:
            raise FileExistsError(f"'{target}' is there already: download(overwrite=True) replaces it.")
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)
        return str(target)

    def as_df(self, file_format: str | None = None, engine: str | None = "pandas", **options: Any) -> Any:
        """A pandas or polars DataFrame; `options` are the reader's."""
        if self.ENTITY_TYPE != "dataitem":
            raise Invalid(f"{self.ENTITY_TYPE} '{self.name}' is no table.", "Take .download() for its files.")
        word = _ENGINES.get(engine or "pandas")
        if word is None:
            raise Invalid(f"There is no engine '{engine}'.", f"There is: {', '.join(_ENGINES)}.")
        path = self.local()
        ending = (file_format or path.suffix.lstrip(".")).lower()
        if options or ending in ("xls", "xlsx", "txt") or ending != suffix(path):
            return _read_by(word, ending, path, options)
        return read_table(path, word)


def _read_by(library: str, ending: str, path: Path, options: dict[str, Any]) -> Any:
    """By pandas' or polars' own reader of that ending."""
    import importlib

    names = {"txt": "read_csv", "xls": "read_excel", "xlsx": "read_excel", "json": "read_json", "csv": "read_csv"}
    return getattr(importlib.import_module(library), names.get(ending, "read_parquet"))(path, **options)


def entity_of(folder: RunFolder, document: InputDocument) -> Material:
    """An input of the run."""
    whole = dict(document.get("document") or {})
    spec = {**(document.get("spec") or {}), **(whole.get("spec") or {}), "path": document["path"]}
    return Material({**document, **whole, "spec": spec}, document["entity"], folder)


class Metrics:
    """`log_metric` and `log_metrics` of the SDK: a name has a list, unless it is a single value."""

    def __init__(self) -> None:
        self.values: dict[str, Any] = {}

    def log(self, key: str, value: Any, overwrite: bool = False, single_value: bool = False) -> Any:
        """What the name has then. Raises Invalid for what is no number or flat list of numbers."""
        new = value if isinstance(value, list) else [value]
        for number in new:
            if isinstance(number, bool) or not hasattr(type(number), "__float__"):
                raise Invalid(
                    f"Metric '{key}' is {type(number).__name__}.", "A metric is a number or a list of numbers."
                )
        numbers = [number if isinstance(number, int) else number_or_word(float(number)) for number in new]
        before = [] if overwrite else self.values.get(key, [])
        if single_value and not isinstance(value, list):
            self.values[key] = numbers[0] if before == [] else before
        else:
            self.values[key] = [*(before if isinstance(before, list) else [before]), *numbers]
        return self.values[key]


class Run(Entity):
    """The run that this is."""

    def __init__(self, folder: RunFolder, run: RunDocument, inputs: Mapping[str, Material]) -> None:
        spec = {
            "function": run["function"]["key"],
            "parameters": run["parameters"],
            "inputs": {name: one.key for name, one in inputs.items()},
            "local_execution": False,
        }
        identity = {"kind": "python+job:run", "name": run["id"], "id": run["id"], "key": run["key"]}
        super().__init__({**identity, "project": run["project"], "spec": spec, "status": {"state": "RUNNING"}})
        self._inputs = inputs
        self._metrics = Metrics()

    @property
    def metrics(self) -> dict[str, Any]:
        """What this process has logged so far."""
        return dict(self._metrics.values)

    def inputs(self, as_dict: bool = False) -> dict[str, Any]:
        """By parameter."""
        return {name: one.to_dict() if as_dict else one for name, one in self._inputs.items()}

    def log_metric(self, key: str, value: Any, overwrite: bool = False, single_value: bool = False) -> None:
        """Points of the run, seen at once. (What was sent before can't be taken back: `overwrite` adds, too.)"""
        self._metrics.log(key, value, overwrite, single_value)
        for point in value if isinstance(value, list) else [value]:
            report({key: point})

    def log_metrics(self, metrics: Mapping[str, Any], overwrite: bool = False, single_value: bool = False) -> None:
        """Several at once."""
        for key, value in metrics.items():
            self.log_metric(key, value, overwrite, single_value)


class Secret(Entity):
    """A secret that the run was given."""

    def read_secret_value(self) -> str:
        """From the run's environment."""
        return os.environ[self.name]
