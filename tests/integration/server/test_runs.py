"""Runs over HTTP: post, follow (SSE and WebSocket), logs, retry, publish. Real processes."""

from __future__ import annotations

import asyncio
import base64
import json
import sys
from collections.abc import AsyncIterator
from typing import Any

import pytest
from tornado.httpclient import HTTPRequest
from tornado.websocket import websocket_connect

from dh_jupyter.handlers.stream import with_heartbeats
from tests.fixtures.server import TOKEN, BrokerProcess, InProcess

PROJECT = "/dh/api/v1/-/default"
TRAIN = 'def train(lr: float = 0.1):\n    print("hello")\n    if lr > 1:\n        raise ValueError(lr)\n    return {"auc": lr}\n'


def function(name: str = "train", code: str = TRAIN) -> dict[str, Any]:
    parameters = {"type": "object", "properties": {"lr": {"type": "number", "default": 0.1}}}
    source = {"handler": name, "base64": base64.b64encode(code.encode()).decode()}
    return {
        "kind": "python",
        "name": name,
        "spec": {"source": source, "python_version": "PYTHON{}_{}".format(*sys.version_info), "parameters": parameters},
    }


async def run(server: InProcess, **parameters: Any) -> dict[str, Any]:
    await server.ask("POST", f"{PROJECT}/functions", function())
    posted = {"kind": "python+job:run", "spec": {"function": "function/train", "parameters": parameters}}
    answer = await server.ask("POST", f"{PROJECT}/runs", posted)
    assert answer.status == 200, answer
    return dict(answer.body)


async def events(server: InProcess, run_id: str, query: str = "") -> list[dict[str, Any]]:
    answer = await server.ask("GET", f"{PROJECT}/runs/{run_id}/stream{query}")
    assert answer.headers["Content-Type"].startswith("text/event-stream")
    return [json.loads(each[6:]) for each in answer.body.decode().split("\n\n") if each.startswith("data: ")]


async def test_a_run_is_followed_to_its_end(server: InProcess) -> None:
    made = await run(server, lr=0.5)
    messages = await events(server, made["id"])
    assert (messages[0]["type"], messages[-1]["type"]) == ("run", "end")
    assert "hello" in "".join(each["text"] for each in messages if each["type"] == "log")
    last = [each for each in messages if each["type"] == "run"][-1]["run"]
    assert last["status"]["state"] == "COMPLETED", last["status"]
    assert len(await events(server, made["id"], "?limit=1&log=-1")) == 1
    (log,) = (await server.ask("GET", f"{PROJECT}/runs/{made['id']}/logs")).body
    assert "hello" in base64.b64decode(log["content"]).decode()
    stopped = await server.ask("POST", f"{PROJECT}/runs/{made['id']}/stop", {})
    assert stopped.body["status"]["state"] == "COMPLETED", "a finished run stays as it is"
    deleted = await server.ask("DELETE", f"{PROJECT}/runs/{made['id']}")
    assert deleted.body["status"]["state"] == "DELETING"
    assert (await server.ask("GET", f"{PROJECT}/runs/{made['id']}")).status == 404


async def test_retry_with_changes(server: InProcess) -> None:
    made = await run(server, lr=2.0)
    told = [message["run"] for message in await events(server, made["id"]) if message["type"] == "run"]
    assert told[-1]["status"]["state"] == "ERROR"
    path = f"{PROJECT}/runs/{made['id']}/retry"
    again = (await server.ask("POST", path, {"changes": {"parameters": {"lr": 0.5}}})).body
    assert again["spec"]["retry_of"] == made["key"]
    assert again["id"] != made["id"]
    for changes in (
        {"changes": []},
        {"changes": "x"},
        {"changes": {"resources": {"cpu": 1}}},
        {"changes": {"parameters": 1}},
    ):
        refused = await server.ask("POST", path, changes)
        assert refused.status == 400, (changes, refused)


async def test_a_browser_follows_by_socket(server: InProcess, jp_http_port: int) -> None:
    made = await run(server, lr=0.5)
    address = f"ws://127.0.0.1:{jp_http_port}/foo{PROJECT}/runs/{made['id']}/stream/ws?log=0"
    socket = await websocket_connect(HTTPRequest(address, headers={"Authorization": f"Bearer {TOKEN}"}))
    messages = []
    while (text := await asyncio.wait_for(socket.read_message(), 60)) is not None:
        messages.append(json.loads(text))
    assert (messages[0]["type"], messages[-1]["type"]) == ("run", "end")


async def test_refusals_create_nothing(server: InProcess) -> None:
    await server.ask("POST", f"{PROJECT}/functions", function())
    for spec in ({"function": "function/trian"}, {"function": "function/train", "parameters": {"lrate": 1}}, {}):
        refused = await server.ask("POST", f"{PROJECT}/runs", {"kind": "python+job:run", "spec": spec})
        assert refused.status in (400, 404), refused
    assert (await server.ask("GET", f"{PROJECT}/runs?kinds=all")).body["totalElements"] == 0


async def test_publishing(server: InProcess) -> None:
    await server.ask("GET", "/dh/api/auth")
    made = await run(server, lr=2.0)
    assert (await events(server, made["id"]))[-1]["type"] == "end"
    folder = server.broker.store / "default" / "model" / "m"
    folder.mkdir(parents=True)
    (folder / "MLmodel").write_text("flavors: {}\nmodel_uuid: x\n")
    posted = {"kind": "mlflow", "name": "m", "spec": {"path": f"{folder}/"}}
    links = {"relationships": [{"type": "produced_by", "dest": made["key"]}]}
    model = (await server.ask("POST", f"{PROJECT}/models", {**posted, "metadata": links})).body
    path = f"{PROJECT}/models/{model['id']}/publish"
    refused = await server.ask("POST", path, {"name": "churn"})
    assert refused.status == 400
    assert "failed" in refused.body["message"]
    assert "--force" in refused.body["hint"]
    for wrong in ({"name": 1}, {"name": "../x"}, {"alias": "a b"}, {"alias": "latest"}, {"force": "yes"}):
        assert (await server.ask("POST", path, wrong)).status == 400, wrong
    asked = {"name": "churn", "alias": "champion", "note": "because", "force": True}
    published = await server.ask("POST", path, asked)
    assert published.status == 200, published
    record = published.body["status"]["publication"]
    assert (record["by"], record["note"], record["source"]) == (model["user"], "because", model["key"])
    assert (await server.ask("POST", path, asked)).body["id"] == published.body["id"], "twice is once"
    found = (await server.ask("GET", f"{PROJECT}/resolve?ref=model/churn@champion")).body
    assert found["id"] == published.body["id"]
    assert found["metadata"]["version_number"] == 1


async def test_what_has_no_files_is_not_published(server: InProcess) -> None:
    """Its folder is not there: no version of the other name, and no alias."""
    folder = server.broker.store / "default" / "model" / "gone"
    posted = {"kind": "mlflow", "name": "gone", "spec": {"path": f"{folder}/"}}
    model = (await server.ask("POST", f"{PROJECT}/models", posted)).body
    path = f"{PROJECT}/models/{model['id']}/publish"
    for asked in ({"name": "other", "alias": "champion"}, {"alias": "champion"}):
        refused = await server.ask("POST", path, {**asked, "force": True})
        assert refused.status == 404
        assert "files of model" in refused.body["message"]
    names = [one["name"] for one in (await server.ask("GET", f"{PROJECT}/models?versions=all")).body["content"]]
    assert names == ["gone"]
    assert (await server.ask("GET", f"{PROJECT}/models/{model['id']}/aliases")).body == []


async def test_silence_is_filled_and_a_leaving_client_noticed() -> None:
    ended = []

    async def quiet() -> AsyncIterator[Any]:
        try:
            yield {"type": "run"}
            await asyncio.Event().wait()
        finally:
            ended.append(True)

    gone = asyncio.Event()
    news = with_heartbeats(quiet(), gone, seconds=0.01)
    assert await anext(news) == {"type": "run"}
    assert await anext(news) is None
    gone.set()
    with pytest.raises(StopAsyncIteration):
        await anext(news)
    assert ended, "the listener is let go"


def test_jupyter_dh_is_the_same_in_a_process_of_its_own(standalone: BrokerProcess) -> None:
    from dh_kernel.broker import Address, answers, routes_url, written_broker

    address = written_broker(standalone.home)
    assert address == Address(routes_url(standalone.url), standalone.token, address.how if address else "")
    assert address is not None
    assert answers(address)
    standalone.process.terminate()
    standalone.process.wait(30)
    assert not (standalone.home / "broker.json").exists()


async def test_many_runs_are_waited_for_at_once(server: InProcess) -> None:
    made = [await run(server, lr=lr) for lr in (0.5, 2.0, 0.25)]
    ids = [each["id"] for each in made]

    async def follow(*ids: str) -> Any:
        return await server.ask("POST", f"{PROJECT}/runs/stream", {"ids": list(ids)})

    answer = await follow(*ids)
    messages = [json.loads(each[6:]) for each in answer.body.decode().split("\n\n") if each.startswith("data: ")]
    assert [each["type"] for each in messages] == ["run", "run", "run", "end"]
    states = {each["run"]["id"]: each["run"]["status"]["state"] for each in messages[:3]}
    assert states == dict(zip(ids, ("COMPLETED", "ERROR", "COMPLETED"), strict=True))
    assert (await follow(*ids)).body.count(b"data: ") == 4, "those that have ended are told again"
    assert (await follow(ids[0], "0" * 32)).status == 404
    for wrong in ([], [1], "x", ["a"] * 10_001):
        refused = await server.ask("POST", f"{PROJECT}/runs/stream", {"ids": wrong})
        assert (refused.status, refused.body["message"][:6]) == (400, "$.ids:")


async def test_a_log_is_read_whole_and_in_parts(server: InProcess) -> None:
    made = await run(server, lr=0.5)
    await events(server, made["id"])
    path = f"{PROJECT}/runs/{made['id']}/log"
    whole = await server.ask("GET", path)
    assert (whole.status, whole.body) == (200, b"hello\n")
    assert whole.headers["Content-Disposition"].startswith("attachment")
    for asked, got, named in (
        ("bytes=-3", b"lo\n", "bytes 3-5/6"),
        ("bytes=1-2", b"el", "bytes 1-2/6"),
        ("bytes=4-", b"o\n", "bytes 4-5/6"),
        ("bytes=0-99", b"hello\n", "bytes 0-5/6"),
    ):
        part = await server.ask("GET", path, Range=asked)
        assert (part.status, part.body, part.headers["Content-Range"]) == (206, got, named)
    for asked, before in (("bytes=0-2", "0"), ("bytes=-1", "0"), ("bytes=6-", "1")):
        assert (await server.ask("GET", f"{path}?lines=true", Range=asked)).headers["X-Dh-Lines-Before"] == before
    assert "X-Dh-Lines-Before" not in part.headers
    beyond = await server.ask("GET", path, Range="bytes=6-")
    assert (beyond.status, beyond.headers["Content-Range"]) == (416, "bytes */6")
    assert (await server.ask("GET", path, Range="lines=1-2")).status == 200


async def test_lineage_goes_up_and_down_and_not_sideways(server: InProcess) -> None:
    one = await run(server, lr=0.5)
    posted = {"kind": "python+job:run", "spec": {"function": one["spec"]["function"], "parameters": {"lr": 0.6}}}
    other = (await server.ask("POST", f"{PROJECT}/runs", posted)).body
    found = (await server.ask("GET", f"{PROJECT}/runs/{one['id']}/lineage")).body
    names = {node["reference"] for node in found["nodes"]}
    assert names == {one["metadata"]["reference"], "function/train@1"}
    assert [(edge["type"], edge["source"]) for edge in found["edges"]] == [("run_of", one["key"])]
    function_id = one["spec"]["function"].rpartition(":")[2]
    below = (await server.ask("GET", f"{PROJECT}/functions/{function_id}/lineage?steps=1")).body
    assert {edge["source"] for edge in below["edges"]} == {one["key"], other["key"]}
    assert below["more"] is False
