"""Downloads and uploads by links, against a server that is not always well."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from dh_kernel.errors import NotFound, Unavailable
from dh_kernel.stores import links
from dh_kernel.stores.cache import prune
from dh_kernel.stores.links import download, fetched, upload
from dh_kernel.stores.s3 import S3Store
from dh_kernel.stores.s3_access import S3Access
from tests.fixtures.s3 import free_ports

EXPIRED = b"<Error><Code>AccessDenied</Code><Message>Request has expired</Message></Error>"


class Unsteady(BaseHTTPRequestHandler):
    """Answers what is listed, one after the other; then 200 with `content`."""

    answers: list[object]
    got: list[bytes]
    content = b"content"

    def do_GET(self) -> None:
        answer = self.answers.pop(0) if self.answers else 200
        if answer == "short":
            self._send(200, self.content, more=5)
        elif answer == "cut":
            self.connection.close()
        elif answer == "expired":
            self._send(403, EXPIRED)
        else:
            assert isinstance(answer, int)
            self._send(answer, self.content if answer == 200 else b"")

    def do_PUT(self) -> None:
        self.got.append(self.rfile.read(int(self.headers["Content-Length"])))
        self.do_GET()

    do_HEAD = do_GET

    def _send(self, status: int, body: bytes, more: int = 0) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body) + more))
        self.send_header("ETag", '"tag"')
        self.send_header("Last-Modified", "Sat, 28 Nov 2026 02:00:00 GMT")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)
        self.close_connection = True

    def log_message(self, *args: object) -> None:
        """Quiet."""


@pytest.fixture
def url(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setattr(links, "PAUSE", 0.0)
    Unsteady.answers, Unsteady.got = [], []
    server = ThreadingHTTPServer(("127.0.0.1", 0), Unsteady)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize("faults", [[503], [500, 502, 504], ["cut"], ["short"], [429, "cut"]])
def test_what_passes_is_tried_again(url: str, tmp_path: Path, faults: list[object]) -> None:
    Unsteady.answers = list(faults)
    download({"path": "x", "url": f"{url}/x?y=1"}, tmp_path / "x", "s3://b/x")
    assert (tmp_path / "x").read_bytes() == b"content"
    Unsteady.answers = list(faults)
    (tmp_path / "up").write_bytes(b"0123456789")
    assert upload({"url": f"{url}/up"}, tmp_path / "up", "s3://b/up", 2, 5) == "tag"
    assert Unsteady.got[-1] == b"23456"


@pytest.mark.parametrize(
    ("answers", "error", "said"),
    [
        ([503] * 9, Unavailable, "answered for s3://b/x: status 503"),
        (["cut"] * 9, Unavailable, "does not answer"),
        (["short"] * 9, Unavailable, "does not answer"),
        (["expired"], Unavailable, "the link for s3://b/x have expired"),
        ([404], NotFound, "There is no 's3://b/x'"),
    ],
)
def test_what_stays_wrong_is_said_and_nothing_is_left(
    url: str, tmp_path: Path, answers: list[object], error: type[Exception], said: str
) -> None:
    Unsteady.answers = list(answers)
    with pytest.raises(error, match=said):
        download({"path": "x", "url": f"{url}/x"}, tmp_path / "x", "s3://b/x")
    assert not (tmp_path / "x").exists()


def test_nobody_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(links, "PAUSE", 0.0)
    (port,) = free_ports(1)
    with pytest.raises(Unavailable, match=f"127.0.0.1:{port} does not answer"):
        download({"path": "x", "url": f"http://127.0.0.1:{port}/x"}, tmp_path / "x", "s3://b/x")


def test_a_folder_by_links_and_only_once(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DH_HOME", str(tmp_path))
    given = [{"path": name, "url": f"{url}/{name}", "version": "1"} for name in ("a", "in/b")]
    found = fetched("s3://b/m/", given)  # type: ignore[arg-type]
    assert (found / "in" / "b").read_bytes() == b"content"
    Unsteady.answers = [404]
    assert fetched("s3://b/m/", given) == found, "nobody was asked"  # type: ignore[arg-type]
    assert fetched("s3://b/empty/", []).is_dir()
    with pytest.raises(NotFound):
        fetched("s3://b/none", [])
    for name in ("../x", "/etc/x", "a/../../x"):
        with pytest.raises(NotFound):
            fetched("s3://b/n/", [{"path": name, "url": f"{url}/x"}])


def test_the_stores_client_tries_again_too(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DH_HOME", str(tmp_path))
    store = S3Store(S3Access(url, "us-east-1", "key", "secret"))
    Unsteady.answers = [503, 500]
    with store.open("s3://bucket/x") as file:
        assert file.read() == b"content"
    assert not Unsteady.answers


def test_the_cache_keeps_what_was_used_last(tmp_path: Path) -> None:
    import os

    for number, name in enumerate(("old", "middle", "new")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "x").write_bytes(b"x" * 10)
        os.utime(tmp_path / name, (number, number))
    prune(tmp_path, keep=tmp_path / "new", most=25)
    assert sorted(place.name for place in tmp_path.iterdir()) == ["middle", "new"]
