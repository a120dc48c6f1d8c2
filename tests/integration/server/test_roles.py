"""Roles of a project, over HTTP: who may do what, on every route, and through references from other projects."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from jupyter_server.auth.identity import IdentityProvider, User
from tornado.web import RequestHandler
from tornado.websocket import WebSocketHandler

from dh_jupyter.handlers.routes import ROUTES
from dh_jupyter.handlers.tools import pass_on
from dh_jupyter.tools import TOOLS
from tests.contract.routes.test_guard import example, verbs_of
from tests.fixtures.server import InProcess

API = "/dh/api/v1"
VERBS_THAT_READ = {"GET", "HEAD"}
READ_BY_POST = ("/runs/stream", "/files/download")
OF_MEMBERS = ("/secrets/data",)


class Named(IdentityProvider):
    """One that knows its users by name."""


@pytest.fixture
def jp_server_config(jp_server_config: dict[str, Any]) -> dict[str, Any]:
    jp_server_config["ServerApp"]["identity_provider_class"] = Named
    jp_server_config["Named"] = jp_server_config.pop("IdentityProvider")
    jp_server_config["DhExtension"] |= {"project_roles": True, "project_admins": ["root-of-all"]}
    return jp_server_config


class People:
    """Requests by name. Before the first, ada has made the project `demo` and shared it with a viewer, a member and an admin."""

    def __init__(self, server: InProcess) -> None:
        self._server = server
        self._tokens: dict[str, str] = {}

    async def ask(self, who: str, verb: str, path: str, body: Any = None) -> Any:
        if not self._tokens:
            assert (
                await self._ask("ada", "POST", f"{API}/projects", {"kind": "project", "name": "demo"})
            ).status == 200
            for role in ("viewer", "member", "admin"):
                answer = await self._ask("ada", "POST", f"{API}/projects/demo/share?user={role}&role={role}", {})
                assert (answer.status, answer.body["role"]) == (200, role)
        return await self._ask(who, verb, path, body)

    async def _ask(self, who: str, verb: str, path: str, body: Any) -> Any:
        if who not in self._tokens:
            self._tokens[who] = self._server.broker.tokens.issue(User(username=who), "a kernel")
        return await self._server.ask(verb, path, body, token=self._tokens[who])


@pytest.fixture
def people(server: InProcess) -> People:
    return People(server)


async def made(people: People, who: str, path: str, **document: Any) -> Any:
    answer = await people.ask(who, "POST", path, {"spec": {}, **document})
    assert answer.status == 200, answer.body
    return answer.body


def routes() -> list[tuple[str, str, str]]:
    """(verb, path, pattern) of every route of a project."""
    http = [(pattern, handler) for pattern, handler in ROUTES if not issubclass(handler, WebSocketHandler)]
    return [
        (verb, example(pattern).replace("/-/x1", "/-/demo").replace("/projects/x1", "/projects/demo"), pattern)
        for pattern, handler in http
        if "(?P<project>" in pattern
        for verb in verbs_of(handler)
    ]


def needs(verb: str, path: str, handler: type[RequestHandler] | None = None) -> str:
    """The least role that a request needs, written down here once more."""
    if path.endswith("/share") and verb != "GET":
        return "admin"
    if path == f"{API}/projects/demo" and verb == "DELETE":
        return "admin"
    if path.endswith("/audit"):
        return "admin"
    if path.endswith(OF_MEMBERS):
        return "member"
    reads = verb in VERBS_THAT_READ or (verb == "POST" and path.endswith(READ_BY_POST))
    return "viewer" if reads else "member"


async def test_every_route_asks_for_its_role(people: People) -> None:
    order = ["stranger", "viewer", "member", "admin"]
    tried = sorted(routes(), key=lambda each: (each[0] == "DELETE", each[1] == f"{API}/projects/demo"))
    assert len(tried) > 80
    for verb, path, _ in tried:
        least = order.index(needs(verb, path))
        for who in order[:least]:
            answer = await people.ask(who, verb, path)
            assert answer.status == 403, (who, verb, path, answer)
        answer = await people.ask(order[least], verb, path)
        assert answer.status in (200, 400, 404, 405), (order[least], verb, path, answer)
        if (verb, path) == ("DELETE", f"{API}/projects/demo"):
            return
    raise AssertionError("the project's own DELETE comes last")


async def test_a_refusal_says_what_is_missing_and_who_can_help(people: People) -> None:
    answer = await people.ask("viewer", "POST", f"{API}/-/demo/artifacts", {"kind": "artifact", "name": "a"})
    assert answer.body["message"] == "This needs the role member in project 'demo', and 'viewer' is viewer of it."
    assert answer.body["hint"] == "Ask for it: ada, admin."
    stranger = await people.ask("eve", "GET", f"{API}/projects/demo")
    assert stranger.body["message"] == "This needs the role viewer in project 'demo', and 'eve' has no role in it."
    assert (await people.ask("eve", "GET", f"{API}/projects/none")).status == 404, (
        "as for everybody: the SDK then makes it"
    )


async def test_lists_show_what_one_may_see(people: People) -> None:
    await made(people, "eve", f"{API}/projects", kind="project", name="own")
    await made(people, "ada", f"{API}/-/demo/artifacts", kind="artifact", name="of-ada", spec={"path": "s3://x/y"})
    await made(people, "eve", f"{API}/-/own/artifacts", kind="artifact", name="of-eve", spec={"path": "s3://x/y"})

    async def names(who: str, path: str) -> list[str]:
        return sorted(each["name"] for each in (await people.ask(who, "GET", API + path)).body["content"])

    assert await names("eve", "/projects") == await names("eve", "/users/me/projects") == ["own"]
    assert await names("viewer", "/projects") == ["demo"]
    assert await names("nobody", "/projects") == []
    assert await names("eve", "/artifacts") == ["of-eve"]
    assert await names("root-of-all", "/artifacts") == ["of-ada", "of-eve"]
    assert await names("root-of-all", "/projects") == ["default", "demo", "own"]


async def test_a_reference_leads_only_where_one_may_read(people: People) -> None:
    made_by_ada = {"kind": "artifact", "name": "plan", "spec": {"path": "s3://x/y"}}
    await made(people, "ada", f"{API}/-/demo/artifacts", **made_by_ada)
    await made(people, "eve", f"{API}/projects", kind="project", name="own")
    path = f"{API}/-/own/resolve?ref=demo:artifact/plan"
    assert (await people.ask("eve", "GET", path)).status == 403
    await people.ask("ada", "POST", f"{API}/projects/demo/share?user=eve&role=viewer", {})
    assert (await people.ask("eve", "GET", path)).body["name"] == "plan"

    function = {"kind": "python", "name": "f", "spec": {"source": {"base64": "ZGVmIGYoYSk6IHBhc3M=", "handler": "f"}}}
    await made(people, "eve", f"{API}/-/own/functions", **function)
    run = {"kind": "python+job:run", "spec": {"function": "function/f", "inputs": {"a": "demo:artifact/plan"}}}
    await people.ask("ada", "DELETE", f"{API}/projects/demo/share?id={await share_of(people, 'eve')}")
    refused = await people.ask("eve", "POST", f"{API}/-/own/runs", run)
    assert refused.status == 403
    assert "project 'demo'" in refused.body["message"]
    assert (await people.ask("eve", "GET", f"{API}/-/own/runs")).body["content"] == [], "nothing was stored"


async def share_of(people: People, user: str) -> str:
    shared = (await people.ask("ada", "GET", f"{API}/projects/demo/share")).body
    return str(next(each["id"] for each in shared if each["user"] == user))


async def test_a_role_is_changed_and_taken_back(people: People) -> None:
    path = f"{API}/-/demo/artifacts"
    document = {"kind": "artifact", "name": "a", "spec": {"path": "s3://x/y"}}
    await people.ask("ada", "POST", f"{API}/projects/demo/share?user=viewer&role=member", {})
    assert (await people.ask("viewer", "POST", path, document)).status == 200
    await people.ask("admin", "DELETE", f"{API}/projects/demo/share?id={await share_of(people, 'viewer')}")
    assert (await people.ask("viewer", "GET", path)).status == 403
    wrong = await people.ask("ada", "POST", f"{API}/projects/demo/share?user=bob&role=owner", {})
    assert (wrong.status, wrong.body["hint"]) == (400, "There is: admin, member, viewer.")
    everybody = await people.ask("ada", "POST", f"{API}/projects/demo/share?user=*&role=viewer", {})
    assert everybody.status == 200
    assert (await people.ask("someone", "GET", path)).status == 200
    assert (await people.ask("someone", "POST", path, document)).status == 403


async def test_files_are_applied_by_members(people: People) -> None:
    text = "kind: artifact\nname: plan\nspec: {path: s3://x/y}\n"
    asked = {"files": [{"path": "a.yaml", "text": text}], "current": "demo"}
    answers = [(await people.ask(who, "POST", f"{API}/apply", {**asked, "do": do})).status
               for who in ("eve", "viewer", "member") for do in (False, True)]  # fmt: skip
    assert answers == [403, 403, 200, 403, 200, 200]


async def test_who_am_i_tells_my_roles(people: People) -> None:
    assert (await people.ask("viewer", "GET", "/dh/api/auth")).body["roles"] == ["ROLE_USER", "demo:ROLE_VIEWER"]
    assert (await people.ask("ada", "GET", "/dh/api/auth")).body["roles"] == ["ROLE_USER", "demo:ROLE_ADMIN"]
    assert "ROLE_ADMIN" in (await people.ask("root-of-all", "GET", "/dh/api/auth")).body["roles"]


async def test_a_trigger_reads_no_more_than_who_made_it(people: People, server: InProcess) -> None:
    await made(people, "ada", f"{API}/-/demo/artifacts", kind="artifact", name="plan", spec={"path": "s3://x/y"})
    await made(people, "eve", f"{API}/projects", kind="project", name="own")
    source = {"base64": "ZGVmIGYoYSk6IHBhc3M=", "handler": "f"}
    function = await made(people, "eve", f"{API}/-/own/functions", kind="python", name="f", spec={"source": source})
    where = {"function": f"python://own/f:{function['id']}"}
    task = await made(people, "eve", f"{API}/-/own/tasks", kind="python+job", spec=where)
    key = f"python+job://own/{task['id']}"
    template = {"inputs": {"a": "demo:artifact/plan"}}
    spec = {**where, "task": key, "schedule": "0 0 1 1 *", "template": template}
    trigger = await made(people, "eve", f"{API}/-/own/triggers", kind="scheduler", name="t", spec=spec)
    run = {"kind": "python+job:run", "spec": {"task": key, **where, **template}}
    with pytest.raises(Exception, match="project 'demo'"):
        await server.broker.call(server.broker._create_run, "own", run, trigger["user"])


async def test_credentials_are_for_where_one_may_write(people: People, server: InProcess) -> None:
    assert (await people.ask("eve", "GET", f"{API}/projects")).body["content"] == []
    assert server.broker.writable("ada") == {"demo"}
    assert server.broker.writable("member") == {"demo"}
    assert server.broker.writable("viewer") == server.broker.writable("eve") == frozenset()
    assert server.broker.writable("root-of-all") is None


async def test_the_stream_of_a_run_is_guarded_as_the_run_is(
    people: People, server: InProcess, jp_http_port: int
) -> None:
    from tornado.httpclient import HTTPClientError, HTTPRequest
    from tornado.websocket import websocket_connect

    address = f"ws://127.0.0.1:{jp_http_port}/foo{API}/-/demo/runs/x1/stream/ws"
    for who, status in (("eve", 403), ("viewer", 404)):
        await people.ask(who, "GET", f"{API}/projects")
        headers = {"Authorization": f"Bearer {people._tokens[who]}"}
        with pytest.raises(HTTPClientError) as caught:
            await websocket_connect(HTTPRequest(address, headers=headers))
        assert caught.value.code == status, who


async def test_tools_that_show_all_projects_are_opened_by_administrators_of_all(
    people: People, server: InProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    pass_on(server.app.web_app, server.base)
    for name, tool in list(TOOLS.items()):
        broken = dataclasses.replace(tool, command=lambda place: ["sh", "-c", "echo it was begun; exit 3"])
        monkeypatch.setitem(TOOLS, name, broken)
        for method, path in (("POST", f"{API}/-/demo/tools/{name}"), ("GET", f"/dh-tools/{name}/")):
            for who in ("viewer", "member", "admin", "ada", "eve"):
                answer = await people.ask(who, method, path)
                assert answer.status == 403, (who, path, answer)
            allowed = await people.ask("root-of-all", method, path)
            assert (allowed.status, "it was begun" in str(allowed.body)) == (503, True), (path, allowed)
    refused = await people.ask("admin", "POST", f"{API}/-/demo/tools/mlflow")
    assert refused.body["message"] == "This tool shows all projects, and here each has its own members."
