"""Which files nothing refers to."""

from __future__ import annotations

import pytest

from dh_jupyter.leftovers.rules import GRACE, Stored, unit_of, unreferenced

NOW = 10 * GRACE
OLD = NOW - GRACE - 1


@pytest.mark.parametrize(
    ("name", "unit"),
    [
        ("p/dataitem/flights/id1/data.parquet", "p/dataitem/flights/id1"),
        ("p/model/churn/id1/model/MLmodel", "p/model/churn/id1"),
        ("p/model/churn/id1.whole", "p/model/churn/id1"),
        ("p/artifact/notes/id1", "p/artifact/notes/id1"),
        ("p/.runs/r1/1/result.json", "p/.runs/r1"),
        ("p/.runs/r1", "p/.runs/r1"),
        ("p/own/place/of/mine.csv", None),
        ("p/dataitem/flights", None),
        ("p/notes.txt", None),
    ],
)
def test_what_is_kept_or_removed_as_a_whole(name: str, unit: str | None) -> None:
    assert unit_of(name) == unit


STATES = {"running": "open", "done": "ended"}
FILES = [
    ("p/dataitem/a/used/x.parquet", OLD),
    ("p/dataitem/a/lost/x.parquet", OLD),
    ("p/dataitem/a/lost/y.parquet", OLD),
    ("p/dataitem/a/new/x.parquet", NOW - 5),
    ("p/model/m/used/model/MLmodel", OLD),
    ("p/model/m/used.whole", OLD),
    ("p/.runs/running/1/x", OLD),
    ("p/.runs/done/1/x", OLD),
    ("p/.runs/gone/1/x", OLD),
    ("p/.runs/code-ab12/ab12.zip", OLD),
    ("p/.runs/code-cd34/cd34.zip", NOW - 5),
    ("p/mine/by/hand/x.csv", OLD),
]
USED = {"p/dataitem/a/used/x.parquet", "p/model/m/used/"}


@pytest.mark.parametrize("is_shared", [False, True])
def test_what_is_left(is_shared: bool) -> None:
    files = [Stored(name, 10, written) for name, written in FILES]
    found = unreferenced(files, USED, lambda project, run: STATES.get(run), NOW, is_shared=is_shared)
    assert [(row["what"], row["where"], row["bytes"], "held" in row) for row in found] == [
        ("delivery", "p/.runs/code-ab12", 10, is_shared),
        ("delivery", "p/.runs/done", 10, False),
        ("delivery", "p/.runs/gone", 10, is_shared),
        ("file", "p/dataitem/a/lost", 20, is_shared),
    ]
