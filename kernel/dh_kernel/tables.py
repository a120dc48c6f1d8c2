"""Files of tables are read as the library asks that wants them: by a word for each."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Callable

from .errors import Invalid

_UNNAMED = b"dh.unnamed"  # in a file's metadata: its one column is a Series without a name


def read_table(path: Path, want: str) -> Any:
    """Parquet, CSV or JSON, by the path's ending; a folder is Parquet."""
    if want not in _READERS:
        words = ", ".join(word for word in _READERS if word not in _OWN)
        raise Invalid(f"A dataset can't be loaded as '{want}'.", f"There is: {words}, path, dataset.")
    return _READERS[want](path, suffix(path))


def count_rows(path: Path) -> int:
    """Of Parquet read from its end only."""
    return int(_dataset(path, suffix(path)).count_rows())


def suffix(path: Path) -> str:
    """csv, json or parquet."""
    ending = path.suffix.lower()[1:]
    return ending if ending in ("csv", "json") else "parquet"


def _pandas(path: Path, kind: str) -> Any:
    import pandas

    if kind == "parquet":
        return pandas.read_parquet(path)
    return pandas.read_csv(path) if kind == "csv" else pandas.read_json(path)


def _series(path: Path, kind: str) -> Any:
    import pyarrow.parquet

    found = _pandas(path, kind).iloc[:, 0]
    unnamed = _UNNAMED in (pyarrow.parquet.read_schema(path).metadata or {})
    return found.rename(None) if unnamed else found


def _dataset(path: Path, kind: str) -> Any:
    import pyarrow.dataset

    return pyarrow.dataset.dataset(path, format=kind)


def _arrow(path: Path, kind: str) -> Any:
    return _dataset(path, kind).to_table()


def _batch(path: Path, kind: str) -> Any:
    import pyarrow

    table = _arrow(path, kind).combine_chunks()
    batches = table.to_batches()
    return batches[0] if batches else pyarrow.RecordBatch.from_pylist([], schema=table.schema)


def _polars(path: Path, kind: str) -> Any:
    import polars

    return polars.from_arrow(_arrow(path, kind))


_READERS: dict[str, Callable[[Path, str], Any]] = {
    "pandas": _pandas,
    "arrow": _arrow,
    "polars": _polars,
    "lazy": lambda path, kind: _polars(path, kind).lazy(),
    "numpy": lambda path, kind: _pandas(path, kind).to_numpy(),
    "series": _series,
    "polars_series": lambda path, kind: _polars(path, kind).to_series(),
    "batch": _batch,
    "arrow_dataset": _dataset,
}
_OWN = ("series", "polars_series", "batch", "arrow_dataset")  # what a function returned, not what a person asks for
