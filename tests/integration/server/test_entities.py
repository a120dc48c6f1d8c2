"""The catalogue over HTTP: Core's texts and shapes, and ours."""

from __future__ import annotations

import json
import stat
from typing import Any

from jupyter_server.auth.identity import User

from tests.fixtures.server import InProcess

PROJECT = "/dh/api/v1/-/default"
NO_PARAMETERS = {"type": "object", "properties": {}, "required": [], "additionalProperties": False}


def table(name: str, ident: str | None = None, **metadata: Any) -> dict[str, Any]:
    document = {"kind": "table", "name": name, "metadata": metadata, "spec": {"path": f"/data/{name}.parquet"}}
    return {**document, "id": ident} if ident else document


async def test_core_texts(server: InProcess) -> None:
    missing = await server.ask("GET", f"{PROJECT}/dataitems/{'0' * 32}")
    assert (missing.status, missing.body["message"][:26]) == (404, "No such EntityName.DATAITE")
    assert (await server.ask("GET", "/dh/api/v1/projects/nope")).status == 404
    made = await server.ask("POST", f"{PROJECT}/dataitems", table("t", "a" * 32))
    assert made.status == 200
    assert made.body["user"] == server.broker.call.__self__.catalogue.get("default", "dataitem", "a" * 32)["user"]
    again = await server.ask("POST", f"{PROJECT}/dataitems", table("t", "a" * 32))
    assert (again.status, "Duplicated entity" in again.body["message"]) == (400, True)
    kept = await server.ask("POST", f"{PROJECT}/dataitems?on_duplicate=keep", table("t", "a" * 32))
    assert (kept.status, kept.headers["X-Dh-Existing"]) == (200, "true")
    assert "X-Dh-Existing" not in made.headers
    assert "null" not in json.dumps(made.body)
    elsewhere = await server.ask("POST", "/dh/api/v1/-/nope/dataitems", table("t"))
    assert elsewhere.status in (400, 404)


async def test_lists_pages_and_names(server: InProcess) -> None:
    for number in range(3):
        await server.ask(
            "POST", f"{PROJECT}/dataitems", table(f"t{number}", labels=["even"] if number % 2 == 0 else [])
        )
    page = (await server.ask("GET", f"{PROJECT}/dataitems?size=2&sort=name,ASC")).body
    assert [each["name"] for each in page["content"]] == ["t0", "t1"]
    assert (page["totalElements"], page["totalPages"], page["last"]) == (3, 2, False)
    even = (await server.ask("GET", f"{PROJECT}/dataitems?labels=even&sort=name,DESC")).body["content"]
    assert [each["name"] for each in even] == ["t2", "t0"]
    assert (await server.ask("GET", f"{PROJECT}/labels?label=e")).body["content"][0]["label"] == "even"
    found = await server.ask("GET", f"{PROJECT}/resolve?ref=dataset/t1")
    assert found.body["name"] == "t1"
    near = await server.ask("GET", f"{PROJECT}/resolve?ref=dataset/t9")
    assert near.status == 404
    assert near.body["hint"]


async def test_kinds_of_ours_are_for_clients_of_ours(server: InProcess) -> None:
    spec = {"source": {"path": "n.ipynb", "base64": "e30="}, "parameters": NO_PARAMETERS, "any": {"field": 1}}
    await server.ask("POST", f"{PROJECT}/functions", {"kind": "notebook", "name": "n", "spec": spec})
    assert (await server.ask("GET", f"{PROJECT}/functions")).body["content"] == []
    (found,) = (await server.ask("GET", f"{PROJECT}/functions", **{"X-Dh-Client": "0.1.0"})).body["content"]
    assert found["spec"] == spec, "other people's fields are kept"
    assert (await server.ask("GET", f"{PROJECT}/functions?kinds=all")).body["totalElements"] == 1


async def test_change_alias_delete(server: InProcess) -> None:
    made = (await server.ask("POST", f"{PROJECT}/models", {"kind": "model", "name": "m", "spec": {"path": "/x"}})).body
    path = f"{PROJECT}/models/{made['id']}"
    changed = {**made, "metadata": {**made["metadata"], "description": "better"}}
    assert (await server.ask("PUT", path, changed)).body["metadata"]["description"] == "better"
    await server.ask("PUT", f"{path}/aliases/champion", {"note": "why"})
    (alias,) = (await server.ask("GET", f"{path}/aliases")).body
    assert (alias["alias"], alias["note"]) == ("champion", "why")
    assert (await server.ask("GET", f"{PROJECT}/resolve?ref=model/m@champion")).body["id"] == made["id"]
    assert (await server.ask("DELETE", f"{path}/aliases/champion")).body == b""
    info = [{"path": "model.pkl", "name": "model.pkl", "size": 3}]
    assert (await server.ask("PUT", f"{path}/files/info", info)).body == b""
    assert (await server.ask("GET", f"{path}/files/info")).body == info
    assert (await server.ask("GET", f"{path}/relationships")).body == []
    gone = await server.ask("DELETE", f"{path}?cascade=true")
    assert (gone.status, gone.body) == (200, b"")
    assert (await server.ask("GET", path)).status == 404
    assert (await server.ask("DELETE", f"{PROJECT}/models?name=none")).status == 200
    assert (await server.ask("DELETE", f"{PROJECT}/models")).status == 400


async def test_deleting_keeps_files_that_others_have(server: InProcess) -> None:
    await server.ask("GET", "/dh/api/auth")
    shared = server.broker.store / "default" / "artifact" / "shared.txt"
    shared.parent.mkdir(parents=True)
    shared.write_text("x")
    ids = []
    for name in ("one", "two"):
        posted = {"kind": "artifact", "name": name, "spec": {"path": str(shared)}}
        ids.append((await server.ask("POST", f"{PROJECT}/artifacts", posted)).body["id"])
    await server.ask("DELETE", f"{PROJECT}/artifacts/{ids[0]}?cascade=true")
    assert shared.exists()
    await server.ask("DELETE", f"{PROJECT}/artifacts/{ids[1]}?cascade=true")
    assert not shared.exists()


async def test_a_deleted_project_takes_its_files_along(server: InProcess) -> None:
    await server.ask("POST", "/dh/api/v1/projects", {"kind": "project", "name": "gone"})
    files = [server.broker.store / "gone" / "artifact" / name for name in ("one.txt", "two.txt")]
    files[0].parent.mkdir(parents=True)
    for file in files:
        file.write_text("x")
        posted = {"kind": "artifact", "name": file.stem, "spec": {"path": str(file)}}
        assert (await server.ask("POST", "/dh/api/v1/-/gone/artifacts", posted)).status == 200
    assert (await server.ask("PUT", "/dh/api/v1/-/gone/secrets/data", {"TOKEN": "value"})).status == 200
    gone = await server.ask("DELETE", "/dh/api/v1/projects/gone?cascade=true")
    assert (gone.status, gone.body) == (200, b"")
    assert [file.exists() for file in files] == [False, False]
    assert not (server.broker.home / "secrets" / "gone").exists()


async def test_changes_are_told_on_the_bus_with_ids_only(server: InProcess) -> None:
    heard: list[Any] = []

    async def listen(logger: Any, schema_id: str, data: dict[str, Any]) -> None:
        heard.append((schema_id, data))

    server.app.event_logger.add_listener(listener=listen)
    made = (await server.ask("POST", f"{PROJECT}/dataitems", table("told", description="hidden"))).body
    await server.ask("GET", f"{PROJECT}/dataitems/{made['id']}")
    schema_id, data = next(each for each in heard if each[1].get("id") == made["id"])
    assert schema_id.endswith("/dh_jupyter/entities/v1")
    assert "hidden" not in str(data)
    assert {word: data[word] for word in ("action", "type", "project")} == {
        "action": "created",
        "type": "dataitem",
        "project": "default",
    }


async def test_the_home_and_its_address(server: InProcess) -> None:
    await server.ask("GET", f"{PROJECT}/runs")
    home = server.broker.home
    written = json.loads((home / "broker.json").read_text())
    assert stat.S_IMODE(home.stat().st_mode) == 0o700
    assert stat.S_IMODE((home / "broker.json").stat().st_mode) == 0o600
    assert set(written) == {"url", "token", "pid", "version", "home"}
    assert written["url"].endswith("/foo/")
    assert (await server.ask("GET", "/dh/api/auth", token=written["token"])).status == 200
    await server.broker.close()
    assert not (home / "broker.json").exists()
    assert (await server.ask("GET", f"{PROJECT}/runs")).status == 503


async def test_a_kernels_work_is_its_owners(server: InProcess) -> None:
    token = server.broker.tokens.issue(User(username="ada"), "a kernel")
    server.app.web_app.settings["identity_provider"].__class__ = type(
        "Named", (type(server.app.identity_provider),), {}
    )  # a provider that knows names
    made = await server.ask("POST", f"{PROJECT}/dataitems", table("hers"), token=token)
    assert made.body["user"] == "ada"
    server.broker.tokens.revoke(token)
    assert (await server.ask("GET", "/dh/api/auth", token=token)).status == 401


async def test_doctor_and_catch_all(server: InProcess) -> None:
    rows = (await server.ask("GET", "/dh/api/doctor")).body
    assert {"server", "home", "catalogue", "tracking"} <= {row["what"] for row in rows}
    assert all(set(row) == {"what", "ok", "detail"} for row in rows)
    for verb, status in (("GET", 404), ("POST", 404), ("DELETE", 404)):
        assert (await server.ask(verb, "/dh/nowhere")).status == status
    wrong = await server.ask("PUT", "/dh/api/doctor")
    assert (wrong.status, wrong.body["status"]) == (405, 405)


async def test_a_list_is_created_as_a_whole_or_not_at_all(server: InProcess) -> None:
    path = f"{PROJECT}/dataitems"
    made = await server.ask("POST", path, [table("t"), table("t"), table("u", "b" * 32)])
    assert made.status == 200
    assert [(each["name"], each["metadata"]["version_number"]) for each in made.body] == [("t", 1), ("t", 2), ("u", 1)]
    assert (await server.ask("GET", f"{PROJECT}/resolve?ref=dataset/t")).body["id"] == made.body[1]["id"]
    refused = await server.ask("POST", path, [table("v"), {**table("w"), "metadata": 3}])
    assert (refused.status, refused.body["message"][:4]) == (400, "[1]:")
    again = await server.ask("POST", path, [table("v"), table("u", "b" * 32)])
    assert (again.status, "Duplicated entity" in again.body["message"]) == (400, True)
    assert (await server.ask("GET", f"{path}?name=v")).body["totalElements"] == 0
    kept = await server.ask("POST", f"{path}?on_duplicate=keep", [table("u", "b" * 32), made.body[0]])
    assert (kept.status, kept.headers["X-Dh-Existing"]) == (200, "true")
    for wrong in ([], [1], [table("x")] * 1001, "text", 7):
        assert (await server.ask("POST", path, wrong)).status == 400, wrong
    runs = await server.ask("POST", f"{PROJECT}/runs", [{"kind": "python+job:run"}])
    assert (runs.status, runs.body["message"]) == (400, "The body must be a JSON object.")
