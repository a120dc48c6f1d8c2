"""Paging by the last row seen."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from dh_jupyter.catalogue import Query
from dh_kernel.errors import Invalid
from tests.fixtures.catalogue import dataset


def names(catalogue: Any, sort: Any = None, size: int = 3, between: Any = None) -> list[str]:
    """All names, page by page; `between` is done after each page."""
    found: list[str] = []
    page = catalogue.list("dataitem", project="demo", size=size, sort=sort)
    while True:
        found += [each["name"] for each in page["content"]]
        if "next" not in page:
            assert page["last"]
            return found
        if between:
            between()
        query = Query(after=page["next"])
        page = catalogue.list("dataitem", project="demo", size=size, sort=sort, query=query)


@pytest.mark.parametrize("sort", [None, [("name", "ASC")], [("name", "DESC")], [("created", "ASC")]])
def test_pages_by_cursor_are_the_whole_list(catalogue: Any, sort: Any) -> None:
    for number in range(8):
        dataset(catalogue, name=f"d{number}")
    whole = [each["name"] for each in catalogue.list("dataitem", project="demo", sort=sort)["content"]]
    assert len(whole) == 8
    assert names(catalogue, sort) == whole


def test_what_is_made_meanwhile_neither_repeats_nor_hides_a_row(catalogue: Any) -> None:
    before = [dataset(catalogue, name=f"d{number}")["name"] for number in range(7)]
    made = iter(range(100))
    found = names(catalogue, between=lambda: dataset(catalogue, name=f"new{next(made)}"))
    assert found == before[::-1]


def test_a_list_of_one_page_has_no_cursor(catalogue: Any) -> None:
    dataset(catalogue)
    assert "next" not in catalogue.list("dataitem", project="demo")


@pytest.mark.parametrize(
    "cursor",
    ["x", "é", "W10", base64.urlsafe_b64encode(json.dumps(["a", "b"]).encode()).decode(), "W" * 9, "[" * 5000]
    + [
        base64.urlsafe_b64encode(text.encode()).decode()
        for text in ("[1, 2]", '["a", -1]', '["a", true]', "{}", '["a", 1e300]')
    ],
)
def test_what_is_no_cursor_is_refused(catalogue: Any, cursor: str) -> None:
    with pytest.raises(Invalid, match="not a cursor"):
        catalogue.list("dataitem", project="demo", query=Query(after=cursor))


def test_an_order_without_cursors_is_refused(catalogue: Any) -> None:
    for number in range(3):
        dataset(catalogue, name=f"d{number}")
    page = catalogue.list("dataitem", project="demo", size=2, sort=[("kind", "ASC")])
    assert "next" not in page
    with pytest.raises(Invalid, match="simple order"):
        catalogue.list("dataitem", project="demo", sort=[("kind", "ASC")], query=Query(after="W10"))
