"""Core's API beyond entities: YAML, events, extensions, sharing, stale documents, runs that are not executed here."""

from __future__ import annotations

import asyncio
import base64
import sys
import threading
from pathlib import Path
from typing import Any
from urllib.parse import quote

from tests.fixtures.server import TOKEN, InProcess

API = "/dh/api/v1"
PROJECT = f"{API}/-/default"


async def made(server: InProcess, plural: str, **document: Any) -> dict[str, Any]:
    answer = await server.ask("POST", f"{PROJECT}/{plural}", {"spec": {"path": "/data/x"}, **document})
    assert answer.status == 200, answer
    return dict(answer.body)


async def local_run(server: InProcess) -> dict[str, Any]:
    """A run that its client executes."""
    source = {"handler": "f", "base64": base64.b64encode(b"def f(): pass").decode()}
    function = await made(server, "functions", kind="python", name="f", spec={"source": source})
    executable = f"python://default/f:{function['id']}"
    task = await made(server, "tasks", kind="python+job", spec={"function": executable})
    spec = {"task": f"python+job://default/{task['id']}", "function": executable, "local_execution": True}
    return await made(server, "runs", kind="python+job:run", spec=spec)


async def test_a_body_may_be_yaml(server: InProcess) -> None:
    text = b"kind: artifact\nname: a\nmetadata:\n  labels: [x]\n  made: 2026-01-01\nspec:\n  path: /data/a\n"
    kind = {"Content-Type": "application/x-yaml"}
    posted = await server.ask("POST", f"{PROJECT}/artifacts", raw=text, **kind)
    assert (posted.status, posted.body["metadata"]["labels"], posted.body["metadata"]["made"]) == (
        200,
        ["x"],
        "2026-01-01",
    )
    path = f"{PROJECT}/artifacts/{posted.body['id']}"
    changed = await server.ask("PUT", path, raw=b"metadata: {description: d}", **kind)
    assert changed.body["metadata"]["description"] == "d"
    bad = await server.ask("POST", f"{PROJECT}/artifacts", raw=b"a: [", **kind)
    assert (bad.status, "YAML" in bad.body["message"]) == (400, True)


async def test_basic_is_a_token_as_password(server: InProcess) -> None:
    for password, status in ((TOKEN, 200), ("wrong", 401), (server.broker.client_token, 200)):
        basic = base64.b64encode(f"ada:{password}".encode()).decode()
        answer = await server.ask("GET", "/dh/api/auth", token=None, Authorization=f"Basic {basic}")
        assert answer.status == status, password
    assert (await server.ask("GET", "/dh/api/auth", token=None, Authorization="Basic ???")).status == 401


async def test_containerimages_and_other_peoples_kinds(server: InProcess) -> None:
    image = await made(
        server, "containerimages", kind="docker", name="i", spec={"any": {"thing": [None, 1]}}, x={"y": None}
    )
    assert (image["spec"], image["x"]) == ({"any": {"thing": [None, 1]}}, {"y": None}), "untouched"
    path = f"{PROJECT}/containerimages/{image['id']}"
    assert (await server.ask("PUT", path, image)).body["x"] == {"y": None}
    assert (await server.ask("GET", f"{path}/relationships")).body == []
    assert (await server.ask("DELETE", f"{PROJECT}/containerimages?name=i")).body == b""
    assert (await server.ask("GET", path)).body["message"] == "No such EntityName.CONTAINERIMAGE."


async def test_a_project_that_is_not_there_is_not_in_itself(server: InProcess) -> None:
    missed = (await server.ask("GET", "/dh/api/v1/projects/nowhere")).body
    assert (missed["message"], missed["hint"]) == ("No such EntityName.PROJECT.", "There is no project 'nowhere'.")


async def test_events_of_runs(server: InProcess) -> None:
    run = await local_run(server)
    path = f"{PROJECT}/runs/{run['id']}"
    told = [("run", "CREATED"), ("build", "BUILT"), ("build", "BUILT"), ("resume", "BUILT"), ("run", "READY")]
    for event, state in told:
        answer = await server.ask("POST", f"{path}/{event}", {})
        assert (answer.status, answer.body["status"]["state"]) == (200, state), event
    assert (await server.ask("POST", f"{path}/delete", {})).body["status"]["state"] == "DELETING"
    assert (await server.ask("GET", path)).body["message"] == "No such EntityName.RUN."
    assert (await server.ask("POST", f"{path}/build", {})).status == 404


async def test_a_local_run_is_its_clients(server: InProcess) -> None:
    run = await local_run(server)
    path = f"{PROJECT}/runs/{run['id']}"
    assert (run["status"], run["spec"]["local_execution"]) == ({"state": "CREATED"}, True)
    built = {
        **run,
        "spec": {**run["spec"], "parameters": {"n": 1}, "local_execution": False},
        "status": {"state": "BUILT"},
    }
    spec = (await server.ask("PUT", path, built)).body["spec"]
    assert (spec["parameters"], spec["local_execution"]) == ({"n": 1}, True)
    states = [
        ("COMPLETED", "BUILT"),
        ("READY", "READY"),
        ("RUNNING", "RUNNING"),
        ("COMPLETED", "COMPLETED"),
        ("ERROR", "COMPLETED"),
    ]
    for asked, state in states:
        answer = await server.ask("PUT", path, {**built, "status": {"state": asked, "results": {"x": 1}}})
        assert (answer.status, answer.body["status"]["state"]) == (200, state)
    assert answer.body["status"]["results"] == {"x": 1}
    for missing, said in (
        ({"local_execution": True}, "spec: missing task"),
        ({"task": "python+job://default/nope"}, "invalid task"),
        ({"task": "python+job://other/x"}, "project mismatch"),
    ):
        refused = await server.ask(
            "POST", f"{PROJECT}/runs", {"kind": "python+job:run", "spec": {"local_execution": True, **missing}}
        )
        assert (refused.status, refused.body["message"]) == (400, said)


async def test_extensions(server: InProcess) -> None:
    model = await made(server, "models", kind="model", name="m")
    path = f"{PROJECT}/models/{model['id']}/extensions"
    assert (await server.ask("GET", path)).body == []
    assert (await server.ask("PUT", path, [{"kind": "x", "n": None}])).body == [{"kind": "x", "n": None}]
    assert (await server.ask("GET", path)).body == [{"kind": "x", "n": None}]
    assert (await server.ask("PUT", path, {"no": "list"})).status == 400
    assert (await server.ask("PUT", path, ["no object"])).status == 400


async def test_sharing(server: InProcess) -> None:
    path = f"{API}/projects/default/share"
    assert (await server.ask("GET", path)).body == []
    shared = (await server.ask("POST", f"{path}?user=bob@example.org", {})).body
    assert (shared["entity"], shared["entityId"], shared["user"]) == ("project", "default", "bob@example.org")
    assert shared["role"] == "member"
    assert (await server.ask("POST", f"{path}?user=bob@example.org", {})).body == shared, "once"
    assert (await server.ask("GET", path)).body == [shared]
    for wrong in (f"?user={shared['owner']}", "", "?user=%00"):
        assert (await server.ask("POST", path + wrong, {})).status == 400
    assert (await server.ask("DELETE", f"{path}?id=nope")).status == 404
    assert (await server.ask("DELETE", f"{path}?id={shared['id']}&user=bob")).body == b""
    assert (await server.ask("GET", path)).body == []
    assert (await server.ask("GET", f"{API}/projects/nope/share")).status == 404


async def test_a_stale_document_takes_nothing_back(server: InProcess) -> None:
    old = await made(server, "artifacts", kind="artifact", name="a", metadata={"labels": ["mine"]})
    path = f"{PROJECT}/artifacts/{old['id']}"
    first = {
        **old,
        "metadata": {**old["metadata"], "labels": ["mine", "first"]},
        "status": {"state": "READY", "files": [{"path": "f"}]},
    }
    second = {**old, "metadata": {**old["metadata"], "labels": ["mine", "second"], "description": "d"}}
    await asyncio.gather(server.ask("PUT", path, first), server.ask("PUT", path, second))
    both = (await server.ask("GET", path)).body
    assert set(both["metadata"]["labels"]) == {"mine", "first", "second"}
    assert (both["metadata"]["description"], both["status"]) == ("d", {"state": "READY", "files": [{"path": "f"}]})
    less = {**both, "metadata": {**both["metadata"], "labels": ["second"]}}
    assert (await server.ask("PUT", path, less)).body["metadata"]["labels"] == ["second"], "a fresh one replaces"


async def test_every_schema_is_one(server: InProcess) -> None:
    from jsonschema import Draft202012Validator

    for entity in (
        "artifact",
        "dataitem",
        "function",
        "log",
        "model",
        "project",
        "run",
        "secret",
        "task",
        "trigger",
        "workflow",
    ):
        page = (await server.ask("GET", f"{API}/schemas/{entity}?size=1000")).body
        assert page["content"], entity
        for row in page["content"]:
            assert row["id"] == f"{entity.upper()}:{row['kind']}"
            Draft202012Validator.check_schema(row["schema"])
            Draft202012Validator(row["schema"]).is_valid({})  # all that it refers to is there
            one = await server.ask("GET", f"{PROJECT}/schemas/{entity}/{quote(row['kind'])}")
            assert one.body == row
    assert (await server.ask("GET", f"{API}/schemas/nothing")).status == 404
    assert (await server.ask("GET", f"{API}/schemas/function/nothing")).status == 404


async def test_templates_are_files_of_the_home(server: InProcess, dh_home: Path) -> None:
    assert (await server.ask("GET", f"{API}/templates")).body["content"] == []
    folder = dh_home / "templates" / "function"
    folder.mkdir(parents=True)
    (folder / "hello.yaml").write_text("kind: python\nname: hello\nspec: {source: {handler: f}}\n")
    (folder / "broken.yaml").write_text("kind: [")
    (row,) = (await server.ask("GET", f"{API}/templates/function")).body["content"]
    assert (row["type"], row["id"], row["kind"]) == ("function", "hello", "python")
    assert (await server.ask("GET", f"{API}/templates/function/hello")).body == row
    assert (await server.ask("GET", f"{API}/templates/model")).body["empty"] is True
    assert (await server.ask("GET", f"{API}/templates/function/nope")).status == 404


async def test_what_the_sdk_could_not_read_is_refused(server: InProcess) -> None:
    cases = [
        ("models", {"kind": "sklearn", "name": "m"}, "missing spec"),
        ("models", {"kind": "sklearn", "name": "m", "spec": {}}, "'path' is a required property"),
        ("artifacts", {"kind": "artifact", "name": "a"}, "missing spec"),
        ("functions", {"kind": "dbt", "name": "f", "spec": {"source": None}}, "'source' is a required property"),
        ("functions", {"kind": "dbt", "name": "a/b", "spec": {"source": {}}}, "invalid or missing name"),
        ("functions", {"kind": "dbt", "name": "a:b", "spec": {"source": {}}}, "invalid or missing name"),
        ("functions", {"kind": "dbt", "name": "größe", "spec": {"source": {}}}, "Allowed are a-z, A-Z, 0-9 and"),
        ("functions", {"kind": "d b", "name": "f"}, "invalid kind"),
        ("artifacts", {"kind": "artifact", "name": "a", "id": "a/b", "spec": {"path": "x"}}, "invalid id"),
        ("artifacts", {"kind": "artifact", "name": "a", "project": "other", "spec": {"path": "x"}}, "invalid project"),
        ("tasks", {"kind": "python+job", "spec": {"function": "python://default/f:nope"}}, "invalid executable entity"),
        ("tasks", {"kind": "python+job", "spec": {"function": "python://other/f:1"}}, "invalid executable entity"),
        ("tasks", {"kind": "x+job", "spec": {"resources": {"cpu": "0.5"}}}, "digits and a unit, e.g. 2, 8Gi"),
        ("tasks", {"kind": "python+job", "spec": {"function": ["x"]}}, "invalid executable entity"),
        ("secrets", {"kind": "secret", "name": "s", "spec": {"path": "secret://t"}}, "invalid or missing path in spec"),
    ]
    for plural, document, said in cases:
        answer = await server.ask("POST", f"{PROJECT}/{plural}", document)
        assert (answer.status, said in str(answer.body)) == (400, True), (document, answer)
    elsewhere = await server.ask("POST", f"{API}/-/nope/models", {"kind": "x", "name": "m"})
    assert (elsewhere.status, elsewhere.body["message"]) == (400, "invalid or missing project")
    assert (await server.ask("GET", f"{PROJECT}/models?size=1001")).body["message"] == "max page size exceeded"


async def test_logs_by_themselves(server: InProcess) -> None:
    run = await local_run(server)
    path, ident = f"{PROJECT}/logs", f"{run['id']}-main"
    for query in ("", f"?run={run['id']}", f"?user={run['user']}"):
        (log,) = (await server.ask("GET", path + query)).body["content"]
        assert (log["id"], log["spec"]["run"], log["content"]) == (ident, run["id"], "")
    assert (await server.ask("GET", f"{path}?run=nope")).body["content"] == []
    assert (await server.ask("GET", f"{path}?user=nobody")).body["content"] == []
    assert (await server.ask("GET", f"{path}/{ident}")).body == log
    assert (await server.ask("DELETE", f"{path}/{ident}")).body == b""
    assert (await server.ask("GET", f"{path}/nope-main")).body["message"] == "No such EntityName.LOG."
    assert (await server.ask("DELETE", f"{path}/nope")).status == 404


def nulls(part: Any, path: str = "$") -> list[str]:
    """Where a document says null."""
    if isinstance(part, dict):
        return [each for name, value in part.items() for each in nulls(value, f"{path}.{name}")]
    if isinstance(part, list):
        return [each for number, value in enumerate(part) for each in nulls(value, f"{path}[{number}]")]
    return [path] if part is None else []


async def test_nulls_are_left_out(server: InProcess) -> None:
    """The public SDK raises on a null in the envelope; what lies deeper is the user's, and stays."""
    no_metadata = {"labels": None, "relationships": None, "description": None, "embedded": None, "version": None}
    empty = {"project": None, "id": None, "key": None, "user": None, "extensions": None, "status": None}
    posted = {"kind": "table", "name": "t", **empty, "metadata": no_metadata, "spec": {"path": "/x", "schema": None}}
    made = (await server.ask("POST", f"{PROJECT}/dataitems", posted)).body
    path = f"{PROJECT}/dataitems/{made['id']}"
    again = (await server.ask("PUT", path, {**made, **empty, "metadata": None, "spec": None})).body
    status = {"state": None, "message": None, "preview": None}
    third = (await server.ask("PUT", path, {**made, "metadata": no_metadata, "status": status})).body
    listed = (await server.ask("GET", f"{PROJECT}/dataitems")).body
    for answer in (made, again, third, listed, (await server.ask("GET", f"{API}/projects/default")).body):
        assert nulls(answer) == []
    mine = {"path": "/x", "any": {"thing": None, "list": [None]}}
    model = (
        await server.ask("POST", f"{PROJECT}/models", {"kind": "model", "name": "m", "metadata": None, "spec": mine})
    ).body
    assert nulls(model) == ["$.spec.any.thing", "$.spec.any.list[0]"]
    project = {"kind": "project", "name": "p", "metadata": None, "spec": None, "status": None}
    assert nulls((await server.ask("POST", f"{API}/projects", project)).body) == []


async def test_ids_and_names(server: InProcess) -> None:
    made = await made_artifact(server, name="a")
    assert (len(made["id"]), int(made["id"], 16) > 0, made["id"].lower()) == (32, True, made["id"]), "what we mint"
    for name in ("A.b_c+d-e", "0", "x" * 256):
        for ident in ("A_b.C+d-1", None):
            given = await made_artifact(server, name=name, **({"id": f"{ident}{len(name)}{name[0]}"} if ident else {}))
            assert given["key"] == f"store://default/artifact/artifact/{name}:{given['id']}"
            found = await server.ask("GET", f"{PROJECT}/artifacts/{quote(given['id'], safe='')}")
            assert found.body == given
    for name in ("a/b", "a:b", "a@b", "", "x" * 257, "ä", "a b", "a\n", None, 5, ["a"]):
        answer = await server.ask(
            "POST", f"{PROJECT}/artifacts", {"kind": "artifact", "name": name, "spec": {"path": "/x"}}
        )
        assert answer.status == 400, name
    for name in ("Demo", "a_b", "x" * 39, "-/-", ".."):
        assert (await server.ask("POST", f"{API}/projects", {"kind": "project", "name": name})).status == 400, name
    other = await server.ask("POST", f"{API}/projects", {"kind": "project", "name": "p", "id": "q"})
    assert (other.status, other.body["message"]) == (400, "project id must match name")


async def made_artifact(server: InProcess, **document: Any) -> dict[str, Any]:
    return await made(server, "artifacts", kind="artifact", **document)


async def test_two_at_once_with_one_id(server: InProcess) -> None:
    document = {"kind": "artifact", "name": "a", "id": "a" * 32, "spec": {"path": "/x"}}
    answers = await asyncio.gather(*(server.ask("POST", f"{PROJECT}/artifacts", document) for _ in range(8)))
    assert sorted(each.status for each in answers) == [200] + [400] * 7
    assert all("Duplicated entity artifact:" in each.body["message"] for each in answers if each.status == 400)


async def test_a_list_of_no_project_is_not_empty(server: InProcess) -> None:
    for plural in ("artifacts", "runs", "tasks", "secrets"):
        answer = await server.ask("GET", f"{API}/-/nope/{plural}")
        assert (answer.status, answer.body["message"]) == (404, "No such EntityName.PROJECT.")
    assert (await server.ask("GET", f"{API}/users/me/projects")).body["content"][0]["name"] == "default"


async def test_where_tokens_are_exchanged_is_public(server: InProcess) -> None:
    answer = (await server.ask("GET", "/dh/.well-known/openid-configuration", token=None)).body
    assert answer["token_endpoint"] == f"{answer['issuer']}/auth/token"


async def test_a_run_is_deleted_in_any_state(server: InProcess) -> None:
    """Core's clients need not stop it first; ours are told to. Its process ends, and nothing of it stays."""
    code = b"import threading\n\ndef wait():\n    print('up', flush=True)\n    threading.Event().wait()\n"
    source = {"handler": "wait", "base64": base64.b64encode(code).decode()}
    spec = {"source": source, "python_version": "PYTHON{}_{}".format(*sys.version_info)}
    await made(server, "functions", kind="python", name="wait", spec=spec)
    run = await made(server, "runs", kind="python+job:run", spec={"function": "function/wait"})
    path, runs = f"{PROJECT}/runs/{run['id']}", server.broker.runs
    refused = await server.ask("DELETE", path, **{"X-Dh-Client": "0.1.0"})
    assert (refused.status, "has not ended" in refused.body["message"]) == (400, True)
    over = threading.Event()
    forget = runs.observe.forget
    runs.observe.forget = lambda project, ident: (forget(project, ident), over.set())
    deleted = await server.ask("DELETE", path)
    assert (deleted.status, deleted.body["status"]["state"]) == (200, "DELETING")
    assert (await server.ask("GET", path)).status == 404
    assert await server.broker.call(over.wait, 120)
    assert not (server.broker.home / "runs" / "default" / run["id"]).exists()
