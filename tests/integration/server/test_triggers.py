"""Triggers over HTTP, with real runs: by the clock, by what happens to an entity, and after a restart."""

from __future__ import annotations

import base64
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from dh_jupyter.broker import Broker, Settings
from dh_jupyter.triggers import Triggers
from tests.fixtures.server import InProcess

PROJECT = "/dh/api/v1/-/default"
CODE = "def work(di=None, day='', n=0):\n    return n\n"
KEY = "store://default/dataitem/table/watched"


async def task(server: InProcess) -> str:
    source = {"handler": "work", "base64": base64.b64encode(CODE.encode()).decode()}
    spec = {"source": source, "python_version": "PYTHON{}_{}".format(*sys.version_info)}
    function = (await server.ask("POST", f"{PROJECT}/functions", {"kind": "python", "name": "work", "spec": spec})).body
    executable = f"python://default/work:{function['id']}"
    made = await server.ask("POST", f"{PROJECT}/tasks", {"kind": "python+job", "spec": {"function": executable}})
    return f"python+job://default/{made.body['id']}"


async def trigger(server: InProcess, kind: str, **spec: Any) -> dict[str, Any]:
    wanted = {"task": await task(server), "template": {}, **spec}
    answer = await server.ask("POST", f"{PROJECT}/triggers", {"kind": kind, "name": "t", "spec": wanted})
    assert answer.status == 200, answer
    return dict(answer.body)


async def table(server: InProcess, name: str, state: str) -> dict[str, Any]:
    document = {"kind": "table", "name": name, "spec": {"path": "/data/x.parquet"}, "status": {"state": state}}
    return dict((await server.ask("POST", f"{PROJECT}/dataitems", document)).body)


async def runs(server: InProcess) -> list[dict[str, Any]]:
    await server.broker.call(server.broker.triggers.settle)
    return list((await server.ask("GET", f"{PROJECT}/runs?size=100")).body["content"])


async def test_an_entity_that_enters_a_state_starts_a_run_once(server: InProcess) -> None:
    template = {
        "inputs": {"di": "{{input.key}}", "whole": "{{input}}"},
        "parameters": {"day": "at {{timestamp}}: {{state}}"},
    }
    made = await trigger(server, "lifecycle", key=KEY, states=["READY"], template=template)
    assert (made["status"]["state"], made["spec"]["function"][:9]) == ("RUNNING", "python://")
    watched = await table(server, "watched", "UPLOADING")
    await table(server, "other", "READY")
    assert await runs(server) == []
    path = f"{PROJECT}/dataitems/{watched['id']}"
    for _ in range(2):
        watched = (await server.ask("PUT", path, {**watched, "status": {"state": "READY"}})).body
    (run,) = await runs(server)
    assert run["spec"]["inputs"] == {"di": watched["key"], "whole": watched["key"]}
    assert run["spec"]["parameters"]["day"].endswith("Z: READY")
    links = {(link["type"], link["dest"]) for link in run["metadata"]["relationships"]}
    assert {("produced_by", made["key"]), ("consumes", watched["key"])} <= links
    stored = (await server.ask("GET", f"{PROJECT}/triggers/{made['id']}")).body
    assert (stored["status"]["run"], stored["status"]["state"]) == (run["key"], "RUNNING")
    edges = (await server.ask("GET", f"{PROJECT}/triggers/{made['id']}/relationships")).body
    assert [(edge["type"], edge["source"]) for edge in edges] == [("produced_by", run["key"])]


async def test_a_trigger_that_was_made_this_moment_is_asked(server: InProcess) -> None:
    await table(server, "other", "READY")
    await runs(server)  # it is known that none is on
    busy = threading.Event()
    server.broker.triggers._todo.put(busy.wait)
    try:
        await trigger(server, "lifecycle", key=KEY)
        watched = await table(server, "watched", "READY")
    finally:
        busy.set()
    (run,) = await runs(server)
    assert ("consumes", watched["key"]) in {(link["type"], link["dest"]) for link in run["metadata"]["relationships"]}


async def test_on_and_off(server: InProcess) -> None:
    made = await trigger(server, "lifecycle", key="store://default/dataitem")
    path = f"{PROJECT}/triggers/{made['id']}"
    for _ in range(2):
        assert (await server.ask("POST", f"{path}/stop", {})).body["status"]["state"] == "STOPPED"
    stale = await server.ask("PUT", path, {**made, "metadata": {**made["metadata"], "description": "d"}})
    assert (stale.body["status"]["state"], stale.body["metadata"]["description"]) == ("STOPPED", "d")
    await table(server, "a", "READY")
    assert await runs(server) == []
    assert (await server.ask("POST", f"{path}/run", {})).body["status"]["state"] == "RUNNING"
    await table(server, "b", "READY")
    assert len(await runs(server)) == 1
    assert (await server.ask("DELETE", path)).body == b""
    await table(server, "c", "READY")
    assert len(await runs(server)) == 1
    assert (await server.ask("GET", path)).body["message"] == "No such EntityName.TRIGGER."
    assert (await server.ask("POST", f"{path}/run", {})).status == 404


async def test_the_end_of_an_entity_and_the_error_of_a_run(server: InProcess) -> None:
    await trigger(server, "lifecycle", key="store://default/dataitem/*/a", states=["DELETED"])
    gone = await table(server, "a", "READY")
    await server.ask("DELETE", f"{PROJECT}/dataitems/{gone['id']}")
    (run,) = await runs(server)
    assert ("consumes", gone["key"]) in {(link["type"], link["dest"]) for link in run["metadata"]["relationships"]}


async def test_a_run_that_can_not_be_started_is_told(server: InProcess) -> None:
    made = await trigger(
        server,
        "lifecycle",
        key="store://default/dataitem",
        template={"parameters": "none", "inputs": {"di": "{{input.nope}}"}},
    )
    await table(server, "a", "READY")
    assert await runs(server) == []
    status = (await server.ask("GET", f"{PROJECT}/triggers/{made['id']}")).body["status"]
    assert status["state"] == "RUNNING"
    assert "No run was started" in status["message"]
    assert "parameters" in status["message"]


async def test_the_clock_starts_runs(server: InProcess) -> None:
    ticked = threading.Event()
    made = await trigger(
        server, "scheduler", schedule="0/1 * * * * ?", template={"parameters": {"day": "{{timestamp}}"}}
    )
    start = server.broker.triggers._start_run
    seen: list[str] = []

    def noted(project: str, document: Any, user: str) -> Any:
        seen.append(document["spec"]["parameters"]["day"])
        run = start(project, document, user)
        if len(seen) > 1:
            ticked.set()
        return run

    server.broker.triggers._start_run = noted
    assert await server.broker.call(ticked.wait, 120)
    await server.ask("POST", f"{PROJECT}/triggers/{made['id']}/stop", {})
    assert all(day.endswith(".000Z") for day in seen), seen
    assert len(set(seen)) == len(seen)
    assert len(await runs(server)) >= 2
    listed = (await server.ask("GET", f"{PROJECT}/triggers?name=t&page=0")).body["content"]
    assert [each["id"] for each in listed] == [made["id"]]


WRONG: list[tuple[str, dict[str, Any], str]] = [
    ("scheduler", {"schedule": "61 * * * * ?"}, "spec.schedule"),
    ("scheduler", {}, "schedule"),
    ("scheduler", {"schedule": 5}, "spec.schedule"),
    ("scheduler", {"schedule": "@daily", "template": None}, "template"),
    ("scheduler", {"schedule": "@daily", "template": {"a": "{{#b}}"}}, "template"),
    ("scheduler", {"schedule": "@daily", "task": "python+job://default/nope"}, "invalid task"),
    ("scheduler", {"schedule": "@daily", "task": "python+job://other/nope"}, "project mismatch"),
    ("scheduler", {"schedule": "@daily", "task": None}, "task"),
    ("lifecycle", {"key": "store://other/dataitem"}, "spec.key"),
    ("lifecycle", {}, "key"),
    ("lifecycle", {"key": KEY, "states": ["PERFECT"]}, "spec.states"),
    ("lifecycle", {"key": KEY, "states": "READY"}, "spec.states"),
    ("lifecycle", {"key": KEY, "states": [[]]}, "spec.states"),
]


async def test_two_brokers_make_one_run(server: InProcess) -> None:
    made = await trigger(server, "lifecycle", key=KEY)
    broker = server.broker
    ready = await table(server, "watched", "READY")
    (run,) = await runs(server)
    other = Triggers(broker.catalogue, broker.runs.create)
    await broker.call(other._fire_for, ready, "READY")
    assert [each["id"] for each in await runs(server)] == [run["id"]]
    stored = (await server.ask("GET", f"{PROJECT}/triggers/{made['id']}")).body
    assert stored["status"]["run"] == run["key"], "what the first has written stays"


async def test_deep_ones_are_stored_or_refused(server: InProcess) -> None:
    known = await task(server)
    for depth in (30, 200, 330, 480, 900, 4000):
        for kind in ("application/json", "application/x-yaml"):
            template = '{"a":' * depth + '"{{timestamp}}"' + "}" * depth
            spec = f'{{"task": "{known}", "schedule": "@daily", "template": {template}}}'
            body = f'{{"kind": "scheduler", "name": "deep", "spec": {spec}}}'
            answer = await server.ask("POST", f"{PROJECT}/triggers", raw=body.encode(), **{"Content-Type": kind})
            assert answer.status in (200, 400), (depth, kind, answer)
            assert depth > 30 or answer.status == 200


async def test_wrong_ones_are_refused(server: InProcess) -> None:
    known = await task(server)
    for kind, spec, said in WRONG:
        wanted = {"task": known, "template": {}, **spec}
        answer = await server.ask("POST", f"{PROJECT}/triggers", {"kind": kind, "name": "t", "spec": wanted})
        assert (answer.status, said in str(answer.body)) == (400, True), (kind, spec, answer)
    other = await server.ask("POST", f"{PROJECT}/triggers", {"kind": "automl", "name": "t", "spec": {"any": [1]}})
    assert (other.status, other.body["spec"]) == (200, {"any": [1]}), "other people's kinds are kept"


@pytest.fixture
def broker(tmp_path: Path) -> Any:
    opened = Broker(Settings(tmp_path / "home"), lambda: "http://127.0.0.1:1/")
    opened._open()
    yield opened
    opened._close()


def test_after_a_restart_they_go_on(broker: Broker, tmp_path: Path) -> None:
    """One that was on is on; nothing is made up for what was missed meanwhile."""
    catalogue = broker.catalogue
    task = {"kind": "python+job", "id": "t1", "spec": {"function": "python://default/f:1"}}
    catalogue.create("task", task, project="default", user="u")
    spec = {"task": "python+job://default/t1", "template": {}}
    for name, more in (
        ("every", {"schedule": "0/1 * * * * ?"}),
        ("never", {"schedule": "0 0 0 1 1 ? 2060"}),
        ("off", {"schedule": "0/1 * * * * ?"}),
    ):
        broker.triggers.create(
            "default", {"kind": "scheduler", "name": name, "id": name, "spec": {**spec, **more}}, "u"
        )
    broker.triggers.move("default", "off", "stop", "u")
    broker._close()

    fired: list[str] = []
    again = threading.Event()

    def start_run(project: str, document: Any, user: str) -> Any:
        fired.append(document["metadata"]["relationships"][0]["dest"])
        again.set()
        return {"key": "store://default/run/x/1"}

    triggers = Triggers(catalogue, start_run)
    triggers.start()
    assert again.wait(120)
    triggers.close()
    assert set(fired) == {"store://default/trigger/scheduler/every:every"}
