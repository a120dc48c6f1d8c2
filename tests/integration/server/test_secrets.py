"""Secrets over HTTP and into real runs: the value arrives, and is nowhere else."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import logging
import sys
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from dh_jupyter.secrets import SecretValues
from dh_jupyter.tracking.plan import plan_run
from tests.fixtures.server import InProcess

PROJECT = "/dh/api/v1/-/default"
VALUE = 'hush "hush" & quiet/42'
LEAKY = """
import base64, json, os, sys, warnings
from urllib.parse import quote
import dh_kernel as dh

def leaky(fails: bool = False):
    value = os.environ["TOKEN"]
    print("plain", value, "base64", base64.b64encode(value.encode()).decode(), "url", quote(value))
    print("json", json.dumps({"token": value}), "repr", repr(value), flush=True)
    sys.stdout.write("half " + value[:9]); sys.stdout.flush()
    sys.stderr.write(value[9:] + "\\n"); sys.stderr.flush()
    dh.report({value: 1.0}, step=1)
    dh.progress(1, 2, text=value)
    warnings.warn(value)
    import mlflow
    mlflow.log_param("token", value)
    mlflow.set_tag("link", f"https://me:{quote(value)}@host/")
    if fails:
        raise KeyError(value)
    same = value == %r[::-1]  # the code must not be what leaks
    return {"same": same, "said": value, "nested": {"deep": [value], value: 1}, value: value + "!", "tuple": (value, 1)}
"""


def function(name: str, code: str) -> dict[str, Any]:
    source = {"handler": name, "base64": base64.b64encode(code.encode()).decode()}
    return {
        "kind": "python",
        "name": name,
        "spec": {"source": source, "python_version": "PYTHON{}_{}".format(*sys.version_info)},
    }


async def keep(server: InProcess, value: str = VALUE, name: str = "TOKEN") -> Any:
    return await server.ask("PUT", f"{PROJECT}/secrets/data", {name: value})


async def run(server: InProcess, name: str, **spec: Any) -> Any:
    posted = {"kind": "python+job:run", "spec": {"function": f"function/{name}", **spec}}
    return await server.ask("POST", f"{PROJECT}/runs", posted)


async def ended(server: InProcess, answer: Any) -> Any:
    assert answer.status == 200, answer.body
    await server.ask("GET", f"{PROJECT}/runs/{answer.body['id']}/stream")
    return (await server.ask("GET", f"{PROJECT}/runs/{answer.body['id']}")).body


def leaks(folder: Path, value: str = VALUE) -> list[str]:
    """Files in which the value is, in one of its forms; the one that is to hold it left out."""
    raw = value.encode()
    forms = {raw, base64.b64encode(raw).rstrip(b"="), quote(value).encode(), json.dumps(value)[1:-1].encode()}
    files = [path for path in folder.rglob("*") if path.is_file()]
    return [str(path) for path in files if any(form in path.read_bytes() for form in forms)]


async def test_a_value_reaches_the_run_and_stays_nowhere(
    server: InProcess, dh_home: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    kept = await keep(server)
    assert (kept.status, kept.body) == (200, b"")
    await server.ask("POST", f"{PROJECT}/functions", function("leaky", LEAKY % VALUE[::-1]))
    good = await ended(server, await run(server, "leaky", secrets=["TOKEN"]))
    bad = await ended(server, await run(server, "leaky", secrets=["TOKEN"], parameters={"fails": True}))
    assert good["status"]["state"] == "COMPLETED", good["status"]
    results = good["status"]["results"]
    assert results["same"] is True
    assert (results["said"], results["tuple"]) == ("***TOKEN***", ["***TOKEN***", 1])
    assert results["nested"] == {"deep": ["***TOKEN***"], "***TOKEN***": 1}
    assert bad["status"]["state"] == "ERROR"
    assert "***TOKEN***" in bad["status"]["error"]["traceback"]
    for document in (good, bad):
        (log,) = (await server.ask("GET", f"{PROJECT}/runs/{document['id']}/logs")).body
        text = base64.b64decode(log["content"]).decode()
        assert "plain ***TOKEN*** base64 ***TOKEN***" in text
        assert "half ***TOKEN***\n" in text
        metrics = (await server.ask("GET", f"{PROJECT}/runs/{document['id']}/metrics")).body
        assert "***TOKEN***" in metrics
        assert "hush" not in json.dumps([document, metrics, text])
        planned = plan_run(document, 0.0, 1.0, {name: [(1, 0.0, 1.0)] for name in metrics}, [])
        assert "hush" not in json.dumps(planned), "what MLflow gets"
    assert leaks(dh_home) == []
    assert "hush" not in caplog.text
    assert SecretValues(dh_home).read("default", "TOKEN") == VALUE


async def test_cold_runs_are_masked_too(server: InProcess, dh_home: Path) -> None:
    await keep(server)
    code = (
        "import hashlib, os\ndef cold():\n    print(os.environ['PYTHONQUIET'], os.environ.get('TOKEN'))\n"
        "    for _ in range(20):\n        print(os.environ['BIG'], flush=True)\n"
        "    return {'digest': hashlib.sha256(os.environ['BIG'].encode()).hexdigest()}"
    )
    big = "".join(f"line {number} of a big one\n" for number in range(400))
    await keep(server, big, "BIG")
    await server.ask("POST", f"{PROJECT}/functions", function("cold", code))
    await keep(server, name="PYTHONQUIET")  # a name that needs a Python of its own
    document = await ended(server, await run(server, "cold", secrets=["PYTHONQUIET", "BIG"]))
    assert document["status"]["state"] == "COMPLETED", document["status"]
    (log,) = (await server.ask("GET", f"{PROJECT}/runs/{document['id']}/logs")).body
    text = base64.b64decode(log["content"]).decode()
    assert text.startswith("***PYTHONQUIET*** None\n"), "others do not arrive"
    assert text.count("***BIG***") == 20
    assert "of a big one" not in text
    assert document["status"]["results"]["digest"] == hashlib.sha256(big.encode()).hexdigest()
    assert leaks(dh_home) == []


async def test_core_s_routes(server: InProcess, dh_home: Path) -> None:
    posted = {"kind": "secret", "name": "token", "spec": {"path": "secret://token", "provider": "kubernetes"}}
    made = (await server.ask("POST", f"{PROJECT}/secrets", posted)).body
    assert made["spec"] == posted["spec"]
    again = await server.ask("POST", f"{PROJECT}/secrets", posted)
    assert (again.status, "Duplicated entity secret" in again.body["message"]) == (400, True)
    assert (await keep(server, "one", "token")).headers["X-Dh-Existing"] == "true"
    assert (await keep(server, "two", "token")).headers["X-Dh-Existing"] == "true"
    assert "X-Dh-Existing" not in (await keep(server, "three", "OTHER")).headers
    read = await server.ask("GET", f"{PROJECT}/secrets/data?keys=token&keys=OTHER")
    assert (read.body, read.headers["Cache-Control"]) == ({"token": "two", "OTHER": "three"}, "no-store")
    listed = (await server.ask("GET", f"{PROJECT}/secrets")).body["content"]
    assert [each["name"] for each in listed] == ["OTHER", "token"]
    assert "three" not in json.dumps(listed)
    assert (await server.ask("DELETE", f"{PROJECT}/secrets/{made['id']}")).status == 200
    assert (await server.ask("DELETE", f"{PROJECT}/secrets?name=OTHER")).status == 200
    assert (await server.ask("GET", f"{PROJECT}/secrets")).body["content"] == []
    assert list((dh_home / "secrets" / "default").iterdir()) == []


async def test_a_deleted_project_takes_its_values_along(server: InProcess, dh_home: Path) -> None:
    await server.ask("POST", "/dh/api/v1/projects", {"kind": "project", "name": "gone"})
    await server.ask("PUT", "/dh/api/v1/-/gone/secrets/data", {"TOKEN": VALUE})
    await server.ask("DELETE", "/dh/api/v1/projects/gone")
    assert not (dh_home / "secrets" / "gone").exists()


HOSTILE: list[tuple[str, str, Any, int, str]] = [
    ("PUT", "secrets/data", {}, 400, "No secret is named"),
    ("PUT", "secrets/data", {"../x": "hush-hush"}, 400, "invalid or missing name"),
    ("PUT", "secrets/data", {"": "hush-hush"}, 400, "invalid or missing name"),
    ("PUT", "secrets/data", {"ключ": "hush-hush"}, 400, "invalid or missing name"),
    ("PUT", "secrets/data", {"A": "fine", "B": ["hush-hush"]}, 400, "The value of 'B' is not a text"),
    ("PUT", "secrets/data", {"A": "fine", "B": "hush\0hush"}, 400, "holds a NUL"),
    ("PUT", "secrets/data", {"B": "hush" * 20_000}, 400, "at most 65,536"),
    ("PUT", "secrets/data", ["hush-hush"], 400, "must be a JSON object"),
    ("POST", "secrets", {"kind": "secret", "name": "../x"}, 400, "invalid or missing name"),
    ("POST", "secrets", {"kind": "secret"}, 400, "invalid or missing name"),
    ("GET", "secrets/data", None, 400, "'keys' is missing"),
    ("GET", "secrets/data?keys=NONE", None, 404, "There is no secret 'NONE'"),
    ("DELETE", "secrets?name=NONE", None, 404, "There is no secret 'NONE'"),
    ("DELETE", "secrets?name=../x", None, 400, "invalid or missing name"),
    ("DELETE", "secrets", None, 400, "'name' is missing"),
    ("DELETE", "secrets/none", None, 404, "No such EntityName.SECRET"),
]


async def test_hostile_input(server: InProcess, dh_home: Path) -> None:
    for method, path, body, status, says in HOSTILE:
        answer = await server.ask(method, f"{PROJECT}/{path}", body)
        assert (answer.status, says in answer.body["message"]) == (status, True), (method, path, answer)
        assert "hush" not in json.dumps(answer.body), (method, path)
    assert leaks(dh_home, "hush") == []
    assert (await server.ask("GET", f"{PROJECT}/secrets")).body["content"] == [], "nothing half-made stays"


async def test_runs_that_are_refused(server: InProcess) -> None:
    await server.ask("POST", f"{PROJECT}/functions", function("f", "def f():\n    pass\n"))
    await keep(server)
    near = await run(server, "f", secrets=["TOKN"])
    assert (near.status, near.body["message"]) == (404, "There is no secret 'TOKN'.")
    assert near.body["hint"] == "Did you mean 'TOKEN'? Keep it first: %dh secret TOKN"
    both = await run(server, "f", secrets=["TOKEN"], envs=[{"name": "TOKEN", "value": "x"}])
    assert (both.status, "as a variable and as a secret" in both.body["message"]) == (400, True)
    assert (await server.ask("GET", f"{PROJECT}/runs")).body["content"] == []


async def test_two_kernels_keep_the_same_name_at_once(server: InProcess, dh_home: Path) -> None:
    whole = [letter * 10_000 for letter in "abcdefgh"]
    answers = await asyncio.gather(*(keep(server, value) for value in whole))
    assert {answer.status for answer in answers} == {200}
    assert len((await server.ask("GET", f"{PROJECT}/secrets")).body["content"]) == 1
    assert SecretValues(dh_home).read("default", "TOKEN") in whole


class TestNotGivenOut:
    @pytest.fixture
    def jp_server_config(self, jp_server_config: dict[str, Any]) -> dict[str, Any]:
        jp_server_config["DhExtension"]["secrets_write_only"] = True
        return jp_server_config

    async def test_reading_is_403(self, server: InProcess) -> None:
        await keep(server)
        answer = await server.ask("GET", f"{PROJECT}/secrets/data?keys=TOKEN")
        assert (answer.status, "not given out" in answer.body["message"]) == (403, True)
