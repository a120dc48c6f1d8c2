"""Personal access tokens: made once, good on any client, kept over a restart, gone when they are deleted."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from dh_jupyter.personal import FILE, PersonalTokens
from dh_jupyter.tokens import Tokens
from tests.fixtures.server import InProcess

PATH = "/dh/api/v1/tokens/personal"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


async def exchanged(server: InProcess, token: str) -> Any:
    """As the public SDK does before its first request."""
    form = {
        "client_id": "x",
        "subject_token": token,
        "subject_token_type": "urn:ietf:params:oauth:token-type:pat",
        "grant_type": "urn:ietf:params:oauth:grant-type:token-exchange",
        "scope": "credentials",
    }
    return await server.ask("POST", "/dh/auth/token", token=None, raw=urlencode(form).encode(), **FORM)


async def test_a_token_that_a_person_keeps(server: InProcess, dh_home: Path) -> None:
    made = (await server.ask("POST", PATH, {"name": "nightly", "days": 30})).body
    token = made.pop("token")
    assert (await server.ask("GET", PATH)).body == [made]
    assert made["expiresAt"] > made["issuedAt"]
    assert (await server.ask("GET", "/dh/api/auth", token=token)).body["username"] == made["user"]
    assert (await server.ask("GET", "/api/contents", token=token)).status == 403, "of our routes alone"
    file = dh_home / FILE
    assert (file.stat().st_mode & 0o777, token in file.read_text()) == (0o600, False)

    assert PersonalTokens(dh_home, again := Tokens()).of(made["user"]) == [made], "after a restart"
    assert again.holder(token) is not None

    answer = (await exchanged(server, token)).body
    assert (await server.ask("GET", "/dh/api/auth", token=answer["access_token"])).status == 200
    for of_ours in (token, answer["access_token"], answer["refresh_token"]):
        assert (await server.ask("POST", PATH, {"name": "more"}, token=of_ours)).status == 403, "it makes no others"

    assert (await server.ask("DELETE", f"{PATH}/{made['id']}")).body == b""
    for gone in (token, answer["access_token"]):
        assert (await server.ask("GET", "/dh/api/auth", token=gone)).status == 401, "nothing of it lives longer"
    assert (await exchanged(server, answer["refresh_token"])).status == 401
    assert (await server.ask("DELETE", f"{PATH}/{made['id']}")).status == 404
    assert PersonalTokens(dh_home, Tokens()).of(made["user"]) == []


@pytest.mark.parametrize("body", [{}, {"name": ""}, {"name": 1}, {"name": "a", "days": 0}, {"name": "a", "days": True},
                                  {"name": "a", "days": "x"}, {"name": "a\n"}, {"name": "a", "days": 1e9}])  # fmt: skip
async def test_what_is_no_token(server: InProcess, body: Any) -> None:
    assert (await server.ask("POST", PATH, body)).status == 400


def test_another_users_and_a_damaged_file(tmp_path: Path) -> None:
    tokens = PersonalTokens(tmp_path, Tokens())
    made = tokens.make("ada", "x", None)
    assert tokens.of("bob") == []
    with pytest.raises(Exception, match="You have no token"):
        tokens.delete("bob", made["id"])
    rows = json.loads((tmp_path / FILE).read_text())
    (tmp_path / FILE).write_text(json.dumps([{**rows[0], "ends": 1.0}]))
    known = Tokens()
    assert (PersonalTokens(tmp_path, known).of("ada"), known.holder(made["token"])) == ([], None), "it has ended"
    (tmp_path / FILE).write_text("{")
    assert PersonalTokens(tmp_path, Tokens()).of("ada") == []
