"""Plans over HTTP: what a form is told before it launches, and that the plan is what then runs."""

from __future__ import annotations

import base64
import sys
from pathlib import Path
from typing import Any

from tests.fixtures.server import InProcess

PROJECT = "/dh/api/v1/-/default"
CODE = "def train(data, lr=0.1, leaves=31, how='fast', deep=False):\n    return {'rate': lr, 'deep': deep}\n"
PARAMETERS = {
    "type": "object",
    "properties": {
        "data": {"annotation": "pd.DataFrame", "input": True},
        "lr": {"type": "number", "default": 0.1, "annotation": "float"},
        "leaves": {"type": "integer", "default": 31},
        "how": {"enum": ["fast", "slow"], "default": "fast"},
        "deep": {"type": "boolean", "default": False},
    },
    "required": ["data"],
}


async def register(server: InProcess, **spec: Any) -> None:
    source = {"handler": "train", "base64": base64.b64encode(CODE.encode()).decode()}
    python = "PYTHON{}_{}".format(*sys.version_info)
    whole = {"source": source, "python_version": python, "parameters": PARAMETERS, **spec}
    answer = await server.ask("POST", f"{PROJECT}/functions", {"kind": "python", "name": "train", "spec": whole})
    assert answer.status == 200, answer.body


async def plan(server: InProcess, **asked: Any) -> dict[str, Any]:
    answer = await server.ask("POST", f"{PROJECT}/runs/plan", asked)
    assert answer.status == 200, answer.body
    return dict(answer.body)


def states(found: dict[str, Any], name: str) -> list[tuple[str, str]]:
    return [(check["state"], check.get("field", "")) for check in found["checks"] if check["name"] == name]


async def test_fields_come_from_the_schema_and_faults_name_their_field(server: InProcess) -> None:
    await register(server, requirements=["no-such-package-of-ours==1"])
    found = await plan(server, function="function/train")
    kinds = {field["name"]: (field["kind"], field["value"]) for field in found["fields"]}
    assert kinds == {
        "data": ("reference", ""),
        "lr": ("number", "0.1"),
        "leaves": ("whole", "31"),
        "how": ("choice", "fast"),
        "deep": ("flag", "false"),
    }
    assert states(found, "arguments") == [("fault", "data")]
    assert states(found, "requirements") == [("note", "")]
    assert "def train" in found["code"]
    assert "run" not in found
    values = {"data": "dataset/none", "lr": "fast", "leaves": "1.5", "how": "odd", "deep": "perhaps"}
    found = await plan(server, function="function/train", values=values)
    faulty = {field for name in ("arguments", "data") for state, field in states(found, name) if state == "fault"}
    assert faulty == {"data", "lr", "leaves", "how", "deep"}
    runs = await server.ask("GET", f"{PROJECT}/runs", **{"X-Dh-Client": "1"})
    assert runs.body["totalElements"] == 0


async def test_options_are_read_as_typed_and_refused_by_the_same_rules(server: InProcess) -> None:
    await register(server)
    table = {"kind": "table", "name": "flights", "spec": {"path": "/tmp/none.parquet"}}
    assert (await server.ask("POST", f"{PROJECT}/dataitems", table)).status == 200
    values = {"data": "dataset/flights", "lr": "0.5", "deep": "true"}
    found = await plan(
        server, function="train", values=values, options={"memory": "1Gi", "timeout": "1h30m", "gpu": ""}
    )
    spec = found["run"]["spec"]
    assert spec["parameters"] == {"lr": 0.5, "deep": True}, "defaults are left out"
    assert spec["inputs"] == {"data": "dataset/flights"}
    assert (spec["resources"], spec["timeout"]) == ({"mem": "1Gi"}, 5400.0)
    assert found["options"]["memory"] == "1Gi"
    assert states(found, "places") == [("ok", "")]
    assert states(found, "data") == [("ok", "")]
    for options in ({"cpu": "999"}, {"timeout": "soon"}, {"profile": "none"}, {"secret": "NONE"}, {"colour": "red"}):
        refused = await plan(server, function="train", values=values, options=options)
        assert [state for state, _ in states(refused, "options")] == ["fault"], options
        assert "run" not in refused


async def test_a_run_that_is_done_again_brings_its_values_and_options(server: InProcess) -> None:
    await register(server)
    table = {"kind": "table", "name": "flights", "spec": {"path": "/tmp/none.parquet"}}
    await server.ask("POST", f"{PROJECT}/dataitems", table)
    spec = {
        "function": "function/train", "inputs": {"data": "dataset/flights"}, "parameters": {"lr": 0.5},
        "resources": {"mem": "2Gi"}, "envs": [{"name": "A", "value": "b, c"}],
    }  # fmt: skip
    made = (await server.ask("POST", f"{PROJECT}/runs", {"spec": spec})).body
    found = await plan(server, run=made["key"])
    fields = {field["name"]: (field["value"], field.get("source")) for field in found["fields"]}
    assert fields["lr"] == ("0.5", "train-1")
    assert fields["data"] == ("dataset/flights@1", "train-1")
    assert fields["leaves"] == ("31", None)
    assert found["given"]["memory"] == "2Gi"
    assert found["run"]["spec"]["retry_of"] == made["key"]
    assert found["run"]["spec"]["envs"] == spec["envs"]
    (told,) = [check for check in found["checks"] if check["name"] == "options"]
    assert told["detail"] == "A", "its name is shown, its value is not"
    more = await plan(server, run=made["key"], options={**found["given"], "env": '{"B": "c, d"}'})
    assert more["run"]["spec"]["envs"] == [*spec["envs"], {"name": "B", "value": "c, d"}]
    other = await plan(server, run=made["key"], options={**found["given"], "env": "A=e"})
    assert other["run"]["spec"]["envs"] == [{"name": "A", "value": "e"}]
    again = await server.ask("POST", f"{PROJECT}/runs", found["run"])
    assert again.status == 200, again.body


def cell(ident: str, source: str, count: int | None = None) -> dict[str, Any]:
    return {"cell_type": "code", "id": ident, "source": source, "execution_count": count, "metadata": {}, "outputs": []}


async def test_a_notebook_becomes_a_function_by_its_plan(server: InProcess, jp_root_dir: Path) -> None:
    (jp_root_dir / "work").mkdir()
    (jp_root_dir / "work" / "features.py").write_text("many = 3\n")
    cells = [cell("a", "rate = 0.1", 1), cell("b", "import features\nprint(rate * features.many, extra)", 2)]
    content = {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells}
    asked = {"path": "work/analysis.ipynb", "content": content}
    found = await plan(server, notebook=asked, values={"rate": "0.5"})
    assert found["title"] == "analysis.ipynb"
    assert found["what"].startswith("2 cells · 1 module (features.py)")
    fields = {field["name"]: (field["value"], field.get("source")) for field in found["fields"]}
    assert fields == {"rate": ("0.5", "cell [1]"), "extra": ("", None)}
    assert states(found, "names") == [("note", "extra")]
    assert states(found, "order") == [("ok", "")]
    registered = await server.ask("POST", f"{PROJECT}/functions?on_duplicate=keep", found["register"])
    assert registered.status == 200, registered.body
    started = await server.ask("POST", f"{PROJECT}/runs", found["run"])
    assert started.status == 200, started.body
    assert started.body["spec"]["parameters"] == {"rate": 0.5}

    some = await plan(server, notebook={**asked, "cells": ["b"]})
    assert some["title"] == "cells.ipynb"
    assert [check.get("cell") for check in some["checks"] if check["name"] == "names"] == [None, "a"]


async def test_what_can_not_be_planned_is_refused_in_words(server: InProcess) -> None:
    content = {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [cell("a", "x = 1")]}
    for asked in (
        {},
        {"function": "function/none"},
        {"function": "a", "run": "b"},
        {"colour": "red"},
        {"notebook": {"path": "../out.ipynb", "content": content}},
        {"notebook": {"path": "/", "content": content}},
        {"notebook": {"path": "n.ipynb", "content": {"cells": []}}},
        {"notebook": {"path": "n.ipynb", "content": {**content, "cells": [cell("a", "")]}}},
        {"notebook": {"path": "n.ipynb", "content": content, "cells": ["z"]}},
    ):
        answer = await server.ask("POST", f"{PROJECT}/runs/plan", asked)
        assert answer.status in (400, 404), (asked, answer)
        assert answer.body["message"], asked


SWEPT = {"maximize": "rate", "trials": "3", "workers": "1", "sampler": "random"}


async def test_a_plan_of_a_sweep_is_what_then_runs(server: InProcess) -> None:
    await register(server, parameters={**PARAMETERS, "required": []})
    values = {"lr": "0.01..1:log", "leaves": "8..64", "how": "{fast,slow}", "deep": "true"}
    asked = {"function": "function/train", "values": values, "sweep": SWEPT, "options": {"timeout": "1m"}}
    found = await plan(server, **asked)
    assert [check for check in found["checks"] if check["state"] == "fault"] == []
    assert {field["name"]: field["value"] for field in found["fields"]}["lr"] == "0.01..1:log"
    line = "%dh sweep train@1 lr=0.01..1:log leaves=8..64 how={fast,slow} deep=true --maximize rate --trials 3 --workers 1 --sampler random --trial-timeout 1m"
    assert found["line"] == line
    sweep = found["run"]["spec"]["sweep"]
    assert sweep["space"]["lr"] == {"type": "float", "low": 0.01, "high": 1.0, "log": True}
    assert found["run"]["spec"]["parameters"] == {"deep": True}
    posted = await server.ask("POST", f"{PROJECT}/runs", found["run"])
    assert (posted.status, posted.body["kind"]) == (200, "python+sweep:run"), posted
    await server.ask("POST", f"{PROJECT}/runs/{posted.body['id']}/stop")


async def test_a_function_that_asks_for_its_parameters_is_planned_without_fields_for_them(server: InProcess) -> None:
    asking = {
        "type": "object",
        "properties": {"trial": {}, "leaves": {"type": "integer"}},
        "required": ["trial", "leaves"],
    }
    await register(server, parameters=asking)
    words = {**SWEPT, "prune": "hyperband", "plateau": "5", "target": "0.9", "constraint": "seconds <= 60"}
    found = await plan(server, function="function/train", values={"trial": "7", "leaves": "31"}, sweep=words)
    assert [check for check in found["checks"] if check["state"] == "fault"] == []
    assert [field["name"] for field in found["fields"]] == ["leaves"]
    assert found["run"]["spec"]["parameters"] == {"leaves": 31}
    sweep = found["run"]["spec"]["sweep"]
    assert (sweep["space"], sweep["conditional"]) == ({}, True)
    assert (sweep["plateau"], sweep["target"], sweep["constraints"]) == (5, 0.9, ["seconds <= 60"])
    line = "%dh sweep train@1 leaves=31 --maximize rate --trials 3 --workers 1 --sampler random"
    assert found["line"] == f'{line} --pruner hyperband --plateau 5 --target 0.9 --constraint "seconds <= 60"'
    posted = await server.ask("POST", f"{PROJECT}/runs", found["run"])
    assert posted.status == 200, posted
    await server.ask("POST", f"{PROJECT}/runs/{posted.body['id']}/stop")
    lacking = await plan(server, function="function/train", values={}, sweep={**SWEPT, "sampler": "grid"})
    assert {check.get("field") for check in lacking["checks"] if check["state"] == "fault"} == {"leaves"}
    grid = await plan(server, function="function/train", values={"leaves": "31"}, sweep={**SWEPT, "sampler": "grid"})
    assert {check.get("field") for check in grid["checks"] if check["state"] == "fault"} == {"--sampler"}


async def test_what_is_in_the_way_of_a_sweep_stands_at_its_field(server: InProcess) -> None:
    await register(server, parameters={**PARAMETERS, "required": []})
    cases: dict[str, tuple[dict[str, str], dict[str, str], tuple[str, str]]] = {
        "backwards": ({"lr": "1..0.1"}, {}, ("arguments", "lr")),
        "log of zero": ({"lr": "0..1:log"}, {}, ("arguments", "lr")),
        "no number": ({"leaves": "a..b"}, {}, ("arguments", "leaves")),
        "not of its type": ({"leaves": "0.5..1.5"}, {}, ("arguments", "leaves")),
        "unknown choice": ({"how": "{fast,odd}"}, {}, ("arguments", "how")),
        "nothing varied": ({"lr": "0.5"}, {}, ("arguments", "")),
        "no objective": ({"lr": "0..1"}, {"maximize": ""}, ("options", "--maximize")),
        "trials": ({"lr": "0..1"}, {"trials": "many"}, ("options", "--trials")),
        "sampler": ({"lr": "0..1"}, {"sampler": "magic"}, ("options", "--sampler")),
        "pruner": ({"lr": "0..1"}, {"prune": "magic"}, ("options", "--prune")),
        "nothing ends it": ({"lr": "0..1"}, {"trials": ""}, ("options", "--trials")),
        "cost is no number": ({"lr": "0..1"}, {"cost": "little"}, ("options", "--cost")),
        "no price": ({"lr": "0..1"}, {"cost": "5"}, ("options", "--cost")),
        "plateau": ({"lr": "0..1"}, {"plateau": "0.5"}, ("options", "--plateau")),
        "target of two": ({"lr": "0..1"}, {"target": "1", "minimize": "deep"}, ("options", "--target")),
        "constraint": ({"lr": "0..1"}, {"constraint": "fast"}, ("options", "--constraint")),
    }
    for name, (values, words, expected) in cases.items():
        found = await plan(server, function="function/train", values=values, sweep={**SWEPT, **words})
        faults = [(check["name"], check.get("field", "")) for check in found["checks"] if check["state"] == "fault"]
        assert expected in faults, (name, found["checks"])
        assert "run" not in found, name
    answer = await server.ask("POST", f"{PROJECT}/runs/plan", {"sweep": {}})
    assert answer.status == 400
