"""What few have is looked at one by one, and no index of words is read for it; what is found is the same."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import event

from dh_jupyter.catalogue import Catalogue, Query, Search, listing, matching
from dh_jupyter.catalogue.filters import parsed
from tests.fixtures.catalogue import dataset

OLD = "2026-01-01T00:00:00Z"


@pytest.fixture
def filled(catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch) -> Catalogue:
    """Of seven that are called flights one has failed, two have a label that no others have, and one is a model."""
    monkeypatch.setattr(matching, "MOST", 3)
    monkeypatch.setattr(listing, "MOST", 3)
    for number in range(6):
        labels = ["air", *(["rare"] if number < 2 else [])]
        state = {"state": "ERROR"} if number == 1 else {}
        dataset(catalogue, f"flights{number}", metadata={"labels": labels}, status=state)
    for name in ("flights-model", "other"):
        posted = {"kind": "model", "name": name, "spec": {"path": "s3://b/m/"}, "metadata": {"labels": ["air"]}}
        catalogue.create("model", posted, project="demo", user="ada")
    return catalogue


def statements(catalogue: Catalogue, ask: Callable[[], Any]) -> tuple[Any, str]:
    """What is answered, and all that the database was asked for it."""
    seen: list[str] = []

    def note(connection: Any, cursor: Any, statement: str, *more: Any) -> None:
        seen.append(statement)

    event.listen(catalogue._database.engine, "before_cursor_execute", note)
    try:
        return ask(), "\n".join(seen)
    finally:
        event.remove(catalogue._database.engine, "before_cursor_execute", note)


@pytest.mark.parametrize(
    ("text", "filters", "expected", "by_words"),
    [
        ("flights", ["type:model"], {"flights-model"}, False),
        ("flights", ["type:workflow"], set(), False),
        ("fl", ["type:model"], {"flights-model"}, False),
        ("", ["type:model"], {"flights-model", "other"}, False),
        ("flights", ["metadata.labels:(rare)"], {"flights0", "flights1"}, False),
        ("flights", ["metadata.labels:(air AND rare)"], {"flights0", "flights1"}, False),
        ("flights", ["metadata.labels:(none)"], set(), False),
        ("flights", ["status:ERROR"], {"flights1"}, False),
        ("flights", ["status:ERROR", "type:dataitem"], {"flights1"}, False),
        ("flights", ['metadata.name:"flights2"'], {"flights2"}, False),
        ("flights", [f"metadata.updated:[* TO {OLD}]"], set(), False),
        ("flights", ["type:dataitem"], {"flights3", "flights4", "flights5"}, True),
        ("flights", ["metadata.labels:(air)"], {"flights4", "flights5", "flights-model"}, True),
    ],
)
def test_searches(filled: Catalogue, text: str, filters: list[str], expected: set[str], by_words: bool) -> None:
    page, asked = statements(filled, lambda: filled.search("demo", Search(text, parsed(filters))))
    assert ({hit["name"] for hit in page["content"]} >= expected, "search_index" in asked) == (True, by_words), asked
    assert by_words or len(page["content"]) == len(expected)


@pytest.mark.parametrize(
    ("fields", "expected", "by_words"),
    [
        ({"state": "ERROR"}, ["flights1"], False),
        ({"state": "READY,ERROR"}, ["flights1"], False),
        ({"labels": ("rare",)}, ["flights1", "flights0"], False),
        ({"labels": ("air", "rare")}, ["flights1", "flights0"], False),
        ({"labels": ("none", "air")}, [], False),
        ({"labels": ("air",)}, [f"flights{number}" for number in (5, 4, 3, 2, 1, 0)], True),
    ],
)
def test_lists(filled: Catalogue, fields: dict[str, Any], expected: list[str], by_words: bool) -> None:
    query = Query(text="flights", versions="all", **fields)
    page, asked = statements(filled, lambda: filled.list("dataitem", project="demo", query=query))
    assert [one["name"] for one in page["content"]] == expected
    if filled._database.engine.dialect.name == "sqlite":  # PostgreSQL takes its index by itself
        assert ("search_index" in asked) is by_words, asked
