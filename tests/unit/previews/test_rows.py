"""Rows of Parquet files, whatever is in them."""

from __future__ import annotations

import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as parquet
import pytest

from dh_jupyter.previews.parts import chosen
from dh_jupyter.previews.reader import answer_to
from dh_jupyter.previews.rows import rows_of
from dh_kernel.errors import Invalid, NotFound


def written(path: Path, table: Any, group: int = 7) -> dict[str, str]:
    parquet.write_table(table, path, row_group_size=group)
    return {"path": str(path), "version": "1"}


@pytest.mark.parametrize(
    ("start", "size", "expected"),
    [
        (0, 3, [0, 1, 2]),
        (5, 4, [5, 6, 7, 8]),
        (18, 5, [18, 19, 20, 21, 22]),
        (28, 9, [28, 29]),
        (30, 5, []),
        (10**15, 5, []),
    ],
)
def test_a_range_goes_over_groups_and_files(tmp_path: Path, start: int, size: int, expected: list[int]) -> None:
    parts = [
        written(tmp_path / "1.parquet", pa.table({"a": range(20)})),
        written(tmp_path / "2.parquet", pa.table({"a": pa.array([], pa.int64())})),
        written(tmp_path / "3.parquet", pa.table({"a": range(20, 30)})),
    ]
    found = rows_of(parts, start, size, {})
    assert found == {
        "total": 30,
        "start": start,
        "width": 1,
        "columns": [{"name": "a", "type": "integer"}],
        "rows": [[number] for number in expected],
    }


def test_values_are_what_json_and_a_page_can_hold(tmp_path: Path) -> None:
    nanoseconds = pa.array([1, None], pa.timestamp("ns"))
    table = pa.table(
        {
            "text": ["é" * 500, None],
            "number": [float("nan"), 1.5],
            "bytes": [b"\x00" * 9, None],
            "list": [list(range(50)), []],
            "object": [{"a": {"b": None}}, None],
            "exact": [Decimal("1.10"), None],
            "day": [datetime.date(2020, 1, 2), None],
            "when": nanoseconds,
            "far": pa.array([2**60, None], pa.timestamp("ms")),
            "word": pa.array(["x", "y"]).dictionary_encode(),
            "a.b": [1, 2],
            "__index_level_0__": [7, 8],
        }
    )
    found = rows_of([written(tmp_path / "t.parquet", table)], 0, 2, {})
    names = [column["name"] for column in found["columns"]]
    assert names == table.column_names[:-1]
    first = dict(zip(names, found["rows"][0], strict=True))
    assert first.pop("far") is not None
    assert first.pop("when").startswith("1970-01-01")
    assert first == {
        "text": "é" * 199 + "…",
        "number": None,
        "bytes": "9 bytes",
        "list": list(range(10)),
        "object": {"a": {"b": None}},
        "exact": "1.10",
        "day": "2020-01-02",
        "word": "x",
        "a.b": 1,
    }


def test_a_wide_table_shows_its_first_columns(tmp_path: Path) -> None:
    table = pa.table({f"c{number}": [number] for number in range(400)})
    found = rows_of([written(tmp_path / "t.parquet", table)], 0, 1, {})
    assert found["width"] == 400
    assert found["rows"] == [list(range(300))]
    assert len(found["columns"]) == 300


def test_a_part_that_lacks_a_column_has_nothing_there(tmp_path: Path) -> None:
    parts = [
        written(tmp_path / "1.parquet", pa.table({"a": [1], "b": [2]})),
        written(tmp_path / "2.parquet", pa.table({"b": [3]})),
    ]
    assert rows_of(parts, 0, 2, {})["rows"] == [[1, 2], [None, 3]]


@pytest.mark.parametrize("content", [b"", b"PAR1 and then something PAR1", b"a,b\n1,2\n"])
def test_what_is_no_parquet_is_said(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "t.parquet").write_bytes(content)
    request = {"parts": [{"path": str(tmp_path / "t.parquet"), "version": ""}], "start": 0, "size": 1}
    assert "arquet" in answer_to(request, {})["invalid"]


def test_a_broken_column_is_said(tmp_path: Path) -> None:
    part = written(tmp_path / "t.parquet", pa.table({"a": [str(n) for n in range(5000)]}), 5000)
    content = bytearray(Path(part["path"]).read_bytes())
    content[100:4000] = b"\xff" * 3900
    Path(part["path"]).write_bytes(content)
    assert answer_to({"parts": [part], "start": 0, "size": 1}, {}).keys() == {"invalid"}


def test_files_that_are_about_others_are_left_out() -> None:
    assert chosen(["b/2.PARQUET", "_SUCCESS", "a/_metadata", "a/1.parquet", ".x.parquet"]) == [
        "a/1.parquet",
        "b/2.PARQUET",
    ]
    with pytest.raises(Invalid, match=r"this is t\.csv"):
        chosen(["t.csv"])
    with pytest.raises(NotFound):
        chosen([])
