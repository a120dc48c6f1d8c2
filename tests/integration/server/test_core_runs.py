"""Runs that clients of Core post, and that are not executed: of other kinds, or such as can't be what was asked for."""

from __future__ import annotations

import base64
from typing import Any

from tests.fixtures.server import InProcess

API = "/dh/api/v1"
PROJECT = f"{API}/-/default"


async def made(server: InProcess, plural: str, **document: Any) -> dict[str, Any]:
    answer = await server.ask("POST", f"{PROJECT}/{plural}", document)
    assert answer.status == 200, answer
    return dict(answer.body)


async def task_of_a_function(server: InProcess, **spec: Any) -> dict[str, str]:
    """What a run's spec says of a function that was made, and of its task."""
    source = {"handler": "f", "base64": base64.b64encode(b"def f(x): pass").decode(), "lang": "python"}
    function = await made(server, "functions", kind="python", name="f", spec={"source": source, **spec})
    executable = f"python://default/f:{function['id']}"
    task = await made(server, "tasks", kind="python+job", spec={"function": executable})
    return {"task": f"python+job://default/{task['id']}", "function": executable}


async def test_a_run_of_others_is_stored_as_failed(server: InProcess) -> None:
    function = await made(server, "functions", kind="container", name="c", spec={"image": "alpine:3"})
    executable = f"container://default/c:{function['id']}"
    task = await made(server, "tasks", kind="container+job", spec={"function": executable, "envs": []})
    spec = {"task": f"container+job://default/{task['id']}", "function": executable, "args": ["x"]}
    run = await made(server, "runs", kind="container+job:run", spec=spec)
    assert (run["status"]["state"], run["spec"]["image"], run["spec"]["args"]) == ("ERROR", "alpine:3", ["x"])
    assert "container+job:run" in run["status"]["message"]
    await server.ask("DELETE", f"{PROJECT}/functions/{function['id']}?cascade=true")
    for path in (f"tasks/{task['id']}", f"runs/{run['id']}"):
        assert (await server.ask("GET", f"{PROJECT}/{path}")).status == 404, "the cascade"


async def test_what_build_refuses_is_a_failed_run_to_clients_of_core(server: InProcess) -> None:
    takes = {"type": "object", "properties": {"x": {"type": "number"}}, "required": ["x"]}
    of_task = await task_of_a_function(server, parameters=takes)
    executable = of_task["function"]
    cases: list[tuple[dict[str, Any], str]] = [
        ({}, "'x' needs a value"),
        ({"parameters": {"y": 1}}, "no parameter 'y'"),
        ({"inputs": {"x": "store://default/dataitem/table/none:1"}}, "There is no dataset 'none'"),
        ({"parameters": {"x": 1}, "secrets": ["NONE"]}, "NONE"),
        ({"parameters": {"x": 1}, "profile": "none"}, "There is no profile 'none'"),
        ({"parameters": {"x": 1}, "resources": {"cpu": "100000"}}, "100000"),
    ]
    for more, said in cases:
        posted = {"kind": "python+job:run", "spec": {**of_task, **more}}
        run = await made(server, "runs", **posted)
        assert run["status"]["state"] == "ERROR"
        message = run["status"]["message"]
        assert (said in message, "EntityName" in message, "\n" in message) == (True, False, False), message
        assert run["spec"]["source"]["handler"] == "f", "whole, as after BUILD"
        assert (await server.ask("GET", f"{PROJECT}/runs/{run['id']}/logs")).body == []
        ours = await server.ask("POST", f"{PROJECT}/runs", posted, **{"X-Dh-Client": "1"})
        assert ours.status in (400, 404), "our clients show it where it was typed, and nothing is made"
    stored = (await server.ask("GET", f"{PROJECT}/runs")).body
    assert stored["totalElements"] == len(cases)
    refused = [
        ({"function": executable}, "'x' needs a value"),
        ({**of_task, "task": "python+job://default/none"}, "invalid task"),
        ({**of_task, "task": "python+job://other/none"}, "project mismatch"),
        ({**of_task, "function": "python://default/none:1"}, "invalid executable entity"),
        ({**of_task, "resources": {"cpu": "0.5"}}, "This run is not as it must be."),
    ]
    for spec, said in refused:
        answer = await server.ask("POST", f"{PROJECT}/runs", {"kind": "python+job:run", "spec": spec})
        assert (answer.status, said in answer.body["message"]) == (400, True), answer
    assert (await server.ask("GET", f"{PROJECT}/runs")).body["totalElements"] == len(cases)


async def test_an_entity_given_as_an_input_is_its_key(server: InProcess) -> None:
    table = await made(server, "dataitems", kind="table", name="t", spec={"path": "s3://b/t.parquet"})
    of_task = await task_of_a_function(server)
    run = await made(server, "runs", kind="python+job:run", spec={**of_task, "inputs": {"x": table}})
    assert (run["spec"]["inputs"], run["status"]["state"] != "ERROR") == ({"x": table["key"]}, True)
    assert {"type": "consumes", "dest": table["key"]} in run["metadata"]["relationships"]
    for local in (True, False):
        spec = {
            **of_task,
            "inputs": {"x": {**table, "key": None, "spec": {"long": "y" * 3000}}},
            "local_execution": local,
        }
        refused = await server.ask("POST", f"{PROJECT}/runs", {"kind": "python+job:run", "spec": spec})
        assert (refused.status, refused.body["message"]) == (400, "$.spec.inputs.x: table t without a key is no input.")
    text = str({**table, "spec": {"long": "y" * 3000}})  # what the SDK makes of `inputs={"x": dataitem}`
    run = await made(server, "runs", kind="python+job:run", spec={**of_task, "inputs": {"x": text}})
    assert run["status"]["state"] == "ERROR"
    assert run["status"]["message"] == (
        f"spec.inputs.x: that is the text of an object, not a key. Give the key, x.key in place of x: {table['key']}"
    )
