"""Lists that are longer than what is counted or found at once: nothing is left out, and `last` is true on the last page."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import pytest

from dh_jupyter.catalogue import Catalogue, Query, listing

COUNT = 23
SIZE = 4


@pytest.fixture(params=["few are found at once", "all are"])
def filled(catalogue: Catalogue, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Catalogue:
    monkeypatch.setattr(listing, "COUNTED", 10)
    if request.param == "few are found at once":
        monkeypatch.setattr(listing, "MOST", 9)
    documents = [
        {"kind": "table", "name": f"flights-{number // 2}", "metadata": {"labels": ["air", f"n{number % 3}"]}}
        for number in range(COUNT)
    ]
    catalogue.create_many("dataitem", documents, project="demo", user="ada")
    catalogue.create_many("dataitem", [{"kind": "table", "name": f"o{n}"} for n in range(5)], project="demo", user="b")
    return catalogue


def pages(catalogue: Catalogue, sort: Any, **fields: Any) -> Iterator[Any]:
    number = 0
    while True:
        query = Query(versions="all", **fields)
        page = catalogue.list("dataitem", project="demo", query=query, page=number, size=SIZE, sort=sort)
        yield page
        if page["last"]:
            return
        number += 1


def by_cursor(catalogue: Catalogue, sort: Any, **fields: Any) -> Iterator[Any]:
    after: str | None = None
    while True:
        query = Query(versions="all", after=after, **fields)
        page = catalogue.list("dataitem", project="demo", query=query, size=SIZE, sort=sort)
        yield page
        if "next" not in page:
            return
        after = page["next"]


FIELDS: list[Any] = [{}, {"text": "flights"}, {"text": "fl ig"}, {"text": "x"}, {"labels": ("air",)}, {"labels": ("air", "n1")},
          {"labels": ("n2",), "text": "flights"}, {"labels": ("none",)},
          {"labels": ("air", "n1"), "text": "flights"}, {"labels": ("none", "air"), "text": "flights"},
          {"state": "CREATED", "text": "flights"}, {"state": "ERROR", "text": "flights"},
          {"q": "ghts-1"}, {"q": "none"}]  # fmt: skip
SORTS: list[Any] = [
    None,
    [("created", "DESC")],
    [("name", "ASC")],
    [("updated", "ASC")],
    [("kind", "ASC"), ("name", "DESC")],
]


def test_every_row_is_on_one_page_in_order(filled: Catalogue) -> None:
    for fields, sort in itertools.product(FIELDS, SORTS):
        check(filled, fields, sort)


def check(filled: Catalogue, fields: Any, sort: Any) -> None:
    whole = filled.list("dataitem", project="demo", query=Query(versions="all", **fields), size=100, sort=sort)
    expected = [each["id"] for each in whole["content"]]
    seen = list(pages(filled, sort, **fields))
    assert [each["id"] for page in seen for each in page["content"]] == expected, (fields, sort)
    assert len(set(expected)) == len(expected) == whole["totalElements"] == seen[-1]["totalElements"]
    assert [page["last"] for page in seen] == [False] * (len(seen) - 1) + [True]
    shown = 0
    for page in seen:  # there are at least those that were seen, and another one unless it is the last
        shown += len(page["content"])
        assert page["totalElements"] >= min(shown + (not page["last"]), len(expected))
        assert page["totalElements"] <= len(expected)
    if sort is None or len(sort) == 1:
        cursors = list(by_cursor(filled, sort, **fields))
        assert [each["id"] for page in cursors for each in page["content"]] == expected


def test_what_is_counted_is_the_least_that_there_is(filled: Catalogue) -> None:
    first = next(pages(filled, None))
    assert (first["totalElements"], first["last"]) == (10, False)
    beyond = filled.list("dataitem", project="demo", query=Query(versions="all"), page=50, size=SIZE)
    assert (beyond["content"], beyond["totalElements"], beyond["last"]) == ([], 10, True)
