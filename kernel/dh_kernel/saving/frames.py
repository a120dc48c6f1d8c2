"""Tables become Parquet: pandas and polars DataFrames and Arrow tables, so that loading gives an equal one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import Invalid
from .files import file_entry, output_folder, sha256_of
from .profile import fields_of, preview_of, profile_of

if TYPE_CHECKING:
    from .._contract import OutputDocument

_FRAMES = {
    ("pandas", "DataFrame"): "pandas",
    ("geopandas", "GeoDataFrame"): "pandas",
    ("polars", "DataFrame"): "polars",
    ("polars", "LazyFrame"): "lazy",
    ("pyarrow", "Table"): "arrow",
    ("pyarrow", "RecordBatch"): "arrow",
}


def frame_kind(value: Any) -> str | None:
    """pandas, polars, lazy or arrow, as load_entity takes it; None if it is no table. Imports nothing."""
    for kind in type(value).__mro__:
        found = _FRAMES.get((kind.__module__.partition(".")[0], kind.__name__))
        if found:
            return found
    return None


def save_frame(table: Any, folder: Path, name: str) -> OutputDocument:
    """Write `outputs/NAME/NAME.parquet` below `folder`. Raises Invalid for a table that Parquet can't hold.

    The same content gives the same bytes, whatever its chunks were.
    """
    arrow = to_arrow(table)
    path = output_folder(folder, name) / f"{name}.parquet"
    _write(arrow, path)
    digest = sha256_of(path)
    return {
        "name": name,
        "entity": "dataitem",
        "kind": "table",
        "path": f"outputs/{name}/{path.name}",
        "digest": digest,
        "spec": {"schema": {"fields": fields_of(arrow.schema)}, "frame": frame_kind(table) or "pandas"},
        "status": {
            "files": [file_entry(path, path.name, digest)],
            "preview": preview_of(arrow),
            "profile": profile_of(arrow),
            "rows": arrow.num_rows,
        },
    }


def to_arrow(table: Any) -> Any:
    """As an Arrow table of one chunk; pandas' index and types go into its metadata. Raises Invalid."""
    import pyarrow as pa

    try:
        converted = _converted(table, pa)
        _check_names(converted.column_names)
        return converted.combine_chunks()
    except (pa.ArrowException, TypeError, ValueError) as error:
        raise Invalid(
            f"This table can't be saved as Parquet: {' '.join(map(str, error.args))}",
            "Give each column one type and a name of its own.",
        ) from error


def _check_names(names: list[str]) -> None:
    """Arrow allows a name twice, but nothing could read it back."""
    twice = sorted({name for name in names if names.count(name) > 1}) if len(set(names)) < len(names) else []
    if twice:
        raise ValueError(f"Duplicate column names found: {', '.join(twice)}")


def _converted(table: Any, pa: Any) -> Any:
    kind = frame_kind(table)
    if kind == "pandas":
        return pa.Table.from_pandas(table)
    if kind in ("polars", "lazy"):
        import polars

        whole = table.collect() if isinstance(table, polars.LazyFrame) else table
        return whole.to_arrow(compat_level=polars.CompatLevel.oldest())
    return pa.Table.from_batches([table]) if isinstance(table, pa.RecordBatch) else table


def _write(arrow: Any, path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet

    try:
        pyarrow.parquet.write_table(arrow, path, compression="zstd")
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        path.unlink(missing_ok=True)
        raise Invalid(f"This table can't be saved as Parquet: {error}", "Convert the column that it names.") from error
