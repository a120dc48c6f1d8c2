"""Arguments of a run: references become inputs, tables are saved first, plain values are parameters, all else is refused."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import Any

from .errors import Invalid, did_you_mean
from .refs import is_reference

_TABLES = {
    "pandas": {"DataFrame"},
    "polars": {"DataFrame", "LazyFrame"},
    "pyarrow": {"Table", "RecordBatch"},
    "geopandas": {"GeoDataFrame"},
}


@dataclass(frozen=True)
class Ref:
    """A reference that was typed as one."""

    text: str


@dataclass(frozen=True)
class Text:
    """A text that stays one, though it may look like a reference."""

    text: str


@dataclass
class Arguments:
    """`inputs` are references by parameter, `parameters` JSON values, `notes` say what was saved for them."""

    inputs: dict[str, str] = field(default_factory=dict)
    parameters: dict[str, Any] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


def sort_arguments(
    given: Mapping[str, Any], save: Callable[[str, Any], tuple[str, str]], schema: Mapping[str, Any] | None = None
) -> Arguments:
    """`save(name, table)` makes a dataset and gives (key, line). Everything is looked at before anything is saved.

    A `str` of a reference's form is a reference, unless the schema says that the parameter takes a text.
    """
    properties = (schema or {}).get("properties", {})
    sorted_ = Arguments()
    tables: dict[str, Any] = {}
    for name, value in given.items():
        if is_table(value):
            tables[name] = value
            continue
        reference = _reference(value, properties.get(name, {}))
        if reference:
            sorted_.inputs[name] = reference
        else:
            sorted_.parameters[name] = plain(name, value)
    for name, value in tables.items():
        sorted_.inputs[name], line = save(name, value)
        sorted_.notes.append(line)
    return sorted_


def check_names(function: str, given: Iterable[str], schema: Mapping[str, Any] | None) -> None:
    """Raise Invalid for a name that the function lacks, or one that is required and absent. The server checks this and
    the rest; it is asked beforehand where something must be saved first."""
    if not schema:
        return
    known, names = schema.get("properties", {}), list(given)
    for name in names:
        if name not in known and not schema.get("additionalProperties"):
            raise Invalid(f"{function}: no parameter '{name}'. {did_you_mean(name, known) or 'It takes none.'}")
    for name in schema.get("required", []):
        if name not in names:
            raise Invalid(f"{function}: parameter '{name}' is missing.")


def is_table(value: Any) -> bool:
    """Whether a value is a DataFrame or an Arrow table; imports nothing."""
    return any(kind.__name__ in _TABLES.get(kind.__module__.partition(".")[0], ()) for kind in type(value).__mro__)


def _reference(value: Any, schema: Mapping[str, Any]) -> str:
    if isinstance(value, Ref):
        return value.text
    if isinstance(value, str):
        takes_text = schema.get("type") == "string" and not schema.get("input")
        return value if is_reference(value) and not takes_text else ""
    key = getattr(value, "key", None)
    return key if isinstance(key, str) and key.startswith("store://") and is_reference(key) else ""


def unpassable(name: str, value: Any) -> Invalid | None:
    """Why a value can't be given to a run, and what to do; None if it can."""
    try:
        if not is_table(value):
            plain(name, value)
    except Invalid as error:
        return error
    except Exception:  # noqa: BLE001 - any object may be asked, and one may hold itself
        return Invalid(f"'{name}' can't be passed as a value.", _cure(name, value))
    return None


def plain(name: str, value: Any) -> Any:
    """The JSON value of an argument. Raises Invalid, with what to do, if it has none."""
    simple = _simple(name, value)
    try:
        json.dumps(simple, allow_nan=False)
    except ValueError:
        raise Invalid(
            f"'{name}' holds nan or infinity, which can't be passed.", "Pass None or a text and convert it."
        ) from None
    return simple


def _simple(name: str, value: Any) -> Any:
    if value is None or type(value) in (bool, int, float, str):
        return value
    if isinstance(value, Text):
        return value.text
    if isinstance(value, Mapping):
        return {str(key): _simple(name, item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_simple(name, item) for item in value]
    if isinstance(value, PurePath):
        return str(value)
    return _unwrapped(name, value)


def _unwrapped(name: str, value: Any) -> Any:
    """Enum members and numpy's numbers and small arrays have a plain value; what has none is refused."""
    import enum

    if isinstance(value, enum.Enum):
        return _simple(name, value.value)
    module = type(value).__module__.partition(".")[0]
    if module == "numpy" and hasattr(value, "tolist") and getattr(value, "size", 1) <= 1000:
        return _simple(name, value.tolist())
    raise Invalid(f"'{name}' got a {type(value).__name__}, which can't be passed as a value.", _cure(name, value))


def _cure(name: str, value: Any) -> str:
    if type(value).__name__ == "Series":
        return f"Make it a table: {name}={name}.to_frame()."
    if type(value).__name__ == "RunHandle":
        return f'Pass one of its outputs: {name}=r.outputs["NAME"].'
    if hasattr(value, "predict") or hasattr(value, "fit"):
        return f"Return it from a function, so that it becomes a model, and pass that: {name}=model/NAME."
    if hasattr(value, "tolist"):
        return f"Save it as a dataset: dh.dataset('{name}', pd.DataFrame(…)), and pass {name}=dataset/{name}."
    return f"Return it from a function, so that it becomes an artifact, and pass that: {name}=artifact/NAME."
