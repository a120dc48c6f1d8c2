"""The HTTP client, over real connections."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from dh_kernel.broker import Address, routes_url, written_broker
from dh_kernel.client import Client
from dh_kernel.errors import Forbidden, Invalid, NotFound, Unauthorized, Unavailable
from dh_kernel.sse import read_messages
from tests.fixtures.small_broker import SmallBroker, small_broker

RUNS = "/api/v1/-/demo/runs"


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[SmallBroker, str]]:
    with small_broker(str(tmp_path)) as pair:
        yield pair


def client_of(url: str, token: str = "token-1") -> Client:
    return Client(lambda: Address(routes_url(url), token))


def test_one_connection_is_kept(served: tuple[SmallBroker, str]) -> None:
    client = client_of(served[1])
    client.get("/api/auth")
    first = client._connection
    assert first is not None
    client.get("/api/doctor")
    assert client._connection is first


def test_a_problem_becomes_its_error(served: tuple[SmallBroker, str]) -> None:
    client = client_of(served[1])
    with pytest.raises(NotFound) as caught:
        client.get("/api/v1/-/demo/resolve", {"ref": "function/train", "type": "function"})
    assert caught.value.message == "There is no function/train."


def test_a_wrong_token_is_unauthorized(served: tuple[SmallBroker, str]) -> None:
    with pytest.raises(Unauthorized):
        client_of(served[1], "other").get("/api/auth")


def test_a_restarted_broker_with_a_new_token_is_found(served: tuple[SmallBroker, str]) -> None:
    broker, url = served
    client = Client(lambda: Address(routes_url(url), broker.token))
    client.get("/api/auth")
    broker.token = "token-2"
    assert client.get("/api/auth") == {}


def test_a_lost_answer_to_a_get_is_asked_again(served: tuple[SmallBroker, str]) -> None:
    broker, url = served
    broker.drop_after_request = 1
    assert client_of(url).get("/api/auth") == {}
    assert len(broker.requests) == 2


def test_a_post_that_was_sent_is_never_sent_again(served: tuple[SmallBroker, str]) -> None:
    broker, url = served
    broker.drop_after_request = 1
    with pytest.raises(Unavailable, match="may have been done"):
        client_of(url).post(RUNS, {"spec": {}})
    assert len(broker.requests) == 1


def test_a_post_with_its_own_id_is_sent_again(served: tuple[SmallBroker, str]) -> None:
    broker, url = served
    broker.drop_after_request = 1
    document = {"kind": "python", "name": "train", "id": "a" * 32, "spec": {}}
    client_of(url).request("POST", "/api/v1/-/demo/functions", document, again=True)
    assert len(broker.sent("POST", "/functions")) == 2


def test_an_idle_connection_that_the_server_closed_is_replaced(tmp_path: Path) -> None:
    """Also for a POST: the dead socket is seen before anything is sent."""
    with small_broker(str(tmp_path)) as (broker, url):
        client = client_of(url)
        client.get("/api/auth")
        assert client._connection is not None
        assert client._connection.sock is not None
        client._connection.sock.shutdown(socket.SHUT_RD)
        client.post("/api/v1/-/demo/functions", {"kind": "python", "name": "f", "id": "b" * 32, "spec": {}})
        assert len(broker.sent("POST", "/functions")) == 1


def test_an_interrupted_request_does_not_spoil_the_next(served: tuple[SmallBroker, str]) -> None:
    client = client_of(served[1])
    client.get("/api/auth")
    assert client._connection is not None
    client._connection.getresponse = _interrupt  # type: ignore[method-assign]
    with pytest.raises(KeyboardInterrupt):
        client.get("/api/auth")
    assert client.get("/api/doctor")[0]["ok"]


def _interrupt() -> None:
    raise KeyboardInterrupt


def test_nobody_there() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"http://127.0.0.1:{server.getsockname()[1]}"
    with pytest.raises(Unavailable, match="does not answer"):
        client_of(url).get("/api/auth")


def test_nan_never_leaves(served: tuple[SmallBroker, str]) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        client_of(served[1]).post(RUNS, {"lr": float("nan")})


def test_events() -> None:
    lines = [
        b": keep\n",
        b'data: {"type":"run"}\n',
        b"\n",
        b"event: x\n",
        b"\n",
        b'data: {"type":\r\n',
        b'data: "end"}\r\n',
        b"\r\n",
    ]
    assert list(read_messages([*lines, b'data: {"cut'])) == [{"type": "run"}, {"type": "end"}]


def test_a_readable_broker_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "broker.json"
    path.write_text('{"url": "http://127.0.0.1:1", "token": "t", "pid": 1, "version": "0"}')
    path.chmod(0o644)
    with pytest.raises(Forbidden, match="can be read"):
        written_broker(tmp_path)


@pytest.mark.parametrize("content", ["", "{}", "[]", '{"url": "http://127.0.0.1:1/", "token": "t", "pid": 999999999}'])
def test_a_stale_or_broken_broker_file_is_no_broker(tmp_path: Path, content: str) -> None:
    path = tmp_path / "broker.json"
    path.write_text(content)
    path.chmod(0o600)
    assert written_broker(tmp_path) is None


def test_a_written_broker_that_answers(served: tuple[SmallBroker, str], tmp_path: Path) -> None:
    import json
    import os

    path = tmp_path / "broker.json"
    path.write_text(json.dumps({"url": served[1], "token": "token-1", "pid": os.getpid(), "version": "0"}))
    path.chmod(0o600)
    found = written_broker(tmp_path)
    assert found is not None
    assert "token-1" not in repr(found)


def test_invalid_is_told_by_status_alone() -> None:
    from dh_kernel.client import _problem

    assert isinstance(_problem(400, b'{"status": 400, "message": "invalid kind"}'), Invalid)
    core = _problem(404, b'{"status": 404, "message": "No such EntityName.RUN. There is no run \'x\'."}')
    assert core.message == "There is no run 'x'."
    assert isinstance(_problem(502, b"<html>Bad gateway</html>"), Unavailable)
