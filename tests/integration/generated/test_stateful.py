"""Long conversations with a real server, any order of requests, beside a model of what should be there: a dict.

`DH_CONVERSATIONS` sets how many are held, of up to 30 requests each (`make bench` holds more).
"""

from __future__ import annotations

import itertools
import os
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, rule, run_state_machine_as_test

from tests.fixtures.server import BrokerProcess

CONVERSATIONS = int(os.environ.get("DH_CONVERSATIONS", "6"))
PLURALS = {"artifacts": "artifact", "dataitems": "table", "models": "model"}
NAMES = st.sampled_from(["a", "b", "c"])
TEXTS = st.text(max_size=20)
NUMBERS = itertools.count(1)
WRITERS = 8


def address_of(broker: BrokerProcess) -> str:
    return f"{broker.url}dh/api/v1"


class Conversation(RuleBasedStateMachine):
    """Entities of one project, made, changed and deleted; afterwards the lists hold what the model holds."""

    address: str
    session: requests.Session
    sent = 0
    idents = Bundle("idents")

    def __init__(self) -> None:
        super().__init__()
        self.project = f"talk-{next(NUMBERS)}"
        self.kept: dict[tuple[str, str], Any] = {}  # (plural, id) → the last answer, in the order of creation
        self._ask("POST", "projects", {"name": self.project, "kind": "project"})

    def _ask(self, method: str, path: str, body: Any = None, expect: int = 200) -> Any:
        type(self).sent += 1
        answer = self.session.request(method, f"{self.address}/{path}", json=body, timeout=60)
        assert answer.status_code == expect, f"{method} {path} {body}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content else None

    def _path(self, plural: str, rest: str = "") -> str:
        return f"-/{self.project}/{plural}{rest}"

    @rule(target=idents, plural=st.sampled_from(sorted(PLURALS)), name=NAMES, description=TEXTS)
    def create(self, plural: str, name: str, description: str) -> Any:
        document = {
            "kind": PLURALS[plural],
            "name": name,
            "metadata": {"description": description},
            "spec": {"path": "/data/x"},
        }
        made = self._ask("POST", self._path(plural), document)
        assert (made["name"], made["project"]) == (name, self.project)
        self.kept[plural, made["id"]] = made
        return plural, made["id"]

    @rule(ident=idents, name=NAMES)
    def create_again(self, ident: tuple[str, str], name: str) -> None:
        """An id that is taken is refused, whatever comes with it; one that was deleted may be used again."""
        plural, known = ident
        document = {"kind": PLURALS[plural], "name": name, "id": known, "spec": {"path": "/data/y"}}
        if ident in self.kept:
            refused = self._ask("POST", self._path(plural), document, expect=400)
            assert "Duplicated entity" in refused["message"]
        else:
            self.kept[ident] = self._ask("POST", self._path(plural), document)

    @rule(ident=idents, description=TEXTS, labels=st.lists(NAMES, unique=True))
    def change(self, ident: tuple[str, str], description: str, labels: list[str]) -> None:
        plural, known = ident
        if ident not in self.kept:
            body = {"kind": PLURALS[plural], "name": "a", "metadata": {}, "spec": {}}
            self._ask("PUT", self._path(plural, f"/{known}"), body, expect=404)
            return
        stored = self.kept[ident]
        metadata = {**stored["metadata"], "description": description, "labels": labels}
        sent = {**stored, "name": "other", "metadata": metadata, "spec": {"path": "/never"}}
        changed = self._ask("PUT", self._path(plural, f"/{known}"), sent)
        assert (changed["name"], changed["spec"]) == (stored["name"], stored["spec"])
        assert changed["metadata"].get("description", "") == description
        assert sorted(changed["metadata"].get("labels", ())) == sorted(labels)
        self.kept[ident] = changed

    @rule(ident=consumes(idents))
    def delete(self, ident: tuple[str, str]) -> None:
        plural, known = ident
        self._ask("DELETE", self._path(plural, f"/{known}"), expect=200 if ident in self.kept else 404)
        self.kept.pop(ident, None)
        self._ask("GET", self._path(plural, f"/{known}"), expect=404)

    @rule(plural=st.sampled_from(sorted(PLURALS)), name=NAMES)
    def delete_all_of_a_name(self, plural: str, name: str) -> None:
        self._ask("DELETE", self._path(plural, f"?name={name}"))
        gone = [key for key, found in self.kept.items() if key[0] == plural and found["name"] == name]
        for key in gone:
            del self.kept[key]

    @invariant()
    def lists_hold_what_is_there(self) -> None:
        for plural in PLURALS:
            there = [found for (of, _), found in self.kept.items() if of == plural]
            listed = self._ask("GET", self._path(plural, "?versions=all&size=100"))
            assert listed["totalElements"] == len(there)
            assert sorted(each["id"] for each in listed["content"]) == sorted(each["id"] for each in there)
            newest = {each["name"]: each for each in there}
            latest = self._ask("GET", self._path(plural, "?size=100"))["content"]
            assert {each["name"]: each for each in latest} == newest

    def teardown(self) -> None:
        self._ask("DELETE", f"projects/{self.project}?cascade=true")
        for plural, known in self.kept:
            self._ask("GET", self._path(plural, f"/{known}"), expect=404)


def test_any_order_of_requests_leaves_what_a_dict_would_hold(standalone: BrokerProcess) -> None:
    with requests.Session() as session:
        session.headers["Authorization"] = f"Bearer {standalone.token}"

        @seed(1)
        class Ours(Conversation):
            pass

        Ours.address, Ours.session = address_of(standalone), session
        run_state_machine_as_test(
            Ours,
            settings=settings(
                max_examples=CONVERSATIONS,
                stateful_step_count=30,
                deadline=None,
                database=None,
                phases=[Phase.generate],
                suppress_health_check=list(HealthCheck),
            ),
        )
        print(f"{Ours.sent} requests, 0 faults")


@pytest.mark.parametrize("seen", ["at first", "each time"])
def test_what_many_write_at_once_is_united(standalone: BrokerProcess, seen: str) -> None:
    """Each adds a label and a field of status to the document that it has read, however old that is by now."""
    path = f"{address_of(standalone)}/-/default/models"
    headers = {"Authorization": f"Bearer {standalone.token}"}
    made = requests.post(
        path, json={"kind": "model", "name": "all-at-once", "spec": {"path": "/data/x"}}, headers=headers, timeout=60
    ).json()
    start = threading.Barrier(WRITERS)

    def write(number: int) -> None:
        with requests.Session() as session:
            session.headers.update(headers)
            read = made
            start.wait()
            for turn in range(5):
                if seen == "each time":
                    read = session.get(f"{path}/{made['id']}", timeout=60).json()
                word = f"w{number}-{turn}"
                metadata = {**read["metadata"], "labels": [*read["metadata"].get("labels", ()), word]}
                body = {**read, "metadata": metadata, "status": {**read["status"], word: turn}}
                session.put(f"{path}/{made['id']}", json=body, timeout=60).raise_for_status()

    with ThreadPoolExecutor(WRITERS) as pool:
        list(pool.map(write, range(WRITERS)))
    found = requests.get(f"{path}/{made['id']}", headers=headers, timeout=60).json()
    words = {f"w{number}-{turn}" for number in range(WRITERS) for turn in range(5)}
    assert set(found["metadata"]["labels"]) == words
    assert words <= set(found["status"])
