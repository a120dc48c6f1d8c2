"""Lists as Core has them: filters, sort, paging. A table, on entities whose times are known."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from tests.fixtures.server import InProcess

API = "/dh/api/v1"
PROJECT = f"{API}/-/default"

# (name, kind, labels, state) of artifacts in the order of creation; a is there twice
ARTIFACTS = [
    ("a", "artifact", ["red"], "CREATED"),
    ("b", "artifact", ["red", "blue"], "READY"),
    ("a", "artifact", ["blue"], "READY"),
    ("C_c", "artifact", [], "ERROR"),
    ("odd", "unheard-of", ["red"], "READY"),
]
LISTS = [
    ("", ["C_c", "a2", "b"]),
    ("kinds=all", ["odd", "C_c", "a2", "b"]),
    ("kind=unheard-of", ["odd"]),
    ("versions=all", ["C_c", "a2", "b", "a1"]),
    ("versions=latest&name=a", ["a2"]),
    ("versions=all&name=a", ["a2", "a1"]),
    ("versions=all&labels=red", ["b", "a1"]),
    ("labels=red", ["b"]),  # the latest first, then the filter
    ("labels=red&labels=blue", ["b"]),
    ("labels=none", []),
    ("state=READY", ["a2", "b"]),
    ("state=READY&name=b&labels=blue&kind=artifact", ["b"]),
    ("q=C_", ["C_c"]),
    ("q=%25", []),
    ("q=' OR 1=1 --", []),
    ("user=nobody", []),
    ("ids={b_id},{C_c_id}&sort=name,DESC", ["b", "C_c"]),
    ("ids=-", []),
    ("unknown=parameter", ["C_c", "a2", "b"]),
    ("created={b}", ["C_c", "a2"]),
    ("created={b},{a2}", ["a2", "b"]),
    ("created={C_c}", []),
    ("created=when", ["C_c", "a2", "b"]),
    ("created={b},when", ["C_c", "a2", "b"]),
    ("updated=2000-01-01T00:00:00Z", ["C_c", "a2", "b"]),
    ("updated=2000-01-01T00:00:00%2B00:00,2001-01-01", []),
    ("sort=name,ASC", ["C_c", "a2", "b"]),
    ("sort=name,DESC", ["b", "a2", "C_c"]),
    ("sort=state,ASC&sort=name,DESC", ["C_c", "b", "a2"]),
    ("sort=created,ASC&versions=all", ["a1", "b", "a2", "C_c"]),
    ("size=2", ["C_c", "a2"]),
    ("size=2&page=1", ["b"]),
    ("size=2&page=7", []),
]
REFUSED = [
    "size=1001",
    "size=0",
    "size=x",
    "page=-1",
    "page=1.5",
    "sort=spec",
    "sort=name,SIDEWAYS",
    "sort=name;drop",
    "page=99999999999999999999",
]


async def test_lists(server: InProcess) -> None:
    times, short = {}, {}
    for number, (name, kind, labels, state) in enumerate(ARTIFACTS):
        document = {
            "kind": kind,
            "name": name,
            "metadata": {"labels": labels},
            "spec": {"path": "/x"},
            "status": {"state": state},
        }
        made = (await server.ask("POST", f"{PROJECT}/artifacts", document)).body
        word = f"a{1 if number == 0 else 2}" if name == "a" else name
        times[word], short[made["id"]] = made["metadata"]["created"], word
        times[f"{word}_id"] = made["id"]
        await later_than(server, made)
    for query, wanted in LISTS:
        asked = quote(query.format(**times), safe="=&%,:")
        answer = await server.ask("GET", f"{PROJECT}/artifacts?{asked}")
        assert answer.status == 200, (query, answer)
        assert [short[each["id"]] for each in answer.body["content"]] == wanted, query
        assert answer.body["numberOfElements"] == len(wanted)
    for query in REFUSED:
        assert (await server.ask("GET", f"{PROJECT}/artifacts?{query}")).status == 400, query
    everywhere = (await server.ask("GET", f"{API}/artifacts?kinds=all&versions=all")).body
    assert everywhere["totalElements"] == len(ARTIFACTS)


async def later_than(server: InProcess, made: dict[str, Any]) -> None:
    """Go on when what comes next has another time: entities are made until one has."""
    moment = made["metadata"]["created"]
    while moment == made["metadata"]["created"]:
        document = {"kind": "python", "name": "tick", "spec": {"source": {"handler": "f", "base64": ""}}}
        moment = (await server.ask("POST", f"{PROJECT}/functions", document)).body["metadata"]["created"]


async def test_runs_and_tasks_by_what_they_are_of(server: InProcess) -> None:
    spec = {"source": {"handler": "f", "base64": ""}}
    function = (await server.ask("POST", f"{PROJECT}/functions", {"kind": "python", "name": "f", "spec": spec})).body
    executable = f"python://default/f:{function['id']}"
    tasks = [
        (
            await server.ask("POST", f"{PROJECT}/tasks", {"kind": f"python+{action}", "spec": {"function": executable}})
        ).body
        for action in ("job", "serve", "job")
    ]
    for task in tasks:
        body = {"task": f"{task['kind']}://default/{task['id']}", "function": executable, "local_execution": True}
        assert (
            await server.ask("POST", f"{PROJECT}/runs", {"kind": f"{task['kind']}:run", "spec": body})
        ).status == 200
    table = [
        ("tasks", f"function={executable}", 3),
        ("tasks", f"function={executable}&kind=python+job", 2),
        ("tasks", "function=python://default/f:other", 0),
        ("tasks", f"workflow={executable}", 0),
        ("tasks", "kind=job", 0),
        ("runs", f"function={executable}", 3),
        ("runs", "function=default/f", 3),
        ("runs", "function=default/g", 0),
        ("runs", "action=job", 2),
        ("runs", "action=serve", 1),
        ("runs", f"action=serve&task=python+job://default/{tasks[0]['id']}", 1),
        ("runs", f"task=python+job://default/{tasks[0]['id'][:8]}", 0),
        ("runs", "q=default/f", 3),
        ("runs", "kind=python+serve:run", 1),
    ]
    for plural, query, count in table:
        found = (await server.ask("GET", f"{PROJECT}/{plural}?{quote(query, safe='=&')}")).body
        assert found["totalElements"] == count, (plural, query)
    assert len((await server.ask("GET", f"{PROJECT}/functions/{function['id']}/tasks")).body) == 3
    assert len((await server.ask("GET", f"{PROJECT}/tasks/{tasks[0]['id']}/runs")).body) == 1
