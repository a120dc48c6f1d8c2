"""An API server that says what a test tells it to: a real HTTP server, whose answers are a script. It keeps what it was asked."""

from __future__ import annotations

import json
import queue
import threading
from collections.abc import Iterable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import yaml

Object = dict[str, Any]


@dataclass(frozen=True)
class Answer:
    """`lines` are sent one by one; then, with `hang`, nothing more, and the connection stays open."""

    status: int = 200
    lines: tuple[Any, ...] = ()
    headers: dict[str, str] = field(default_factory=dict)
    hang: bool = False


def page(names: Iterable[str], version: int, more: str = "") -> Answer:
    """Of a list."""
    metadata = {"resourceVersion": str(version), **({"continue": more} if more else {})}
    return Answer(lines=({"items": [item(name, version) for name in names], "metadata": metadata},))


def item(name: str, version: int) -> Object:
    return {"metadata": {"name": name, "uid": name, "resourceVersion": str(version)}}


def event(kind: str, name: str, version: int) -> Object:
    return {"type": kind, "object": item(name, version)}


def refusal(status: int, reason: str = "", **headers: str) -> Answer:
    body = {"kind": "Status", "code": status, "reason": reason, "message": f"because of {reason or status}"}
    return Answer(status, (body,), {name.replace("_", "-"): value for name, value in headers.items()})


class Script:
    """Answers in their order; when there are none left, requests wait until `close`."""

    def __init__(self, *answers: Answer) -> None:
        self.asked: queue.SimpleQueue[dict[str, str]] = queue.SimpleQueue()
        self.answers: queue.SimpleQueue[Answer] = queue.SimpleQueue()
        self.add(*answers)
        self._over = threading.Event()
        script = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.0"

            def do_GET(self) -> None:
                script.asked.put({"path": urlsplit(self.path).path, **dict(parse_qsl(urlsplit(self.path).query))})
                script.give(self)

            do_POST = do_GET

            def log_message(self, *_: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def add(self, *answers: Answer) -> None:
        for answer in answers:
            self.answers.put(answer)

    def give(self, handler: BaseHTTPRequestHandler) -> None:
        answer = self._next()
        if answer is None:
            return
        handler.send_response(answer.status)
        for name, value in answer.headers.items():
            handler.send_header(name, value)
        handler.end_headers()
        for line in answer.lines:
            handler.wfile.write((line if isinstance(line, str) else json.dumps(line)).encode() + b"\n")
            handler.wfile.flush()
        if answer.hang:
            self._over.wait()

    def _next(self) -> Answer | None:
        found = self.answers.get()
        self._over.wait(0)
        return None if self._over.is_set() else found

    def kubeconfig(self, folder: Path) -> Path:
        path = folder / "kubeconfig"
        port = self._server.server_address[1]
        document = {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": "here",
            "contexts": [{"name": "here", "context": {"cluster": "here", "user": "me", "namespace": "ours"}}],
            "clusters": [{"name": "here", "cluster": {"server": f"http://127.0.0.1:{port}"}}],
            "users": [{"name": "me", "user": {"token": "t"}}],
        }
        path.write_text(yaml.safe_dump(document))
        return path

    def close(self) -> None:
        self._over.set()
        self.add(*[Answer()] * 20)
        self._server.shutdown()
        self._server.server_close()
