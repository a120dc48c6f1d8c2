"""Brokers on one database server hear each other's changes, with their commit and after a gap."""

from __future__ import annotations

import queue
from collections.abc import Iterator
from typing import Any

import pytest

from dh_jupyter.catalogue import Catalogue
from tests.fixtures.catalogue import dataset, function, run_of
from tests.fixtures.postgres import PostgreSQL

SOON = 60.0  # seconds after which a test gives up


class Ear:
    """A catalogue that listens, and what it has heard."""

    def __init__(self, url: str) -> None:
        self.catalogue = Catalogue(url)
        self.catalogue.migrate()
        self.events: queue.Queue[Any] = queue.Queue()
        self.gaps: queue.Queue[None] = queue.Queue()
        self.catalogue.others.listen(self.events.put, lambda: self.gaps.put(None))

    def next(self) -> tuple[str, str, str]:
        event = self.events.get(timeout=SOON)
        return event["action"], event["type"], event["id"]


@pytest.fixture
def url(postgres: PostgreSQL) -> Iterator[str]:
    name = postgres.new_database()
    yield postgres.url(name)
    postgres.drop(name)


@pytest.fixture
def pair(url: str) -> Iterator[tuple[Ear, Ear]]:
    one, other = Ear(url), Ear(url)
    one.catalogue.create("project", {"kind": "project", "name": "demo"}, project="demo", user="ada")
    assert other.next() == ("created", "project", "demo")
    yield one, other
    one.catalogue.close()
    other.catalogue.close()


def test_each_write_is_heard_by_the_other_and_not_by_itself(pair: tuple[Ear, Ear]) -> None:
    one, other = pair
    made = dataset(one.catalogue)
    assert other.next() == ("created", "dataitem", made["id"])
    one.catalogue.update("demo", "dataitem", made["id"], {**made, "metadata": {"description": "x"}}, user="ada")
    assert other.next() == ("updated", "dataitem", made["id"])
    one.catalogue.set_alias("demo", "dataitem", made["name"], "champion", made["id"], "ada")
    assert other.next() == ("updated", "dataitem", made["id"])
    one.catalogue.delete_alias("demo", "dataitem", made["name"], "champion")
    assert other.next() == ("updated", "dataitem", made["id"])
    one.catalogue.delete("demo", "dataitem", made["id"], cascade=False)
    assert other.next() == ("deleted", "dataitem", made["id"])
    trained = function(one.catalogue, "f1")[0]
    run = run_of(one.catalogue, trained)
    outputs = [("dataitem", {"kind": "table", "name": "out", "id": "o1"})]
    one.catalogue.commit_run("demo", run["id"], expect=1, status={"state": "COMPLETED"}, outputs=outputs)
    assert [other.next() for _ in range(4)] == [
        ("created", "function", "f1"),
        ("created", "run", run["id"]),
        ("created", "dataitem", "o1"),
        ("updated", "run", run["id"]),
    ]
    function(other.catalogue, "f2")  # what the first had heard meanwhile would stand before it
    assert one.next() == ("created", "function", "f2")
    assert one.events.empty()


def test_what_is_rolled_back_is_not_heard(pair: tuple[Ear, Ear]) -> None:
    one, other = pair
    function(one.catalogue, "f1")
    twice = [{"kind": "table", "name": "x", "id": "same"}] * 2
    with pytest.raises(Exception, match="Duplicated"):
        one.catalogue.create_many("dataitem", twice, project="demo", user="ada")
    function(one.catalogue, "f2")
    assert [other.next()[2] for _ in range(2)] == ["f1", "f2"]


def test_many_at_once_are_all_heard_in_order(pair: tuple[Ear, Ear]) -> None:
    one, other = pair
    documents = [{"kind": "table", "name": f"n{number}", "id": f"d{number}"} for number in range(300)]
    one.catalogue.create_many("dataitem", documents, project="demo", user="ada")
    assert [other.next()[2] for _ in documents] == [each["id"] for each in documents]


def test_what_changed_during_a_gap_is_told_after_it(pair: tuple[Ear, Ear], postgres: PostgreSQL) -> None:
    one, other = pair
    made = dataset(one.catalogue)
    assert other.next() == ("created", "dataitem", made["id"])
    postgres.stop()
    postgres.start()
    for ear in pair:
        ear.gaps.get(timeout=SOON)
    assert ("updated", "dataitem", made["id"]) in [other.next(), other.next()]  # the project, too
    again = dataset(one.catalogue, "after")
    assert other.next() == ("created", "dataitem", again["id"])


def test_a_listener_that_fails_hears_the_next(url: str) -> None:
    said: queue.Queue[str] = queue.Queue()

    def broken(event: Any) -> None:
        said.put(event["id"])
        raise RuntimeError("no")

    listening, writing = Catalogue(url), Catalogue(url)
    listening.migrate()
    listening.others.listen(broken, lambda: None)
    for name in ("one", "two"):
        writing.create("project", {"kind": "project", "name": name}, project=name, user="ada")
    assert [said.get(timeout=SOON) for _ in range(2)] == ["one", "two"]
    listening.close()
    writing.close()


def test_it_can_be_closed_while_the_database_is_away(url: str, postgres: PostgreSQL) -> None:
    ear = Ear(url)
    postgres.stop()
    try:
        ear.catalogue.close()
    finally:
        postgres.start()
