"""A table that was saved and loaded is the one that it was; equal content is equal bytes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from dh_kernel.errors import Invalid
from dh_kernel.loading import read_table
from dh_kernel.saving import save_frame

MORNING = pd.Timestamp("2026-03-29 01:30")
FRAMES = {
    "named index": pd.DataFrame({"a": [1.5, None]}, index=pd.Index(["x", "y"], name="i")),
    "filtered index": pd.DataFrame({"a": range(5)}).query("a > 2"),
    "two levels": pd.DataFrame({"a": [1, 2]}, index=pd.MultiIndex.from_tuples([("x", 1), ("y", 2)], names=["k", None])),
    "levels of columns": pd.DataFrame([[1, 2]], columns=pd.MultiIndex.from_tuples([("a", "x"), ("a", "y")])),
    "small types": pd.DataFrame({"i": np.array([1, 2], "int8"), "f": np.array([1, 2], "float32"), "b": [True, False]}),
    "nullable types": pd.DataFrame(
        {
            "i": pd.array([1, None], "Int64"),
            "b": pd.array([True, None], "boolean"),
            "s": pd.array(["x", None], "string"),
        }
    ),
    "ordered categories": pd.DataFrame(
        {"c": pd.Categorical(["b", "a", None], categories=["b", "a", "z"], ordered=True)}
    ),
    "times of a zone": pd.DataFrame({"t": pd.Series([MORNING, pd.NaT]).dt.tz_localize("Europe/Rome")}),
    "durations": pd.DataFrame({"d": pd.to_timedelta([1, 2], unit="s")}),
    "no rows": pd.DataFrame({"a": pd.Series([], dtype="int32"), "b": pd.Series([], dtype="datetime64[us]")}),
    "no columns": pd.DataFrame(index=[3, 4]),
    "nothing": pd.DataFrame(),
}


def saved(table: Any, folder: Path, name: str = "t") -> tuple[Any, Path]:
    document: Any = save_frame(table, folder, name)
    return document, folder / document["path"]


@pytest.mark.parametrize("case", FRAMES)
def test_what_comes_back_is_equal(case: str, tmp_path: Path) -> None:
    document, path = saved(FRAMES[case], tmp_path)
    pd.testing.assert_frame_equal(read_table(path, "pandas"), FRAMES[case])
    assert document["status"]["rows"] == len(FRAMES[case])


def chunked(column: pa.Array, size: int) -> pa.ChunkedArray:
    return pa.chunked_array([column.slice(at, size) for at in range(0, len(column), size)])


@pytest.mark.parametrize("kind", ["numbers", "texts", "categories"])
def test_chunks_do_not_show(kind: str, tmp_path: Path) -> None:
    texts = pa.array(["a", None, "b", "a", "c"])
    column = {"numbers": pa.array([1, None, 2, 3, 4]), "texts": texts, "categories": texts.dictionary_encode()}[kind]
    digests = {saved(pa.table({"x": chunked(column, size)}), tmp_path, f"t{size}")[0]["digest"] for size in (1, 2, 5)}
    assert len(digests) == 1


def test_categories_of_each_chunk_are_united(tmp_path: Path) -> None:
    parts = [pa.array(["a", "b"]).dictionary_encode(), pa.array(["b", "c"]).dictionary_encode()]
    _, path = saved(pa.table({"x": pa.chunked_array(parts)}), tmp_path)
    assert read_table(path, "arrow")["x"].to_pylist() == ["a", "b", "b", "c"]


def test_polars_comes_back_equal(tmp_path: Path) -> None:
    import polars as pl
    import polars.testing

    frame = pl.DataFrame(
        {
            "a": [1, None],
            "s": ["x", None],
            "l": [[1], []],
            "d": [{"k": 1}, {"k": 2}],
            "e": pl.Series([], dtype=pl.Int8).extend_constant(1, 2),
        }
    )
    _, path = saved(frame, tmp_path)
    polars.testing.assert_frame_equal(read_table(path, "polars"), frame)


@pytest.mark.parametrize(
    "table",
    [pd.DataFrame([[1, 2]], columns=["a", "a"]), pa.table([[1], [2]], names=["a", "a"])],
    ids=["pandas", "arrow"],
)
def test_a_name_twice_is_refused_with_the_name(table: Any, tmp_path: Path) -> None:
    with pytest.raises(Invalid, match=r"Duplicate column names.*a"):
        save_frame(table, tmp_path, "t")


def test_a_column_of_mixed_types_is_refused_with_its_name(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="mixed"):
        save_frame(pd.DataFrame({"mixed": [1, "x", b"y"]}), tmp_path, "t")
