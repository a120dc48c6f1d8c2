"""Tables and columns become Parquet, and loading gives an equal one of the same library."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import Invalid
from .files import file_entry, output_folder, sha256_of
from .profile import fields_of, preview_of, profile_of
from .table_file import TableFile

if TYPE_CHECKING:
    from .._contract import OutputDocument

_FRAMES = {
    ("pandas", "DataFrame"): "pandas",
    ("pandas", "Series"): "series",
    ("geopandas", "GeoDataFrame"): "pandas",
    ("polars", "DataFrame"): "polars",
    ("polars", "LazyFrame"): "lazy",
    ("polars", "Series"): "polars_series",
    ("pyarrow", "Table"): "arrow",
    ("pyarrow", "RecordBatch"): "batch",
    ("pyarrow", "RecordBatchReader"): "reader",
    ("pyarrow", "Dataset"): "arrow_dataset",
}
UNNAMED = b"dh.unnamed"  # in the file's metadata: the column is a Series without a name


def frame_kind(value: Any) -> str | None:
    """pandas, polars, arrow … as load_entity takes it; None if it is no table. Imports nothing.

    `reader` is what can be read once, in pieces: also whatever speaks Arrow's stream interface.
    """
    for kind in type(value).__mro__:
        found = _FRAMES.get((kind.__module__.partition(".")[0], kind.__name__))
        if found:
            return found
    return "reader" if hasattr(type(value), "__arrow_c_stream__") and not hasattr(type(value), "chunks") else None


def save_frame(table: Any, folder: Path, name: str) -> OutputDocument:
    """Write `outputs/NAME/NAME.parquet` below `folder`. Raises Invalid for a table that Parquet can't hold.

    The same content gives the same bytes, whatever its chunks were.
    """
    kind = frame_kind(table) or "pandas"
    if kind in _IN_PIECES:
        return _saved(_IN_PIECES[kind](table), folder, name, "arrow" if kind == "reader" else kind)
    return _saved([to_arrow(table)], folder, name, kind, one=True)


def save_frames(frames: Iterable[Any], folder: Path, name: str) -> OutputDocument:
    """One dataset of many tables, as they come: never more than a few hundred thousand rows are in memory.

    The first says what the columns are. Raises Invalid for one that differs, or no table; what iterating raises, it raises.
    """
    iterator = iter(frames)
    first = next(iterator)
    kind = frame_kind(first) or "pandas"
    word = {"series": "pandas", "batch": "arrow", "lazy": "polars", "polars_series": "polars"}.get(kind, kind)
    return _saved(_pieces(itertools.chain([first], iterator), kind), folder, name, word)


def _pieces(frames: Iterable[Any], kind: str) -> Iterator[Any]:
    for number, frame in enumerate(frames, 1):
        found = frame_kind(frame)
        if found != kind:
            what = f"a {type(frame).__name__}, after tables of {kind}"
            raise Invalid(f"Number {number} of what was yielded is {what}.", "Yield tables of one kind.")
        yield _without_row_numbers(to_arrow(frame)) if kind in ("pandas", "series") else to_arrow(frame)


def _without_row_numbers(table: Any) -> Any:
    """In pieces an index without a name is their own numbering."""
    import json

    about = json.loads((table.schema.metadata or {}).get(b"pandas", b"{}"))
    unnamed = [one for one in table.column_names if one.startswith("__index_level_")]
    if len(about.get("index_columns", [])) != 1 or (not unnamed and isinstance(about["index_columns"][0], str)):
        return table
    about["index_columns"] = []
    about["columns"] = [one for one in about["columns"] if one.get("field_name") not in unnamed]
    return table.drop_columns(unnamed).replace_schema_metadata({b"pandas": json.dumps(about).encode()})


def _saved(pieces: Iterable[Any], folder: Path, name: str, kind: str, one: bool = False) -> OutputDocument:
    path = output_folder(folder, name) / f"{name}.parquet"
    with TableFile(path, many=not one) as file:
        head = None
        for piece in pieces:
            head = piece if head is None or head.num_rows == 0 else head
            file.add(piece)
        if head is None:
            raise Invalid("There is no piece of this table.", "Yield at least one table.")
        file.finish()
    digest = sha256_of(path)
    return {
        "name": name,
        "entity": "dataitem",
        "kind": "table",
        "path": f"outputs/{name}/{path.name}",
        "digest": digest,
        "spec": {"schema": {"fields": fields_of(file.schema)}, "frame": kind},
        "status": {
            "files": [file_entry(path, path.name, digest)],
            "preview": {**preview_of(head), "rows": file.rows},
            "profile": profile_of(head) if one else file.profile.columns(),
            "rows": file.rows,
        },
    }


def to_arrow(table: Any) -> Any:
    """As an Arrow table of one chunk; pandas' index and types go into its metadata. Raises Invalid."""
    try:
        converted = _converted(table)
        _check_names(converted.column_names)
        return converted.combine_chunks()
    except Exception as error:
        raise Invalid(
            f"This table can't be saved as Parquet: {' '.join(map(str, error.args))}",
            "Give each column one type and a name of its own.",
        ) from error


def _check_names(names: list[str]) -> None:
    """Arrow allows a name twice, but nothing could read it back."""
    twice = sorted({name for name in names if names.count(name) > 1}) if len(set(names)) < len(names) else []
    if twice:
        raise ValueError(f"Duplicate column names found: {', '.join(twice)}")


def _converted(table: Any) -> Any:
    import pyarrow as pa

    kind = frame_kind(table)
    if kind == "pandas":
        return pa.Table.from_pandas(table)
    if kind == "series":
        return _of_series(table)
    if kind in ("polars", "lazy", "polars_series"):
        return _of_polars(table, kind)
    return pa.Table.from_batches([table]) if kind == "batch" else table


def _of_series(series: Any) -> Any:
    import pyarrow as pa

    table = pa.Table.from_pandas(series.to_frame("value" if series.name is None else series.name))
    more = {UNNAMED: b"1"} if series.name is None else {}
    return table.replace_schema_metadata({**(table.schema.metadata or {}), **more})


def _of_polars(table: Any, kind: str) -> Any:
    import polars

    whole = table.collect() if kind == "lazy" else table.to_frame() if kind == "polars_series" else table
    return whole.to_arrow(compat_level=polars.CompatLevel.oldest())


# -- tables that are read in pieces, because they may be bigger than memory ----------------------------------------------


def _of_lazy(table: Any) -> Iterator[Any]:
    if not hasattr(table, "collect_batches"):
        yield to_arrow(table)
        return
    pieces = (to_arrow(piece) for piece in table.collect_batches(maintain_order=True))
    first = next(pieces, None)
    yield to_arrow(table.head(0)) if first is None else first
    yield from pieces


def _of_reader(reader: Any) -> Iterator[Any]:
    import pyarrow as pa

    read = reader if isinstance(reader, pa.RecordBatchReader) else pa.RecordBatchReader.from_stream(reader)
    _check_names(read.schema.names)
    yield read.schema.empty_table()
    for batch in read:
        yield pa.Table.from_batches([batch])


def _of_dataset(dataset: Any) -> Iterator[Any]:
    import pyarrow as pa

    yield dataset.schema.empty_table()
    for batch in dataset.to_batches():
        yield pa.Table.from_batches([batch])


_IN_PIECES = {"lazy": _of_lazy, "reader": _of_reader, "arrow_dataset": _of_dataset}
