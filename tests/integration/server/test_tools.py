"""Web tools behind Jupyter: who comes through, what they show, that they come back, and that they end."""

from __future__ import annotations

import dataclasses
import json
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from dh_jupyter.handlers import tools as handler
from dh_jupyter.tools import TOOLS, Place, Tool, Tools, running
from tests.fixtures.server import TOKEN, InProcess

from .test_sweeps import PROJECT, ended, function, post


async def swept(server: InProcess, trials: int = 3) -> Any:
    await function(server)
    return await ended(server, (await post(server, trials=trials)).body["id"])


async def opened(server: InProcess, tool: str, run: str = "") -> Any:
    return await server.ask("POST", f"{PROJECT}/tools/{tool}", {"run": run} if run else {})


async def page(server: InProcess, url: str, method: str = "GET", **more: Any) -> Any:
    return await server.ask(method, url.removeprefix(server.base), **more)


def login_host(server: InProcess) -> str:
    """Where the pages of this server come from."""
    return f"http://127.0.0.1:{server.fetch.__self__.get_http_port()}"


async def test_optunas_dashboard_shows_a_sweep(server: InProcess) -> None:
    sweep = await swept(server)
    answer = await opened(server, "optuna", sweep["id"])
    assert answer.status == 200, answer
    assert answer.body["title"] == "Optuna dashboard"
    study = await page(server, answer.body["url"])
    assert (study.status, study.headers["Location"]) == (302, "/foo/dh-tools/optuna/dashboard/studies/0")
    shown = await page(server, study.headers["Location"])
    assert b'src="/foo/dh-tools/optuna/static/bundle.js"' in shown.body
    script = await page(server, "/foo/dh-tools/optuna/static/bundle.js")
    assert b"`/foo/dh-tools/optuna/api/studies" in script.body
    detail = (await page(server, "/foo/dh-tools/optuna/api/studies/0?after=0")).body
    assert [trial["state"] for trial in detail["trials"]] == ["Complete"] * 3
    names = (await page(server, "/foo/dh-tools/optuna/api/studies")).body["study_summaries"]
    assert [one["study_name"] for one in names] == ["default: score-1"]

    login = await page(server, f"{study.headers['Location']}?token={TOKEN}", token=None)
    cookie = login.headers["Set-Cookie"].partition(";")[0]
    assert (await page(server, study.headers["Location"], token=None, Cookie=cookie)).status == 200
    note, body = "/foo/dh-tools/optuna/api/studies/0/note", b'{"body": "good", "version": 1}'
    sent = {"Cookie": cookie, "Content-Type": "application/json"}
    host = login_host(server)
    assert (await page(server, note, "PUT", token=None, raw=body, Origin=host, **sent)).status == 204

    for_others = {
        "without a token": await page(server, study.headers["Location"], token=None),
        "with a wrong one": await page(server, study.headers["Location"], token="wrong"),
        "from another page": await page(
            server, note, "PUT", token=None, raw=body, Origin="https://elsewhere.example", **sent
        ),
    }
    assert {who: answer.status for who, answer in for_others.items()} == dict.fromkeys(for_others, 403)

    tools = server.app.web_app.settings["dh_tools"]
    process = tools._running["optuna"]._process
    process.kill()
    await process.wait()
    again = await page(server, answer.body["url"])
    assert (again.status, again.headers["Location"]) == (302, study.headers["Location"])
    last = tools._running["optuna"]
    await tools.close()
    assert last._process.returncode is not None
    assert not last.socket.exists()


async def test_mlflow_shows_a_run(server: InProcess) -> None:
    empty = await opened(server, "mlflow")
    assert empty.status == 200, "nobody has written into its store yet"
    first = await page(server, "/foo/dh-tools/mlflow/ajax-api/2.0/mlflow/experiments/get?experiment_id=0")
    assert first.body["experiment"]["artifact_location"] == (server.broker.home / "mlartifacts/0").as_uri()
    sweep = await swept(server, 1)
    answer = await opened(server, "mlflow", sweep["id"])
    assert answer.status == 200, answer
    run = await page(server, answer.body["url"])
    assert run.status == 302, run
    assert run.headers["Location"].startswith("./#/experiments/")
    assert b"static-files/" in (await page(server, "/foo/dh-tools/mlflow/")).body
    named = run.headers["Location"].rpartition("/")[2]
    found = await page(server, f"/foo/dh-tools/mlflow/ajax-api/2.0/mlflow/runs/get?run_id={named}")
    tags = {tag["key"]: tag["value"] for tag in found.body["run"]["data"]["tags"]}
    assert tags["dh.run"] == sweep["key"]
    asked = {"experiment_ids": [found.body["run"]["info"]["experiment_id"]]}
    searched = await page(
        server,
        "/foo/dh-tools/mlflow/ajax-api/2.0/mlflow/runs/search",
        "POST",
        raw=json.dumps(asked).encode(),
        **{"Content-Type": "application/json", "Origin": login_host(server)},
    )
    assert searched.status == 200, searched  # MLflow takes the host for this machine's
    unknown = await page(server, "/foo/dh-tools/mlflow/open?run=store://default/run/python%2Bjob:run/none")
    assert unknown.status == 404
    assert (await page(server, "/foo/dh-tools/mlflow/", token=None)).status == 403


@pytest.mark.parametrize(
    ("tool", "run", "status", "said"),
    [
        ("tensorboard", "", 404, "There is no tool 'tensorboard'."),
        ("optuna", "nothing", 404, "No such"),
        ("mlflow", "nothing", 404, "No such"),
    ],
)
async def test_what_there_is_not(server: InProcess, tool: str, run: str, status: int, said: str) -> None:
    answer = await opened(server, tool, run)
    assert answer.status == status, answer
    assert said in answer.body["message"]


async def test_a_tool_that_is_not_installed_says_what_to_install(
    server: InProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(handler.importlib.util, "find_spec", lambda module: None)
    answer = await opened(server, "mlflow")
    assert (answer.status, answer.body["hint"]) == (400, "pip install 'dh-jupyter[tools]'")


async def test_a_tool_that_can_not_begin_says_what_it_said_last(
    server: InProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    command = ["sh", "-c", "echo no such thing; exit 3"]
    broken = dataclasses.replace(TOOLS["optuna"], command=lambda place: command)
    monkeypatch.setitem(TOOLS, "optuna", broken)
    answer = await opened(server, "optuna")
    assert answer.status == 503, answer
    assert answer.body["message"] == "Optuna dashboard ended at once: no such thing"


SMALL = """
import socket, sys, threading
listening = socket.socket(fileno=int(sys.argv[1]))
def answer():
    while True:
        with listening.accept()[0] as asked:
            asked.recv(4096)
            asked.sendall(b"HTTP/1.1 200 OK\\r\\n\\r\\n")
threading.Thread(target=answer, daemon=True).start()
sys.stdin.read()
"""


async def test_a_tool_ends_when_nobody_has_asked_for_long_and_comes_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [1000.0]
    monkeypatch.setattr(running, "awake", lambda: now[0])
    monkeypatch.setattr(running, "IDLE", 0.05)
    tool = Tool("small", "Small", "json", lambda place: [sys.executable, "-c", SMALL])
    with TemporaryDirectory() as folder:
        tools = Tools(lambda: Path(folder), tmp_path, lambda tool: Place("/small", "", "", tmp_path))
        socket = await tools.open(tool)
        process = tools._running["small"]
        assert await tools.open(tool) == socket
        assert tools._running["small"] is process, "it runs: no second one"
        now[0] += 1800
        assert await process._process.wait() == 0, "by its input's end, and not killed"
        await process._ending
        assert not tools.is_open(tool)
        assert not socket.exists()
        await tools.open(tool)
        assert tools.is_open(tool)
        await tools.close()
