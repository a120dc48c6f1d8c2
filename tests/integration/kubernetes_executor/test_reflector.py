"""The reflector: against a server that does what is scripted, and against a plane that restarts."""

from __future__ import annotations

import queue
from collections.abc import Iterator
from typing import Any

import pytest

from dh_jupyter.executors.kubernetes.client import Client
from dh_jupyter.executors.kubernetes.reflector import Reflector
from dh_jupyter.executors.kubernetes.store import Store
from tests.integration.kubernetes_executor.conftest import PatientClient
from tests.integration.kubernetes_executor.scripted import Answer, Script, event, item, page, refusal
from tests.kubernetes_bed import Cluster

PATIENCE = 60.0


class Watched:
    """A reflector, and what it tells."""

    def __init__(self, client: Client, path: str, **options: Any) -> None:
        self.heard: queue.SimpleQueue[tuple[str, bool]] = queue.SimpleQueue()
        self.client = client
        self.reflector = Reflector(client, path, Store(lambda found: ()), self._hear, **options)
        self.reflector.start()

    def _hear(self, found: dict[str, Any], gone: bool) -> None:
        self.heard.put((found["metadata"]["name"], gone))

    def next(self, count: int = 1) -> list[tuple[str, bool]]:
        return [self.heard.get(timeout=PATIENCE) for _ in range(count)]

    @property
    def names(self) -> set[str]:
        return self.reflector.store.names()

    def close(self) -> None:
        self.reflector.close()
        self.client.close()


@pytest.fixture
def watched(told: PatientClient) -> Iterator[Watched]:
    made = Watched(told, "/api/v1/namespaces/ours/pods", selector="mine=yes", overtime=0.3, watch=(1, 1))
    yield made
    made.close()


HANG = Answer(hang=True)


def test_pages_are_one_list_and_a_watch_goes_on_from_it(script: Script, watched: Watched) -> None:
    script.add(page(["a", "b"], 5, more="token"), page(["c"], 5), Answer(lines=(event("ADDED", "d", 6),), hang=True))
    assert [name for name, _ in watched.next(4)] == ["a", "b", "c", "d"]
    first, second, watch = (script.asked.get(timeout=PATIENCE) for _ in range(3))
    assert (first["limit"], first["labelSelector"], second["continue"]) == ("500", "mine=yes", "token")
    assert (watch["watch"], watch["resourceVersion"], watch["allowWatchBookmarks"]) == ("1", "5", "true")
    assert watched.reflector.synced.is_set()


def test_a_watch_that_ends_goes_on_from_the_last_bookmark(script: Script, watched: Watched) -> None:
    bookmark = {"type": "BOOKMARK", "object": {"metadata": {"resourceVersion": "9"}}}
    script.add(page([], 5), Answer(lines=(event("ADDED", "a", 6), bookmark)), HANG)
    assert watched.next() == [("a", False)]
    versions = [script.asked.get(timeout=PATIENCE).get("resourceVersion") for _ in range(3)]
    assert versions == [None, "5", "9"]


@pytest.mark.parametrize(
    "expired",
    [
        Answer(lines=({"type": "ERROR", "object": {"code": 410, "reason": "Expired", "message": "too old"}},)),
        refusal(410, "Expired"),
    ],
    ids=["in the watch", "as its answer"],
)
def test_what_is_too_old_is_listed_anew_and_the_difference_is_told(
    script: Script, watched: Watched, told: PatientClient, expired: Answer
) -> None:
    script.add(page(["stays", "goes"], 5), expired, page(["stays", "comes"], 9), HANG)
    assert watched.next(4) == [("stays", False), ("goes", False), ("stays", False), ("comes", False)]
    assert watched.next() == [("goes", True)]
    assert watched.names == {"stays", "comes"}
    assert told.pauses == []


@pytest.mark.parametrize(
    "fault", [refusal(500), refusal(503), Answer(lines=("<html>",)), refusal(429, Retry_After="7")]
)
def test_faults_of_a_server_are_waited_out(
    script: Script, watched: Watched, told: PatientClient, fault: Answer
) -> None:
    script.add(fault, fault, page(["a"], 5), HANG)
    assert watched.next() == [("a", False)]
    assert [number for number, _ in told.pauses] == [0, 1]
    asked = {after for _, after in told.pauses}
    assert asked == ({7.0} if fault.status == 429 else {None})
    assert watched.reflector.synced.wait(PATIENCE)


def test_a_connection_that_nobody_answers_any_more_is_noticed(script: Script, watched: Watched) -> None:
    script.add(page(["a"], 5), HANG, page(["a", "b"], 7), HANG)
    assert [name for name, _ in watched.next(3)] == ["a", "a", "b"]


def test_a_line_that_is_cut_is_no_event(script: Script, watched: Watched) -> None:
    script.add(page([], 5), Answer(lines=(event("ADDED", "a", 6), '{"type": "ADD')), page(["a", "b"], 8), HANG)
    assert [name for name, _ in watched.next(3)] == ["a", "a", "b"]


def test_what_was_made_while_a_list_was_on_its_way_is_not_gone() -> None:
    store = Store(lambda found: ())
    store.put(item("old", 1))
    before = store.names()
    store.put(item("made", 7))
    assert store.replace([], before) == ([], [item("old", 1)])
    assert store.names() == {"made"}


def test_an_older_version_does_not_come_back() -> None:
    store = Store(lambda found: ("group",))
    assert store.put(item("a", 10))
    assert not store.put(item("a", 9))
    assert store.of("group") == [item("a", 10)]


def test_closing_ends_a_watch_at_once(script: Script, told: PatientClient) -> None:
    made = Watched(told, "/api/v1/namespaces/ours/pods")
    script.add(page(["a"], 5), Answer(lines=(event("ADDED", "b", 6),), hang=True))
    made.next(2)
    made.close()
    made.reflector._thread.join(PATIENCE)
    assert not made.reflector._thread.is_alive()


def test_a_restart_of_the_api_server_loses_nothing(cluster: Cluster, client: Client) -> None:
    path = client.path("configmaps")
    watched = Watched(client, path, selector="mine=yes")
    made = {"metadata": {"name": "one", "labels": {"mine": "yes"}}}
    client.call("POST", path, made)
    assert watched.next() == [("one", False)]
    cluster.restart_apiserver()
    client.call("POST", path, {"metadata": {"name": "two", "labels": {"mine": "yes"}}})
    client.call("POST", path, {"metadata": {"name": "another's"[:7]}})
    assert watched.next() == [("two", False)]
    client.call("DELETE", f"{path}/one")
    assert watched.next() == [("one", True)]
    watched.close()
