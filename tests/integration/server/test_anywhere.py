"""The routes without a project: one entity of any type by its id, and what is made where its body says."""

from __future__ import annotations

from typing import Any

import pytest

from tests.fixtures.server import InProcess

API = "/dh/api/v1"
TABLE = {
    "artifacts": {"kind": "artifact", "spec": {"path": "/x"}},
    "dataitems": {"kind": "table", "spec": {"path": "/x.parquet"}},
    "models": {"kind": "model", "spec": {"path": "/m/"}},
    "functions": {"kind": "container", "spec": {"image": "x"}},
    "workflows": {"kind": "hera", "spec": {"source": {"handler": "h"}}},
    "containerimages": {"kind": "docker", "spec": {}},
    "extensions": {"kind": "extension", "spec": {"schema": "s"}},
    "secrets": {"kind": "secret", "spec": {"path": "secret://one"}},
}


async def test_by_id_alone(server: InProcess) -> None:
    await server.ask("POST", f"{API}/projects", {"kind": "project", "name": "elsewhere"})
    for plural, document in TABLE.items():
        posted = {**document, "name": "one", "project": "elsewhere"}
        made = (await server.ask("POST", f"{API}/{plural}", posted)).body
        path = f"{API}/{plural}/{made['id']}"
        assert (made["project"], (await server.ask("GET", path)).body) == ("elsewhere", made), plural
        changed = await server.ask("PUT", path, {**made, "metadata": {"description": "d"}})
        assert (changed.status, changed.body["metadata"]["description"]) == (200, "d")
        listed = (await server.ask("GET", f"{API}/{plural}?name=one")).body["content"]
        assert [each["id"] for each in listed] == [made["id"]]
        assert (await server.ask("DELETE", path)).status == 200
        for verb in ("GET", "PUT", "DELETE"):
            gone = await server.ask(verb, path, {} if verb == "PUT" else None)
            assert (gone.status, gone.body["message"]) == (404, f"No such EntityName.{plural[:-1].upper()}.")
        assert (await server.ask("DELETE", f"{API}/{plural}?name=one")).status == 405, "not of all projects at once"
        for nowhere in ({**document, "name": "one"}, {**posted, "project": "nope"}):
            refused = await server.ask("POST", f"{API}/{plural}", nowhere)
            assert (refused.status, refused.body["message"]) == (400, "invalid or missing project")


async def test_runs_and_tasks_by_id_alone(server: InProcess) -> None:
    document = {**TABLE["functions"], "name": "f", "project": "default"}
    function = (await server.ask("POST", f"{API}/functions", document)).body
    executable = f"container://default/f:{function['id']}"
    task: dict[str, Any] = {"kind": "container+job", "project": "default", "spec": {"function": executable}}
    task = (await server.ask("POST", f"{API}/tasks", task)).body
    spec = {"task": f"container+job://default/{task['id']}", "function": executable}
    run = {"kind": "container+job:run", "project": "default", "spec": spec}
    run = (await server.ask("POST", f"{API}/runs", run)).body
    for plural, made in (("tasks", task), ("runs", run)):
        assert (await server.ask("GET", f"{API}/{plural}/{made['id']}")).body["key"] == made["key"]
    gone = await server.ask("DELETE", f"{API}/runs/{run['id']}")
    assert gone.body["status"]["state"] == "DELETING", "as by the route with a project"


async def test_an_id_of_two_projects_is_asked_for_in_one(server: InProcess) -> None:
    await server.ask("POST", f"{API}/projects", {"kind": "project", "name": "other"})
    for project in ("default", "other"):
        await server.ask("POST", f"{API}/-/{project}/artifacts", {**TABLE["artifacts"], "name": "a", "id": "the-same"})
    answer = await server.ask("GET", f"{API}/artifacts/the-same")
    assert (answer.status, answer.body["hint"]) == (400, "Ask for one: /-/default/…")


@pytest.mark.parametrize("body", ["{", '"x"'])
async def test_what_is_no_document(server: InProcess, body: str) -> None:
    assert (await server.ask("POST", f"{API}/artifacts", raw=body.encode())).status == 400
