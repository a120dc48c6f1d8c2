"""What only a database server does: it refuses, goes away and comes back."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest

from dh_jupyter.catalogue import Catalogue
from dh_kernel.errors import Unavailable
from tests.fixtures.catalogue import dataset
from tests.fixtures.postgres import PostgreSQL


@pytest.fixture
def database(postgres: PostgreSQL) -> Iterator[str]:
    name = postgres.new_database()
    yield name
    postgres.drop(name)


@pytest.fixture
def shared(postgres: PostgreSQL, database: str) -> Iterator[Catalogue]:
    opened = Catalogue(postgres.url(database))
    opened.migrate()
    opened.create("project", {"kind": "project", "name": "demo"}, project="demo", user="ada")
    yield opened
    opened.close()


def test_a_restart_is_unavailable_and_then_over(postgres: PostgreSQL, shared: Catalogue) -> None:
    made = dataset(shared)
    postgres.stop()
    try:
        with pytest.raises(Unavailable, match="can't be used now") as caught:
            dataset(shared)
        assert caught.value.status == 503
    finally:
        postgres.start()
    assert shared.get("demo", "dataitem", made["id"]) == made
    assert dataset(shared)["metadata"]["version_number"] == 2


def test_a_transaction_whose_server_goes_away_leaves_nothing(postgres: PostgreSQL, shared: Catalogue) -> None:
    documents = ({"kind": "table", "name": "x", "id": f"d{number}"} for number in range(3))

    def interrupted() -> None:
        with shared._database.write() as connection:
            connection.exec_driver_sql("DELETE FROM counters")
            postgres.stop()
            postgres.start()
            connection.exec_driver_sql("DELETE FROM entities")

    with pytest.raises(Unavailable, match="Check that the database runs"):
        interrupted()
    shared.create_many("dataitem", documents, project="demo", user="ada")
    assert shared.list("dataitem", project="demo", size=1)["content"][0]["metadata"]["version_number"] == 3
    assert shared.get("demo", "project", "demo")["user"] == "ada"


@pytest.mark.parametrize(
    ("user", "database_named", "cure"),
    [("nobody", "postgres", "createuser"), ("dh", "nowhere", "createdb")],
)
def test_a_refusal_says_what_to_do_without_the_password(
    postgres: PostgreSQL, user: str, database_named: str, cure: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with pytest.raises(Unavailable, match="does not exist") as caught:
        Catalogue(postgres.url(database_named, f"{user}:s3cret")).migrate()
    assert cure in caught.value.hint
    assert "s3cret" not in f"{caught.value}{caught.value.__cause__}{caplog.text}"
