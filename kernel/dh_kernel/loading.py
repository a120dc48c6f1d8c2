"""Entities become objects, in the kernel and in the worker alike: by what is wanted, or by what they are."""

from __future__ import annotations

import pickle
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .errors import Invalid, NotFound
from .flavors import load_model
from .refs import parse
from .saving.forms import FIGURES, load_form
from .stores import store_for
from .tables import count_rows, read_table

_LOADED = ("dataitem", "model", "artifact")
_WANTS = {
    ("pandas", "DataFrame"): "pandas",
    ("polars", "DataFrame"): "polars",
    ("polars", "LazyFrame"): "lazy",
    ("pyarrow", "Table"): "arrow",
    ("numpy", "ndarray"): "numpy",
    ("pathlib", "Path"): "path",
    ("pathlib", "PosixPath"): "path",
    ("builtins", "str"): "text",
    ("dh_kernel", "Dataset"): "dataset",
}


class Dataset:
    """A table that is not read yet: `.path`, `.schema` (Core's fields), `.rows`, and ways to read it."""

    def __init__(self, path: Path, spec: Mapping[str, Any], name: str = "") -> None:
        self.path = path
        self.name = name
        self.schema = list((spec.get("schema") or {}).get("fields") or [])

    @property
    def rows(self) -> int:
        """How many rows; of Parquet read from its end only."""
        return count_rows(self.path)

    def to_pandas(self) -> Any:
        return read_table(self.path, "pandas")

    def to_arrow(self) -> Any:
        return read_table(self.path, "arrow")

    def to_polars(self) -> Any:
        return read_table(self.path, "polars")

    def __repr__(self) -> str:
        return f"Dataset({self.name or self.path.name}, {len(self.schema)} columns)"


def load_entity(entity: Mapping[str, Any], want: str | type | None = None) -> Any:
    """The object of an entity or of a run's input. Without `want`: DataFrame, model, what was saved, or a Path.

    `want` is pandas, arrow, polars, lazy, numpy, path, text or dataset, or a class. Raises Invalid, NotFound.
    """
    spec = entity.get("spec") or {}
    kind = entity.get("entity") or parse(entity["key"]).entity
    if kind not in _LOADED:
        raise Invalid(f"A {kind} is nothing to load.", "Datasets, models and artifacts are.")
    path = local_path(entity)
    word = want_of(want)
    if word in ("path", "text"):
        return path if word == "path" else str(path)
    if kind == "dataitem":
        return Dataset(path, spec, entity.get("name", "")) if word == "dataset" else read_table(path, word or "pandas")
    if kind == "model":
        return _checked(load_model(path), want, entity)
    return _saved_object(path, spec.get("codec"))


def local_path(entity: Mapping[str, Any]) -> Path:
    """Its file or folder on this machine; by links where it has them, since then we have no other way to it."""
    if entity.get("links") is not None:
        from .stores.links import fetched

        return fetched(_uri(entity), entity["links"])
    return store_for(_uri(entity)).local_path(_uri(entity))


def _uri(entity: Mapping[str, Any]) -> str:
    found = entity.get("path") or (entity.get("spec") or {}).get("path")
    if not found:
        raise NotFound(
            f"'{entity.get('name')}' has no files: nothing says where they lie.", "Save it anew, with its data."
        )
    return str(found)


def want_of(want: Any) -> str | None:
    """The word for a class; None for one that says nothing about how to load."""
    if want is None or isinstance(want, str):
        return want
    if not isinstance(want, type):
        return None
    return _WANTS.get((want.__module__.partition(".")[0], want.__name__))


def _checked(model: Any, want: Any, entity: Mapping[str, Any]) -> Any:
    if isinstance(want, type) and want is not object and not isinstance(model, want):
        raise Invalid(
            f"Model '{entity.get('name')}' is a {type(model).__name__}, not a {want.__name__}.",
            "Change the annotation or pass another model.",
        )
    return model


def _saved_object(path: Path, codec: str | None) -> Any:
    if codec == "bytes":
        return path.read_bytes()
    if codec == "pickle":
        with path.open("rb") as file:
            return pickle.load(file)
    return load_form(codec, path) if codec else path


def as_returned(spec: Mapping[str, Any]) -> str | None:
    """What `load_entity` is to be asked for, so that it gives what the function returned; figures stay files."""
    return str(spec["frame"]) if spec.get("frame") else "path" if spec.get("codec") in FIGURES else None
