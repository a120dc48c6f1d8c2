"""Files of the home's store come and go by tickets."""

from __future__ import annotations

import os
import socket
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest

from dh_jupyter.tickets import Tickets, Uploads
from dh_kernel.errors import Forbidden, Invalid, NotFound
from tests.fixtures.server import InProcess

FILES = "/dh/api/v1/-/default/files"


def path_of(url: str) -> str:
    """What the test's own client asks for."""
    return urlsplit(url).path.removeprefix("/foo")


async def test_up_and_down(server: InProcess) -> None:
    store = server.broker.store / "default"
    link = (await server.ask("POST", f"{FILES}/upload?{urlencode({'path': f'{store}/a b', 'filename': 'ü.bin'})}")).body
    content = os.urandom(3 << 20)
    put = await server.ask("PUT", path_of(link["url"]), raw=content, token=None)
    assert put.status == 200, put
    assert put.headers["ETag"].strip('"')
    assert (store / "a b" / "ü.bin").read_bytes() == content
    asked = urlencode({"path": f"{store}/a b/ü.bin"})
    back = (await server.ask("GET", f"{FILES}/download?{asked}")).body
    got = await server.ask("GET", path_of(back["url"]), token=None)
    assert got.body == content
    assert "attachment" in got.headers["Content-Disposition"]
    assert "sandbox" in got.headers["Content-Security-Policy"]
    for verb, url in (("PUT", back["url"]), ("GET", link["url"])):
        assert (await server.ask(verb, path_of(url), raw=b"" if verb == "PUT" else None, token=None)).status == 403, (
            "another thing"
        )
    assert (await server.ask("GET", "/dh/files/x.y/name", token=None)).status == 403
    assert [
        one["name"] for one in (await server.ask("GET", f"{FILES}/info?{urlencode({'path': f'{store}/a b'})}")).body
    ] == ["ü.bin"]
    assert (await server.ask("DELETE", f"{FILES}/delete?{asked}")).status == 200
    assert (await server.ask("GET", f"{FILES}/download?{asked}")).status == 404


async def test_parts(server: InProcess) -> None:
    store = server.broker.store / "default"
    started = (await server.ask("POST", f"{FILES}/multipart/start?path={store}/m&filename=big")).body
    for number, content in ((2, b"two"), (1, b"one")):
        link = (await server.ask("PUT", f"{FILES}/multipart/part?{urlencode({**started, 'partNumber': number})}")).body
        assert (await server.ask("PUT", path_of(link["url"]), raw=content, token=None)).status == 200
    missing = urlencode({**started, "partList": "a,b,c"})
    assert (await server.ask("POST", f"{FILES}/multipart/complete?{missing}")).status == 400
    assert not (store / "m").exists()
    assert (
        await server.ask("POST", f"{FILES}/multipart/complete?{urlencode({**started, 'partList': 'a,b'})}")
    ).status == 200
    assert (store / "m" / "big").read_bytes() == b"onetwo"
    assert not list((server.broker.home / "uploads").iterdir())


async def test_an_upload_that_is_given_up_leaves_nothing(server: InProcess, jp_http_port: int) -> None:
    store = server.broker.store / "default"
    link = (await server.ask("POST", f"{FILES}/upload?path={store}/half&filename=x")).body
    arrived = _watch(server)
    head = f"PUT {urlsplit(link['url']).path} HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n"
    with socket.create_connection(("127.0.0.1", jp_http_port)) as sender:
        sender.sendall(head.encode() + b"half of it")
        place = await arrived["begun"]
        assert place.parent == server.broker.home / "uploads"
    await arrived["dropped"]
    assert not (store / "half").exists()
    assert not place.exists()


def _watch(server: InProcess) -> dict[str, Any]:
    """Futures: the temporary place of the next upload, and that it was dropped."""
    import asyncio

    from dh_jupyter import tickets

    loop = asyncio.get_running_loop()
    found: dict[str, Any] = {"begun": loop.create_future(), "dropped": loop.create_future()}
    patch = pytest.MonkeyPatch()
    add, drop = tickets.Arriving.add, tickets.Arriving.drop

    def added(self: Any, piece: bytes) -> None:
        add(self, piece)
        loop.call_soon_threadsafe(lambda: found["begun"].done() or found["begun"].set_result(self._place))

    def dropped(self: Any) -> None:
        drop(self)
        patch.undo()
        loop.call_soon_threadsafe(lambda: found["dropped"].done() or found["dropped"].set_result(True))

    patch.setattr(tickets.Arriving, "add", added)
    patch.setattr(tickets.Arriving, "drop", dropped)
    return found


async def test_what_does_not_fit_is_refused_before_it_comes(server: InProcess, monkeypatch: pytest.MonkeyPatch) -> None:
    store = server.broker.store / "default"
    link = (await server.ask("POST", f"{FILES}/upload?path={store}/big&filename=x")).body
    monkeypatch.setattr("dh_jupyter.handlers.project_files.SPARE", 2**62)
    assert (await server.ask("PUT", path_of(link["url"]), raw=b"x", token=None)).status == 400
    assert not (store / "big").exists()


async def test_nothing_outside_of_the_project_is_reached(server: InProcess, tmp_path: Path) -> None:
    store = server.broker.store
    (store / "default" / "artifact").mkdir(parents=True)
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "x").write_text("secret")
    (store / "default" / "artifact" / "link").symlink_to(tmp_path / "outside")
    outside = (
        "/etc/passwd",
        f"{store}/other/x",
        f"{store}/default/../other/x",
        f"{store}/default",
        "relative",
        "s3://bucket/default/x",
        f"{store}/default/artifact/link/x",
        "",
        "\0",
    )
    for path in outside:
        query = urlencode({"path": path, "filename": "x"})
        for verb, asked in (("GET", "download"), ("GET", "info"), ("DELETE", "delete")):
            assert (await server.ask(verb, f"{FILES}/{asked}?{query}")).status in (400, 403), (path, asked)
        if path != f"{store}/default":
            for asked in ("upload", "multipart/start"):
                assert (await server.ask("POST", f"{FILES}/{asked}?{query}")).status in (400, 403), (path, asked)
    assert (tmp_path / "outside" / "x").exists()


async def test_an_entity_gets_its_files_while_it_is_made(server: InProcess) -> None:
    project = "/dh/api/v1/-/default"
    link = (await server.ask("POST", f"{project}/artifacts/{'a' * 32}/files/upload?filename=x.txt")).body
    assert link["path"].endswith(f"/default/artifact/{'a' * 32}/x.txt")
    assert (await server.ask("PUT", path_of(link["url"]), raw=b"hello", token=None)).status == 200
    made = {
        "kind": "artifact",
        "name": "x",
        "id": "a" * 32,
        "spec": {"path": link["path"]},
        "status": {"state": "READY"},
    }
    assert (await server.ask("POST", f"{project}/artifacts", made)).status == 200
    back = (await server.ask("GET", f"{project}/artifacts/{'a' * 32}/files/download")).body
    assert (await server.ask("GET", path_of(back["url"]), token=None)).body == b"hello"
    again = await server.ask("POST", f"{project}/artifacts/{'a' * 32}/files/upload?filename=x.txt")
    assert again.status == 400
    assert "do not change" in again.body["message"]
    assert (await server.ask("GET", f"{project}/artifacts/{'a' * 32}/files/links")).status == 403


def test_a_ticket_is_for_one_thing_and_some_time(tmp_path: Path) -> None:
    tickets = Tickets()
    ticket = tickets.issue("GET", "/x", 60)
    assert tickets.path("GET", ticket) == Path("/x")
    over = tickets.issue("GET", "/x", -1)
    for method, wrong in (
        ("PUT", ticket),
        ("GET", over),
        ("GET", ticket[:-2]),
        ("GET", "ä.b"),
        ("GET", ""),
        ("GET", "." + ticket),
    ):
        with pytest.raises(Forbidden):
            tickets.path(method, wrong)
    with pytest.raises(Forbidden):
        Tickets().path("GET", ticket)
    for wrong in ("", "../x", "0" * 32):
        with pytest.raises(NotFound):
            Uploads(tmp_path).part(wrong, 1)
    uploads = Uploads(tmp_path)
    left = uploads.arriving(tmp_path / "never")._place, uploads.part(uploads.start(), 1).parent
    for place in left:
        os.utime(place, (0, 0))
    uploads.start()
    assert not [place for place in left if place.exists()], "what nobody completed for a day"
    with pytest.raises(Invalid):
        uploads.complete(uploads.start(), tmp_path / "x", 0)
