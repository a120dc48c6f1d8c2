"""Every route is guarded: this walks the route table of a running server."""

from __future__ import annotations

import re
import warnings
from typing import Any

import pytest
from jupyter_server.auth.identity import User
from jupyter_server.utils import JupyterServerAuthWarning
from tornado.httpclient import HTTPClientError, HTTPRequest
from tornado.web import RequestHandler
from tornado.websocket import WebSocketHandler, websocket_connect

from dh_jupyter.handlers.base import DhHandler
from dh_jupyter.handlers.routes import ROUTES
from dh_jupyter.handlers.stream import StreamSocket
from tests.fixtures.server import TOKEN, InProcess

VERBS = ("GET", "POST", "PUT", "DELETE", "PATCH", "HEAD")
PUBLIC = {
    "/dh/.well-known/configuration",
    "/dh/.well-known/openid-configuration",
    "/dh/auth/token",  # a token in its form is the identity
    "/dh/files/x1/x1",  # a ticket is
    "/dh/health",  # a kubelet has no identity; they say yes or no, and nothing else
    "/dh/ready",
}


def example(pattern: str) -> str:
    """A path that the pattern matches."""
    path = re.sub(r"\(\?:/\(\?P<sub>\.\+\)\)\?", "/a.csv", pattern)
    path = re.sub(r"\(\?P<(?:plural|event)>([a-z]+)[^)]*\)", r"\1", path)
    path = re.sub(r"\(\?P<[a-z]+>\[\^/\]\+\)", "x1", path).replace("(?:/.*)?", "/nowhere").replace("\\.", ".")
    assert re.fullmatch(pattern, path), (pattern, path)
    return path


def verbs_of(handler: type[RequestHandler]) -> list[str]:
    unimplemented = RequestHandler._unimplemented_method
    return [verb for verb in VERBS if getattr(handler, verb.lower()) is not unimplemented]


HTTP = [(example(pattern), handler) for pattern, handler in ROUTES if not issubclass(handler, WebSocketHandler)]
GUARDED = [(verb, path) for path, handler in HTTP if path not in PUBLIC for verb in verbs_of(handler)]


class DenyAll:
    def is_authorized(self, handler: Any, user: User, action: str, resource: str) -> bool:
        assert resource == "dh"
        return False


def test_every_rule_below_dh_is_a_handler_of_ours(server: InProcess) -> None:
    found = [
        rule
        for outer in server.app.web_app.default_router.rules + server.app.web_app.wildcard_router.rules
        for rule in getattr(outer.target, "rules", [outer])
        if getattr(rule.matcher, "regex", None) is not None and rule.matcher.regex.pattern.startswith("/foo/dh")
    ]
    assert len(found) == len(ROUTES)
    for rule in found:
        assert issubclass(rule.target, (DhHandler, StreamSocket)), rule.target


async def test_without_identity_is_401(server: InProcess) -> None:
    for verb, path in GUARDED:
        for token in (None, "wrong"):
            answer = await server.ask(verb, path, token=token)
            assert answer.status == 401, (verb, path, answer)
            assert answer.headers["X-Api-Level"] == "15"
            assert answer.headers["Content-Type"] == "application/json; charset=UTF-8"
            if verb != "HEAD":
                assert answer.body["status"] == 401
                assert TOKEN not in str(answer.body)


async def test_without_the_right_is_403(server: InProcess) -> None:
    server.app.web_app.settings["authorizer"] = DenyAll()
    for verb, path in GUARDED:
        answer = await server.ask(verb, path)
        assert answer.status == 403, (verb, path, answer)
        assert answer.body["errorCode"] == "forbidden"


async def test_each_token_opens_each_route_and_none_fails(server: InProcess) -> None:
    kernel = server.broker.tokens.issue(User(username="ada"), "a kernel")
    for token in (TOKEN, kernel, server.broker.client_token):
        for verb, path in GUARDED:
            answer = await server.ask(verb, path, token=token)
            assert answer.status in (200, 400, 404, 405), (verb, path, answer)
            if answer.status >= 400 and verb != "HEAD":
                assert answer.body["message"], (verb, path)


async def test_the_public_route_needs_nobody(server: InProcess) -> None:
    answer = await server.ask("GET", "/dh/.well-known/configuration", token=None)
    assert answer.status == 200
    assert answer.body["dhcore_endpoint"].endswith("/foo/dh")
    assert "token" not in answer.body


async def test_a_ticket_that_is_none_opens_nothing(server: InProcess) -> None:
    for verb in ("GET", "PUT"):
        assert (await server.ask(verb, "/dh/files/x1/x1", token=None)).status == 403


async def test_tokens_of_ours_open_nothing_else(server: InProcess) -> None:
    kernel = server.broker.tokens.issue(User(username="ada"), "a kernel")
    for token in (kernel, server.broker.client_token):
        for path in ("/api/contents", "/api/kernels", "/api/sessions"):
            assert (await server.ask("GET", path, token=token)).status == 403
    assert (await server.ask("GET", "/api/contents")).status == 200


async def test_a_cookie_needs_the_xsrf_header(server: InProcess) -> None:
    logged_in = await server.ask("GET", "/dh/api/auth")
    cookies = "; ".join(each.split(";")[0] for each in logged_in.headers.get_list("Set-Cookie"))
    page = await server.ask("GET", "/dh/api/auth", token=None, Cookie=cookies)
    assert page.status == 200, "the cookie is an identity"
    project = {"kind": "project", "name": "p1"}
    refused = await server.ask("POST", "/dh/api/v1/projects", project, token=None, Cookie=cookies)
    assert refused.status == 403
    assert "_xsrf" in refused.body["message"]
    both = {"Cookie": f"{cookies}; _xsrf=2|aa|bb|1", "X-XSRFToken": "other"}
    assert (await server.ask("POST", "/dh/api/v1/projects", project, token=None, **both)).status == 403


async def test_the_socket_is_guarded(server: InProcess, jp_http_port: int) -> None:
    address = f"ws://127.0.0.1:{jp_http_port}/foo/dh/api/v1/-/default/runs/x1/stream/ws"

    async def refused(**headers: str) -> int:
        with pytest.raises(HTTPClientError) as caught:
            await websocket_connect(HTTPRequest(address, headers=headers))
        return int(caught.value.code)

    assert await refused() == 401
    assert await refused(Authorization="Bearer wrong") == 401
    assert await refused(Authorization=f"Bearer {TOKEN}") == 404, "there is no such run"
    logged_in = await server.ask("GET", "/dh/api/auth")
    cookies = "; ".join(each.split(";")[0] for each in logged_in.headers.get_list("Set-Cookie"))
    assert await refused(Cookie=cookies, Origin="https://elsewhere.example") == 403
    server.app.web_app.settings["authorizer"] = DenyAll()
    assert await refused(Authorization=f"Bearer {TOKEN}") == 403


def test_jupyter_finds_no_route_of_ours_unguarded(jp_configurable_serverapp: Any) -> None:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", JupyterServerAuthWarning)
        jp_configurable_serverapp()
    assert not [str(each.message) for each in caught if "dh" in str(each.message)]
