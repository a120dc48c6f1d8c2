"""What counts how much, on each database; and what is ranked where there is more than can be."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from dh_jupyter.catalogue import Catalogue, Search, matching, ranking
from dh_jupyter.catalogue.tables import entities
from tests.fixtures.catalogue import dataset, function


def score(catalogue: Catalogue, words: list[str], made: Any) -> float:
    with catalogue._database.read() as connection:
        found = select(ranking.score(connection.dialect.name, words)).where(entities.c.id == made["id"])
        return float(connection.execute(found).scalar_one())


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
    assert whole["totalElements"] == 4
    assert whole["facets"]["labels"] == [{"value": "air", "count": 4}]
    pages = [catalogue.search("demo", Search("flights"), page, 3) for page in range(3)]
    assert [hit["id"] for page in pages for hit in page["content"]] == [hit["id"] for hit in whole["content"]]
    assert [page["totalElements"] for page in pages] == [4, 4, 4]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(words=st.lists(st.text("ab1_-. é%/'\n", min_size=1, max_size=5), max_size=3))
def test_any_words_have_a_score(catalogue: Catalogue, words: list[str]) -> None:
    made = dataset(catalogue, "a_b-1", metadata={"description": "é ab/1", "labels": ["b1"]})
    assert 0 <= score(catalogue, words, made) <= ranking.IS_NAME + len(words) * ranking.NAME_PART_IS
