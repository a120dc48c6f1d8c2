"""Search on each database: what is found, in which order, and that nothing a person types breaks it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dh_jupyter.catalogue import Query, Search
from dh_jupyter.catalogue.filters import parsed
from dh_kernel.errors import Invalid, NotFound
from tests.fixtures.catalogue import dataset, function


@pytest.fixture
def filled(catalogue: Any) -> Any:
    fields = [{"name": "carrier"}, {"name": "dep_delay"}]
    dataset(catalogue, "flights_2013", spec={"path": "/a", "schema": {"fields": fields}})
    dataset(catalogue, "weather", metadata={"description": "Beside the flights of 2013", "labels": ["raw", "a b"]})
    dataset(catalogue, "airports", metadata={"labels": ["flights", "raw"]}, status={"state": "READY"})
    dataset(catalogue, "flights", metadata={"description": "50% <b>late</b>"})
    function(catalogue, "f1", "clean_flights")
    dataset(catalogue, "theirs", kind="their.kind", metadata={"labels": ["flights"]})
    return catalogue


def names(page: Any) -> list[str]:
    return [hit["name"] for hit in page["content"]]


def found(catalogue: Any, text: str = "", *filters: str, **options: Any) -> list[str]:
    return names(catalogue.search("demo", Search(text, parsed(filters), **options)))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("flights", ["flights", "clean_flights", "flights_2013", "airports", "weather"]),
        ("2013", ["flights_2013", "weather"]),
        ("FLIGHTS 2013", ["flights_2013", "weather"]),
        ("light", ["clean_flights", "flights", "flights_2013", "airports", "weather"]),
        ("delay", ["flights_2013"]),
        ("wea", ["weather"]),
        ("50%", ["flights"]),
        ("%", ["flights"]),
        ("zz", []),
        ('"flights" OR', []),
    ],
)
def test_what_is_found_and_in_which_order(filled: Any, text: str, expected: list[str]) -> None:
    hits = found(filled, text)
    assert sorted(hits) == sorted(expected)
    assert text == "light" or hits == expected


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        (["type:function"], ["clean_flights"]),
        (["type:(function OR dataitem)", 'metadata.name:"weather"'], ["weather"]),
        (["metadata.labels:(raw AND flights)"], ["airports"]),
        (['metadata.labels:("a b" OR flights)'], ["airports", "weather"]),
        (["status:READY"], ["airports"]),
        (['metadata.description:"late"'], ["flights"]),
        (["metadata.updated:[* TO *]", 'kind:"python"'], ["clean_flights"]),
        (["metadata.updated:[* TO 2001-01-01T00:00:00Z]"], []),
    ],
)
def test_filters(filled: Any, filters: list[str], expected: list[str]) -> None:
    assert found(filled, "", *filters) == expected


def test_hits_facets_and_groups(filled: Any) -> None:
    dataset(filled, "flights")
    page = filled.search("demo", Search("late"))
    hit = page["content"][0]
    assert (hit["type"], hit["status"], hit["key"].split(":")[0]) == ("dataitem", "CREATED", "store")
    assert hit["highlights"] == {"metadata.description": ["50% &lt;b&gt;<em>late</em>&lt;/b&gt;"]}
    page = filled.search("demo", Search("flights"), size=2)
    assert (page["totalElements"], page["totalPages"], len(page["content"])) == (6, 3, 2)
    assert page["facets"]["type"] == [{"value": "dataitem", "count": 5}, {"value": "function", "count": 1}]
    assert page["facets"]["labels"][0] == {"value": "raw", "count": 2}
    groups = filled.search("demo", Search("flights"), grouped=True)
    assert groups["totalElements"] == 5
    assert (groups["content"][0]["numFound"], groups["content"][0]["keyGroup"]) == (
        2,
        "store://demo/dataitem/table/flights",
    )


def test_kinds_of_ours_only_for_who_knows_them(filled: Any) -> None:
    assert "theirs" not in found(filled, "flights")
    assert "theirs" in found(filled, "flights", kinds_all=True)


@pytest.mark.parametrize(
    "asked",
    [
        "x",
        "colour:red",
        "type:",
        "type:(a OR b AND c)",
        "type:(a b)",
        "updated:[x TO *]",
        "updated:1",
        'name:"',
        "kind:(a AND b)",
    ],
)
def test_what_cannot_be_read_is_invalid(filled: Any, asked: str) -> None:
    with pytest.raises(Invalid, match="fq"):
        found(filled, "", asked)


def test_more_words_than_a_statement_holds_are_invalid(catalogue: Any) -> None:
    words = " ".join(f"w{number}" for number in range(101))
    with pytest.raises(Invalid, match="101 words"):
        catalogue.search("demo", Search(words))
    with pytest.raises(Invalid, match="101 words"):
        catalogue.list("dataitem", project="demo", query=Query(text=words))
    assert catalogue.search("demo", Search(words.rpartition(" ")[0]))["content"] == []


def test_a_project_that_is_not_there(catalogue: Any) -> None:
    with pytest.raises(NotFound):
        catalogue.search("nowhere", Search("x"))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    text=st.text(max_size=12)
    | st.sampled_from(["'", '"', "*", "a*", "NEAR(a b)", "\0", "\ud800", "🙂🙂🙂", "\\", "_", "a AND"])
)
def test_any_text_is_safe(filled: Any, text: str) -> None:
    assert filled.search("demo", Search(text))["number"] == 0
