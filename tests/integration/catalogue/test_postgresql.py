"""What only a database server does: it refuses, goes away and comes back."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import sqlalchemy

from dh_jupyter.catalogue import Catalogue, removal, store
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


def test_what_was_deleted_and_made_again_while_one_waited_is_the_latest(shared: Catalogue) -> None:
    """Who registers the same content again has read its row already when another's turn is over."""
    made = dataset(shared)
    waits = threading.Event()

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if threading.current_thread() is not threading.main_thread() and "INSERT INTO counters" in statement:
            waits.set()

    sqlalchemy.event.listen(shared._database.engine, "before_cursor_execute", note)
    with ThreadPoolExecutor(1) as pool:
        with shared._database.write() as connection:
            row = store.need(connection, "demo", "dataitem", made["id"])
            store.next_touch(connection, "demo", "dataitem", row.name)
            again = pool.submit(shared.create, "dataitem", made, project="demo", user="bob", on_duplicate="keep")
            assert waits.wait(60)
            removal.delete_rows(connection, [row], cascade=False)
            store.add(connection, "dataitem", made, None)
        assert again.result()[1]
    assert [each["id"] for each in shared.list("dataitem", project="demo")["content"]] == [made["id"]]


def test_each_question_is_planned_for_its_words_and_answered_by_one_process(shared: Catalogue) -> None:
    with shared._database.read() as connection:
        for name, expected in (("plan_cache_mode", "force_custom_plan"), ("max_parallel_workers_per_gather", "0")):
            assert connection.exec_driver_sql(f"SHOW {name}").scalar_one() == expected
