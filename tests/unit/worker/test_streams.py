"""Tables in pieces: one dataset, the bytes of the whole, and never all of it in memory."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import polars.testing
import pyarrow as pa
import pyarrow.dataset
import pytest

from dh_kernel.errors import Invalid
from dh_kernel.rundir import RunFolder
from dh_kernel.saving import table_file
from dh_kernel.saving.frames import save_frame, save_frames
from dh_kernel.tables import read_table
from dh_kernel.worker.outputs import NotSaved, Outputs


def saved(frames: Any, folder: Path) -> tuple[Any, Any]:
    document: Any = save_frames(frames, folder, "t")
    return document, read_table(folder / document["path"], document["spec"]["frame"])


def test_pieces_are_one_table(tmp_path: Path) -> None:
    whole = pd.DataFrame({"a": range(10), "s": list("abcdefghij"), "c": pd.Categorical(list("aabbccddee"))})
    document, found = saved((whole.iloc[at : at + 3] for at in range(0, 10, 3)), tmp_path)
    pd.testing.assert_frame_equal(found, whole)
    assert document["status"]["rows"] == document["status"]["preview"]["rows"] == 10
    assert document["status"]["profile"]["a"] == {"nulls": 0, "min": 0, "max": 9, "distinct": 10}


@pytest.fixture
def small_groups(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table_file, "GROUP", 100)


@pytest.mark.usefixtures("small_groups")
@pytest.mark.parametrize("size", [1, 99, 100, 101, 205])
def test_pieces_do_not_show_in_the_bytes(size: int, tmp_path: Path) -> None:
    whole = pa.table({"a": range(205)})
    pieces = (whole.slice(at, size) for at in range(0, whole.num_rows, size))
    assert save_frames(pieces, tmp_path, "t")["digest"] == save_frame(whole, tmp_path / "whole", "t")["digest"]


def test_rows_are_numbered_anew_and_a_named_index_stays(tmp_path: Path) -> None:
    frame = pd.DataFrame({"a": [1, 2, 3]})
    assert list(saved(iter([frame, frame[frame.a > 1]]), tmp_path / "1")[1].index) == [0, 1, 2, 3, 4]
    named = frame.set_index(pd.Index(["x", "y", "z"], name="k"))
    assert list(saved(iter([named, named]), tmp_path / "2")[1].index) == ["x", "y", "z"] * 2


def test_a_column_without_values_takes_the_type_of_the_others(tmp_path: Path) -> None:
    frames = [pd.DataFrame({"a": [None]}), pd.DataFrame({"a": ["x"]}), pd.DataFrame({"a": [None]})]
    assert saved(iter(frames), tmp_path)[1].a.tolist()[1] == "x"


def test_categories_of_all_pieces(tmp_path: Path) -> None:
    frames = [pd.DataFrame({"c": pd.Categorical([f"{piece}-{index}" for index in range(100)])}) for piece in range(3)]
    found = saved(iter(frames), tmp_path)[1]
    assert (found.c.dtype.name, len(found.c.cat.categories)) == ("category", 300)


A = pd.DataFrame({"a": [1], "b": ["x"]})


@pytest.mark.parametrize(
    ("frames", "says"),
    [
        ([A, A[["a"]]], "Piece 2 of this table lacks b; the first has: a, b"),
        ([A, A, A.assign(c=1)], "Piece 3 of this table has c"),
        ([A, A.assign(a=0.5)], "Column 'a' is double in piece 2 of this table, and was int64"),
        ([A, pl.DataFrame({"a": [1]})], "Number 2 of what was yielded is a DataFrame, after tables of pandas"),
        ([A, 5], "Number 2 of what was yielded is a int"),
        ([A, pd.DataFrame([[1, 2]], columns=["a", "a"])], "Duplicate column names"),
    ],
)
def test_a_piece_that_differs_is_told(frames: Any, says: str, tmp_path: Path) -> None:
    with pytest.raises(Invalid) as caught:
        save_frames(iter(frames), tmp_path, "t")
    assert says in str(caught.value)
    assert not list(tmp_path.rglob("*.parquet"))


def test_memory_is_that_of_a_group(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """100 pieces of 800 kB, in groups of ten: Arrow's pool never holds much more than one group."""
    monkeypatch.setattr(table_file, "GROUP", 100_000)
    before, held = pa.total_allocated_bytes(), []

    def pieces() -> Iterator[Any]:
        for number in range(100):
            held.append(pa.total_allocated_bytes() - before)
            yield pa.table({f"c{index}": np.full(10_000, number + index) for index in range(10)})

    save_frames(pieces(), tmp_path, "t")
    assert max(held) < 40e6


@pytest.mark.parametrize(
    ("table", "kind"),
    [
        (pl.LazyFrame({"a": [1, 2], "s": ["x", None]}), "lazy"),
        (pl.LazyFrame({"a": [1]}).filter(pl.col("a") > 1), "lazy"),
        (pyarrow.dataset.dataset(pa.table({"a": [1, 2]})), "arrow_dataset"),
        (pa.RecordBatchReader.from_batches(pa.schema([("a", pa.int8())]), []), "arrow"),
    ],
    ids=["lazy", "lazy without rows", "dataset", "reader"],
)
def test_what_is_read_in_pieces(table: Any, kind: str, tmp_path: Path) -> None:
    document: Any = save_frame(table, tmp_path, "t")
    found = read_table(tmp_path / document["path"], document["spec"]["frame"])
    assert document["spec"]["frame"] == kind
    if kind == "lazy":
        pl.testing.assert_frame_equal(found.collect(), table.collect())
    elif kind == "arrow_dataset":
        assert found.to_table() == table.to_table()
    else:
        assert found.num_rows == 0


class Relation:
    """As DuckDB's, ibis' and others': they speak Arrow's stream interface."""

    def __arrow_c_stream__(self, requested_schema: Any = None) -> Any:
        return pa.table({"a": [1, 2]}).__arrow_c_stream__(requested_schema)


def test_whatever_speaks_arrow_is_a_table(tmp_path: Path) -> None:
    document: Any = save_frame(Relation(), tmp_path, "t")
    assert read_table(tmp_path / document["path"], document["spec"]["frame"]) == pa.table({"a": [1, 2]})


# -- what a function returned ------------------------------------------------------------------------------------------


def outputs(value: Any, folder: Path) -> Outputs:
    found = Outputs(RunFolder(folder), "f", [])
    found.take(value)
    return found


async def later() -> Any:
    for number in range(3):
        yield number


@pytest.mark.parametrize(
    ("value", "results"),
    [((n for n in range(3)), {"f": [0, 1, 2]}), (map(str, [1]), {"f": ["1"]}), (iter(()), {}), (later(), {"f": [0, 1, 2]}), (zip([1], [2], strict=True), {"f": [[1, 2]]})],
    ids=["generator", "map", "iterator", "async", "zip"],
)  # fmt: skip
def test_other_items_are_a_list(value: Any, results: Any, tmp_path: Path) -> None:
    assert outputs(value, tmp_path).results == results


def test_a_generator_within(tmp_path: Path) -> None:
    rows = (A for _ in range(2))
    found = outputs({"rows": rows, "again": rows, "n": (n for n in [1, 2])}, tmp_path)
    assert [one["name"] for one in found.documents] == ["rows"]
    assert found.results == {"n": [1, 2]}
    assert found.value == {
        "pairs": [
            [{"json": "rows"}, {"output": "rows"}],
            [{"json": "again"}, {"output": "rows"}],
            [{"json": "n"}, {"json": [1, 2]}],
        ]
    }


def fails() -> Iterator[Any]:
    yield A
    raise LookupError("no more")


def test_what_a_generator_raises_is_the_users_and_the_rest_is_kept(tmp_path: Path) -> None:
    found = Outputs(RunFolder(tmp_path), "f", [])
    with pytest.raises(LookupError, match="no more"):
        found.take({"bad": fails(), "good": A})
    assert [one["name"] for one in found.documents] == ["good"]
    assert not (tmp_path / "outputs" / "bad").exists()


def test_pieces_that_differ_are_not_saved(tmp_path: Path) -> None:
    with pytest.raises(NotSaved, match="Piece 2 of this table lacks b"):
        outputs((frame for frame in [A, A[["a"]]]), tmp_path)
