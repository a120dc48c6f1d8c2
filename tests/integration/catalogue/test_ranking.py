"""What counts how much, on each database; and what is ranked where there is more than can be."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from dh_jupyter.catalogue import Catalogue, Search, matching, narrowing, ranking
from dh_jupyter.catalogue.filters import parsed
from dh_jupyter.catalogue.tables import entities
from tests.fixtures.catalogue import dataset, function


def score(catalogue: Catalogue, words: list[str], made: Any) -> float:
    with catalogue._database.read() as connection:
        found = select(ranking.score(connection.dialect.name, len(words))).where(entities.c.id == made["id"])
        return float(connection.execute(found, ranking.parameters(words)).scalar_one())


@pytest.mark.parametrize(
    ("words", "name", "labels", "description", "expected"),
    [
        (["flights"], "flights", [], "", ranking.IS_NAME + ranking.NAME_PART_IS),
        (["flights"], "Flights", [], "", ranking.IS_NAME + ranking.NAME_PART_IS),
        (["2013"], "flights_2013", [], "", ranking.NAME_PART_IS),
        (["flights_2013"], "old.flights_2013+a", [], "", ranking.NAME_PART_IS),
        (["fli"], "clean_flights", [], "", ranking.NAME_PART_BEGINS),
        (["ights"], "flights", [], "", ranking.IN_NAME),
        (["raw"], "x", ["Raw"], "", ranking.IS_WHOLE),
        (["ra"], "x", ["Raw"], "", ranking.WHOLE_BEGINS),
        (["é"], "x", ["É"], "", ranking.IS_WHOLE),
        (["del"], "x", [], "the dep_delay", ranking.PART_BEGINS),
        (["elay"], "x", [], "the dep_delay", ranking.INSIDE),
        (["y"], "x", [], "the dep_delay", ranking.INSIDE),
        (["a", "b"], "a", [], "x b", ranking.NAME_PART_IS + ranking.PART_BEGINS),
        ([], "x", [], "", 0),
    ],
)
def test_scores(
    catalogue: Catalogue, words: list[str], name: str, labels: list[str], description: str, expected: float
) -> None:
    made = dataset(catalogue, name, metadata={"labels": labels, "description": description})
    assert score(catalogue, words, made) == expected


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that what is too much needs not be made."""
    monkeypatch.setattr(matching, "MOST", 4)
    monkeypatch.setattr(matching, "NAMED", 2)


@pytest.mark.usefixtures("few")
def test_what_has_the_name_is_found_however_old_it_is(catalogue: Catalogue) -> None:
    function(catalogue, "f1", "Train")
    dataset(catalogue, "train")
    dataset(catalogue, "pre-train")
    for number in range(3):
        dataset(catalogue, f"train-{number}")
    for number in range(6):
        dataset(catalogue, f"x{number}", metadata={"description": "what we train on"})
    page = catalogue.search("demo", Search("train"))
    assert [hit["name"] for hit in page["content"][:3]] == ["train", "train-2", "train-1"]
    assert page["totalElements"] == 1 + 2 + 4
    assert catalogue.search("demo", Search("Train"))["content"][1]["name"] == "Train"


@pytest.mark.usefixtures("few")
def test_pages_have_all_that_is_ranked_and_each_once(catalogue: Catalogue) -> None:
    for number in range(7):
        dataset(catalogue, f"flights-{number}", metadata={"labels": ["air"]})
    whole = catalogue.search("demo", Search("flights"))
    assert (whole["totalElements"], whole["numFoundExact"]) == (4, False)
    assert whole["facets"]["labels"] == [{"value": "air", "count": 4}]
    pages = [catalogue.search("demo", Search("flights"), page, 3) for page in range(3)]
    assert [hit["id"] for page in pages for hit in page["content"]] == [hit["id"] for hit in whole["content"]]
    assert [page["totalElements"] for page in pages] == [4, 4, 4]


@pytest.mark.parametrize("recent", [0, 1, 2, 5, 100])
def test_the_newest_are_ranked_whether_they_are_recent_or_not(
    catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch, recent: int
) -> None:
    monkeypatch.setattr(matching, "MOST", 3)
    monkeypatch.setattr(narrowing, "RECENT", recent)
    for number in range(5):
        dataset(catalogue, f"x{number}", metadata={"description": "flights of 2013"})
        dataset(catalogue, f"y{number}", metadata={"description": "flights only"})
    for text in ("flights 2013", "2013"):
        page = catalogue.search("demo", Search(text))
        assert [hit["name"] for hit in page["content"]] == ["x4", "x3", "x2"]
    for name in ("b", "c"):
        dataset(catalogue, name, metadata={"description": "weather of 2012"})
    page = catalogue.search("demo", Search("weather 2012"))
    assert [hit["name"] for hit in page["content"]] == ["c", "b"]
    assert (page["totalElements"], page["numFoundExact"]) == (2, True)


def test_whether_all_was_counted_also_where_descriptions_are_read(
    catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(matching, "MOST", 3)
    for number in range(3):
        dataset(catalogue, f"x{number}", metadata={"description": "late" if number == 2 else "early"})
    late = parsed(['metadata.description:"late"'])
    page = catalogue.search("demo", Search("", late))
    assert (page["totalElements"], page["numFoundExact"]) == (1, False)
    assert catalogue.search("demo", Search("x2", late), grouped=True)["numFoundExact"] is True


def test_statements_are_built_once_for_searches_of_one_shape(catalogue: Catalogue) -> None:
    def asked(text: str, *filters: str) -> None:
        catalogue.search("demo", Search(text, parsed(filters)))

    asked("flights 2013", "type:(dataitem OR model)", "metadata.updated:[2026-01-01T00:00:00Z TO *]")
    built = matching.answer.cache_info().misses
    asked("hourly weather", "type:function", "metadata.updated:[2025-01-01T00:00:00Z TO *]")
    assert matching.answer.cache_info().misses == built


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(words=st.lists(st.text("ab1_-. é%/'\n", min_size=1, max_size=5), max_size=3))
def test_any_words_have_a_score(catalogue: Catalogue, words: list[str]) -> None:
    made = dataset(catalogue, "a_b-1", metadata={"description": "é ab/1", "labels": ["b1"]})
    assert 0 <= score(catalogue, words, made) <= ranking.IS_NAME + len(words) * ranking.NAME_PART_IS
