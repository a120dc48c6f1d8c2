"""Sweeps over HTTP, with real runs: trials, the best, pruning, failures, what is asked meanwhile, and a broker that begins anew."""

from __future__ import annotations

import asyncio
import base64
import json
import sys
from typing import Any

import pytest

from tests.fixtures.server import InProcess

PROJECT = "/dh/api/v1/-/default"
SCORE = """
def score(x: float, kind: str = "a", offset: float = 0.0):
    if kind == "bad":
        raise ValueError("no such kind")
    value = offset - (x - 2) ** 2 - (kind == "b")
    return {"auc": value, "seconds": x, "note": "fine"}
"""
LASTS = SCORE.replace(
    "    value =", "    import time; time.sleep(0.01)\n    value ="
)  # times have milliseconds: it costs some
NUMBER, TEXT = {"type": "number"}, {"type": "string"}
SCHEMA = {"x": NUMBER, "kind": {**TEXT, "default": "a"}, "offset": {**NUMBER, "default": 0.0}}
RANGE = {"type": "float", "low": 0.0, "high": 4.0}
BEST = [{"name": "auc", "direction": "maximize"}]


async def function(server: InProcess, code: str = SCORE, name: str = "score", **properties: Any) -> None:
    schema = {"type": "object", "properties": properties or SCHEMA, "required": ["x"]}
    source = {"handler": name, "base64": base64.b64encode(code.encode()).decode()}
    spec = {"source": source, "python_version": "PYTHON{}_{}".format(*sys.version_info), "parameters": schema}
    answer = await server.ask("POST", f"{PROJECT}/functions", {"kind": "python", "name": name, "spec": spec})
    assert answer.status == 200, answer


async def post(
    server: InProcess, name: str = "score", parameters: Any = None, options: Any = None, **sweep: Any
) -> Any:
    asked = {"space": {"x": RANGE}, "objectives": BEST, "workers": 1, "seed": 1, "sampler": "random", **sweep}
    given = {word: value for word, value in asked.items() if value is not None}
    spec = {"function": f"function/{name}", "parameters": parameters or {}, "sweep": given, **(options or {})}
    return await server.ask("POST", f"{PROJECT}/runs", {"kind": "python+sweep:run", "spec": spec})


async def ended(server: InProcess, run_id: str) -> Any:
    answer = await server.ask("GET", f"{PROJECT}/runs/{run_id}/stream")
    messages = [json.loads(each[6:]) for each in answer.body.decode().split("\n\n") if each.startswith("data: ")]
    assert messages[-1]["type"] == "end"
    return [each for each in messages if each["type"] == "run"][-1]["run"]


async def trials(server: InProcess, run_id: str, query: str = "") -> Any:
    return (await server.ask("GET", f"{PROJECT}/runs/{run_id}/trials{query}")).body


async def test_a_sweep_finds_the_best_and_its_trials_are_runs(server: InProcess) -> None:
    await function(server)
    posted = await post(server, trials=6, parameters={"offset": 1.0})
    assert posted.status == 200, posted
    sweep = await ended(server, posted.body["id"])
    assert sweep["status"]["state"] == "COMPLETED", sweep["status"]
    said = sweep["status"]["sweep"]
    assert said["phase"] == "done"
    assert "message" not in said, "the counts say it"
    assert said["counts"] == {"finished": 6, "pruned": 0, "failed": 0, "running": 0, "queued": 0, "total": 6}
    rows = (await trials(server, sweep["id"]))["trials"]
    assert [row["number"] for row in rows] == [*range(6)]
    best = max(rows, key=lambda row: row["values"]["auc"])
    assert said["best"] == [best]
    assert (
        sweep["status"]["results"]["auc"]
        == best["values"]["auc"]
        == pytest.approx(1 - (best["parameters"]["x"] - 2) ** 2)
    )
    run = (await server.ask("GET", f"{PROJECT}/runs/{best['run']}")).body
    assert run["kind"] == "python+job:run"
    assert run["spec"]["parameters"] == {"offset": 1.0, **best["parameters"]}
    assert run["spec"]["trial"] == {"sweep": sweep["id"], "number": best["number"]}
    assert {"type": "step_of", "dest": sweep["key"]} in run["metadata"]["relationships"]
    first = (await trials(server, sweep["id"], "?sort=value,DESC&size=1"))["trials"]
    assert first == [best]
    columns = (await server.ask("GET", f"{PROJECT}/runs/{sweep['id']}/trials/columns")).body
    assert columns["number"] == [*range(6)]
    assert columns["values"]["auc"] == [row["values"]["auc"] for row in rows]
    again = f"{PROJECT}/runs/{sweep['id']}/trials/columns?since={columns['revision']}"
    assert (await server.ask("GET", again)).body["number"] == []
    importance = (await server.ask("GET", f"{PROJECT}/runs/{sweep['id']}/trials/importance")).body
    assert importance == {"x": pytest.approx(1.0)}


async def test_a_grid_has_every_combination_once(server: InProcess) -> None:
    await function(server)
    space = {"x": {"type": "int", "low": 1, "high": 3}, "kind": {"type": "choice", "choices": ["a", "b"]}}
    posted = await post(server, space=space, sampler="grid", objectives=[{"name": "auc", "direction": "minimize"}])
    sweep = await ended(server, posted.body["id"])
    said = sweep["status"]["sweep"]
    assert (said["message"], said["exhausted"]) == ("Every combination was tried.", True)
    rows = (await trials(server, sweep["id"]))["trials"]
    assert sorted((row["parameters"]["x"], row["parameters"]["kind"]) for row in rows) == [
        (x, kind) for x in (1, 2, 3) for kind in ("a", "b")
    ]
    assert said["best"][0]["values"]["auc"] == -2.0


async def test_all_that_fail_alike_end_it_once_and_say_why(server: InProcess) -> None:
    await function(server)
    posted = await post(server, trials=50, parameters={"kind": "bad"})
    sweep = await ended(server, posted.body["id"])
    assert sweep["status"]["state"] == "ERROR"
    assert sweep["status"]["diagnosis"]["summary"] == "The first 5 trials all failed: ValueError: no such kind"
    assert sweep["status"]["sweep"]["counts"]["failed"] == 5


async def test_a_wrong_name_lists_what_was_returned(server: InProcess) -> None:
    await function(server)
    posted = await post(server, trials=1, objectives=[{"name": "acu", "direction": "maximize"}])
    sweep = await ended(server, posted.body["id"])
    (row,) = (await trials(server, sweep["id"]))["trials"]
    assert row["state"] == "failed"
    assert row["message"] == "It returned no number 'acu'; its numbers are auc, seconds. Did you mean 'auc'?"
    assert sweep["status"]["state"] == "ERROR"


async def test_targets_constraints_and_picked_trials(server: InProcess) -> None:
    await function(server)
    posted = await post(server, trials=9, fixed=[{"x": 3.5}, {"x": 2.0}], target=0.0, constraints=["seconds <= 3"])
    sweep = await ended(server, posted.body["id"])
    assert sweep["status"]["sweep"]["message"] == "The target 0.0 is reached."
    rows = (await trials(server, sweep["id"]))["trials"]
    assert [row["parameters"]["x"] for row in rows] == [3.5, 2.0]
    assert [row["number"] for row in sweep["status"]["sweep"]["best"]] == [1]


async def test_a_cost_ends_it_by_the_price_of_its_profile(server: InProcess) -> None:
    await function(server, LASTS)
    profiles = "profiles: {dear: {price: 1.0e+9}, free: {description: for all}}"
    (server.broker.home / "profiles.yaml").write_text(profiles)
    for spec, says in (
        ({}, "A run without a profile has no price."),
        ({"profile": "free"}, "Profile 'free' has no price."),
    ):
        answer = await post(server, options=spec, cost=1.0, price=9.0)
        assert (answer.status, answer.body["message"]) == (400, says), answer
    posted = await post(server, options={"profile": "dear"}, cost=1.0, price=0.0)
    assert posted.body["spec"]["sweep"]["price"] == 1e9, "not what the client says"
    said = (await ended(server, posted.body["id"]))["status"]["sweep"]
    assert (said["counts"]["finished"], said["message"]) == (1, "It has cost 1.")
    assert said["cost"] > 1


async def test_several_objectives_have_a_front(server: InProcess) -> None:
    await function(server)
    both = [*BEST, {"name": "seconds", "direction": "minimize"}]
    space = {"x": {"type": "int", "low": 0, "high": 4}}
    posted = await post(server, space=space, objectives=both, sampler="grid")
    sweep = await ended(server, posted.body["id"])
    assert sorted(row["parameters"]["x"] for row in sweep["status"]["sweep"]["best"]) == [0, 1, 2]


HELD = """
import socket

def held(x: float, port: int):
    import dh_kernel as dh
    dh.report(auc=x, step=1)
    try:
        socket.create_connection(("127.0.0.1", port)).recv(1)
    except OSError:
        pass
    return {"auc": x}
"""


class Gate:
    """Holds trials until it is opened, and knows when one has come."""

    def __init__(self) -> None:
        self.came = asyncio.Event()

    async def __aenter__(self) -> Gate:
        self._server = await asyncio.start_server(self._hold, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        self._open = asyncio.Event()
        return self

    async def __aexit__(self, *_: object) -> None:
        self.open()
        self._server.close()

    async def _hold(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.came.set()
        await self._open.wait()
        writer.close()

    def open(self) -> None:
        self._open.set()


async def held(server: InProcess, gate: Gate, **sweep: Any) -> Any:
    await function(server, HELD, "held", x=NUMBER, port={"type": "integer"})
    posted = await post(server, "held", {"port": gate.port}, **sweep)
    assert posted.status == 200, posted
    await gate.came.wait()
    return posted.body


async def verb(server: InProcess, run_id: str, word: str, **body: Any) -> Any:
    return await server.ask("POST", f"{PROJECT}/runs/{run_id}/sweep/{word}", body)


async def test_paused_extended_resumed(server: InProcess) -> None:
    async with Gate() as gate:
        sweep = await held(server, gate, trials=2)
        paused = await verb(server, sweep["id"], "pause")
        assert paused.body["status"]["sweep"]["phase"] == "paused", paused
        assert (await verb(server, sweep["id"], "extend", trials=1)).status == 200
        assert (await verb(server, sweep["id"], "enqueue", parameters={"x": 1.5})).status == 200
        for wrong in ({"x": 9.0}, {"y": 1}, {}):
            assert (await verb(server, sweep["id"], "enqueue", parameters=wrong)).status == 400
        assert (await verb(server, sweep["id"], "extend")).status == 400
        gate.open()
        await verb(server, sweep["id"], "resume")
        over = await ended(server, sweep["id"])
        rows = (await trials(server, sweep["id"]))["trials"]
        assert len(rows) == over["status"]["sweep"]["counts"]["total"] == 3
        assert rows[1]["parameters"]["x"] == 1.5
    late = await verb(server, sweep["id"], "pause")
    assert late.status == 400
    assert "--warm-start" in late.body["hint"]


async def test_one_trial_is_stopped_then_all(server: InProcess) -> None:
    async with Gate() as gate:
        sweep = await held(server, gate, trials=10)
        assert (await verb(server, sweep["id"], "stop-trial", number=99)).status == 404
        gate.came.clear()
        assert (await verb(server, sweep["id"], "stop-trial", number=0)).status == 200
        await gate.came.wait()  # the next one has begun
        await server.ask("POST", f"{PROJECT}/runs/{sweep['id']}/stop", {})
        over = await ended(server, sweep["id"])
    assert over["status"]["state"] == "STOPPED"
    rows = (await trials(server, sweep["id"]))["trials"]
    assert [(row["state"], row["message"]) for row in rows] == [("failed", "Stopped.")] * 2


REPORTS = """
def reports(x: float, port: int):
    import dh_kernel as dh
    import socket
    dh.report(auc=x, step=1)
    if x < 2:
        socket.create_connection(("127.0.0.1", port)).recv(1)  # until it is ended
    return {"auc": x}
"""


async def test_a_hopeless_trial_is_pruned_while_it_runs(server: InProcess) -> None:
    async with Gate() as gate:
        await function(server, REPORTS, "reports", x=NUMBER, port={"type": "integer"})
        fixed = [{"x": 3.0}, {"x": 3.5}, {"x": 1.0}]
        pruner = {"kind": "median", "startup_trials": 2}
        posted = await post(server, "reports", {"port": gate.port}, trials=3, fixed=fixed, pruner=pruner)
        over = await ended(server, posted.body["id"])
    rows = (await trials(server, over["id"]))["trials"]
    assert [row["state"] for row in rows] == ["finished", "finished", "pruned"]
    assert rows[2]["message"] == "Pruned at step 1."
    assert rows[2]["last"] == 1.0
    assert over["status"]["sweep"]["counts"]["pruned"] == 1


@pytest.mark.parametrize(
    ("sweep", "says"),
    [
        ({"space": {"y": RANGE}}, "y"),
        ({"space": {"x": {**RANGE, "low": 5.0}}}, "runs backwards"),
        ({"space": {"x": {**RANGE, "log": True}}}, "must begin above 0"),
        ({"space": {}}, "Nothing is varied"),
        ({"space": {"x": {"type": "choice", "choices": ["a", "b"]}}}, "x"),
        ({"trials": None}, "Nothing ends this sweep"),
        ({"sampler": "grid"}, "a grid needs steps"),
        ({"objectives": []}, "$.spec.sweep.objectives"),
        ({"objectives": BEST * 2}, "twice"),
        ({"workers": 0}, "$.spec.sweep.workers"),
        ({"constraints": ["fast"]}, "is no constraint"),
        ({"fixed": [{"x": 9.0}]}, "lies outside"),
        ({"warm_start": ["run/none-1"]}, "none"),
    ],
)
async def test_what_cannot_be_is_refused_and_nothing_is_stored(server: InProcess, sweep: Any, says: str) -> None:
    await function(server)
    answer = await post(server, **{"trials": 2, **sweep})
    assert answer.status in (400, 404), answer
    assert says in json.dumps(answer.body), answer.body
    assert (await server.ask("GET", f"{PROJECT}/runs?kinds=all")).body["content"] == []


async def test_what_is_no_sweep_has_no_trials(server: InProcess) -> None:
    await function(server)
    run = {"kind": "python+job:run", "spec": {"function": "function/score", "parameters": {"x": 1.0}}}
    made = (await server.ask("POST", f"{PROJECT}/runs", run)).body
    assert (await server.ask("GET", f"{PROJECT}/runs/{made['id']}/trials")).status == 404
    assert (await server.ask("GET", f"{PROJECT}/runs/nope/trials")).status == 404
