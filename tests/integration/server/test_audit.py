"""What was done over the API, and by whom, can be asked for; nothing secret is in it."""

from __future__ import annotations

from typing import Any

import pytest
from jupyter_server.auth.identity import User

from dh_jupyter.access.audit import AuditLog, shown_path
from tests.fixtures.server import InProcess

API = "/dh/api/v1"
PROJECT = f"{API}/-/default"


async def audit(server: InProcess, path: str = f"{PROJECT}/audit") -> Any:
    """All that was noted before is written: a thread does that, and ends when it is closed."""
    log: AuditLog = server.broker.audit
    log.close()
    found = (await server.ask("GET", path)).body
    server.broker.audit = AuditLog(server.broker.catalogue.audit, 365)
    server.broker.audit.start()
    return found


async def test_who_did_what_when_and_from_where(server: InProcess) -> None:
    document = {"kind": "artifact", "name": "a", "spec": {"path": "s3://x/y"}}
    made = (await server.ask("POST", f"{PROJECT}/artifacts", document, **{"X-Dh-Client": "0.1.0"})).body
    await server.ask("GET", f"{PROJECT}/artifacts")
    await server.ask("DELETE", f"{PROJECT}/artifacts/{made['id']}?cascade=true", **{"User-Agent": "curl/8"})
    await server.ask("POST", f"{PROJECT}/artifacts", {"no": "artifact"})
    failed, deleted, posted = (await audit(server))["content"]
    assert (posted["verb"], posted["path"], posted["status"]) == ("POST", f"{PROJECT}/artifacts", 200)
    assert (posted["project"], posted["user"], posted["client"]) == ("default", made["user"], "dh 0.1.0")
    assert posted["address"] in ("127.0.0.1", "::1")
    assert made["metadata"]["created"] <= posted["time"] <= deleted["time"]
    assert deleted["path"].endswith(f"{made['id']}?cascade=true")
    assert deleted["client"] == "curl/8"
    assert failed["status"] == 400, "what was refused is noted, too"


async def test_no_secret_is_in_it_but_that_it_was_read(server: InProcess) -> None:
    await server.ask("PUT", f"{PROJECT}/secrets/data", {"TOKEN": "hush-hush"})
    await server.ask("GET", f"{PROJECT}/secrets/data?keys=TOKEN")
    found = await audit(server)
    assert [(each["verb"], each["path"].rpartition("/")[2]) for each in found["content"]] == [
        ("GET", "data?keys=TOKEN"),
        ("PUT", "data"),
    ]
    assert "hush" not in str(found)


async def test_it_is_narrowed_and_paged(server: InProcess) -> None:
    ada = server.broker.tokens.issue(User(username="ada"), "a kernel")
    for number in range(5):
        document = {"kind": "artifact", "name": f"a{number}", "spec": {"path": "s3://x/y"}}
        await server.ask("POST", f"{PROJECT}/artifacts", document, token=ada)
    await server.ask("POST", f"{API}/projects", {"kind": "project", "name": "other"})
    first = await audit(server, f"{PROJECT}/audit?size=3")
    assert len(first["content"]) == 3
    second = await audit(server, f"{PROJECT}/audit?size=3&after={first['next']}")
    assert len(second["content"]) == 2
    assert "next" not in second
    whole = await audit(server, f"{API}/audit?since=2020-01-01&until=2100-01-01T00:00:00Z")
    assert [each["project"] for each in whole["content"]] == ["", *["default"] * 5]
    for nothing in ("until=2020-01-01", "user=nobody", "verb=PATCH"):
        assert (await audit(server, f"{API}/audit?{nothing}"))["content"] == []


@pytest.mark.parametrize("wrong", ["size=0", "size=1001", "size=x", "after=x", "since=yesterday"])
async def test_what_cannot_be_asked(server: InProcess, wrong: str) -> None:
    answer = await server.ask("GET", f"{PROJECT}/audit?{wrong}")
    assert answer.status == 400
    assert answer.body["message"]


async def test_old_entries_are_dropped(server: InProcess) -> None:
    await server.ask("GET", f"{API}/projects")
    from dh_jupyter.catalogue.audit import Deed

    table = server.broker.catalogue.audit
    table.add(
        [Deed(f"{year}-01-01T00:00:00.000Z", "ada", "POST", "/x", "default", 200, "::1", "") for year in (2020, 2100)]
    )
    assert table.drop_before("2030-01-01T00:00:00.000Z") == 1
    found = await audit(server)
    assert [each["time"][:4] for each in found["content"]] == ["2100"]


@pytest.mark.parametrize(
    ("path", "query", "shown"),
    [
        ("/a", "", "/a"),
        ("/a", "name=x y&cascade=", "/a?name=x+y&cascade="),
        ("/a", "token=secret", "/a"),
        ("/a", "token=secret&_xsrf=1&name=x", "/a?name=x"),
        ("/" + "a" * 2000, "", "/" + "a" * 999),
    ],
)
def test_a_path_is_shown_without_what_is_secret(path: str, query: str, shown: str) -> None:
    assert shown_path(path, query) == shown
