"""Lists by a part of a name, on each database: what the index gives is what is there, and nothing else."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest

from dh_jupyter.catalogue import Catalogue, Query, Search, migrations
from dh_jupyter.catalogue.engine import Database
from tests.fixtures.catalogue import dataset, function
from tests.fixtures.postgres import PostgreSQL


def run(catalogue: Catalogue, ident: str, executable: str) -> None:
    posted = {"kind": "python+job:run", "id": ident, "spec": {"function": executable, "local_execution": True}}
    catalogue.create("run", posted, project="demo", user="ada")


def found(catalogue: Any, entity: str, asked: str, **options: Any) -> list[str]:
    page = catalogue.list(entity, project="demo", query=Query(q=asked, versions="all", kinds_all=True, **options))
    return [each["id"] for each in page["content"]]


@pytest.fixture
def filled(catalogue: Catalogue) -> Catalogue:
    dataset(catalogue, "Flights_2013", id="abc-first")
    dataset(catalogue, "flights-2013", id="abc-second")
    dataset(catalogue, "weather", id="2013")
    function(catalogue, "f1", "train")
    return catalogue


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ("ights", ["abc-second", "abc-first"]),
        ("Fli", ["abc-first"]),
        ("FLI", []),
        ("s_2", ["abc-first"]),
        ("s%2", []),
        ("2013", ["2013", "abc-second", "abc-first"]),
        ("abc-", ["abc-second", "abc-first"]),
        ("bc", ["abc-second", "abc-first"]),
        ("c-second\nflights", []),
        ("É", []),
        ("'\"*", []),
    ],
)
def test_by_a_part_of_id_or_name(filled: Catalogue, asked: str, expected: list[str]) -> None:
    assert found(filled, "dataitem", asked) == expected


def test_together_with_words_and_labels(filled: Catalogue) -> None:
    dataset(filled, "flights", id="third", metadata={"labels": ["air"], "description": "late ones"})
    assert found(filled, "dataitem", "light", text="late") == ["third"]
    assert found(filled, "dataitem", "light", labels=("air",)) == ["third"]
    assert found(filled, "dataitem", "light", text="weather") == []


def test_runs_also_by_what_they_execute(filled: Catalogue) -> None:
    run(filled, "r1", "python://demo/TrÄin:f1")
    run(filled, "r2", "python://demo/test:f1")
    assert found(filled, "run", "TrÄin") == ["r1"]
    assert found(filled, "run", "trÄin") == []
    assert found(filled, "run", "demo/te") == ["r2"]


def test_what_is_changed_or_deleted_is_found_as_it_is(filled: Catalogue) -> None:
    run(filled, "r1", "python://demo/before:f1")
    changed = {"spec": {"function": "python://demo/after:f1"}, "status": {"state": "CREATED"}}
    filled.update("demo", "run", "r1", changed, user="ada")
    assert found(filled, "run", "/after") == ["r1"]
    assert found(filled, "run", "before") == []
    filled.delete("demo", "run", "r1", cascade=True)
    assert found(filled, "run", "after") == []


def test_what_was_there_before_the_index(filled: Catalogue, catalogue_url: str) -> None:
    database = Database(catalogue_url)
    with database.write() as connection:
        migrations.downgrade(connection, "0005")
    dataset(filled, "late-flights", id="third")
    with database.write() as connection:
        migrations.upgrade(connection)
    database.close()
    assert found(filled, "dataitem", "light") == ["third", "abc-second", "abc-first"]
    filled.delete("demo", "dataitem", "third", cascade=True)
    assert found(filled, "dataitem", "light") == ["abc-second", "abc-first"]


def test_a_server_that_allows_no_trigrams_finds_the_same(
    postgres: PostgreSQL, caplog: pytest.LogCaptureFixture
) -> None:
    """Somebody who owns neither the database nor its extensions."""
    name = postgres.new_database()
    postgres.execute(f"CREATE ROLE {name}_guest LOGIN")
    with psycopg.connect(f"host=127.0.0.1 port={postgres.port} user=dh dbname={name}", autocommit=True) as owner:
        owner.execute(f"GRANT ALL ON SCHEMA public TO {name}_guest")
    catalogue = Catalogue(postgres.url(name, f"{name}_guest"))
    try:
        catalogue.migrate()
        assert "without the extension pg_trgm" in caplog.text
        catalogue.create("project", {"kind": "project", "name": "demo"}, project="demo", user="ada")
        dataset(catalogue, "flights", id="first", metadata={"description": "late ones"})
        dataset(catalogue, "weather", id="second")
        assert found(catalogue, "dataitem", "light") == ["first"]
        assert [hit["id"] for hit in catalogue.search("demo", Search("late flights"))["content"]] == ["first"]
    finally:
        catalogue.close()
        postgres.drop(name)
        postgres.execute(f"DROP ROLE {name}_guest")
