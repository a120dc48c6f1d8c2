"""The wire to a second server of ours in the role of a DigitalHub Core: lets nothing through that Core has not.

Routes, parameters, headers and fields of ours are refused or dropped in both directions, so that what works over it works
with Core's own API.
"""

from __future__ import annotations

import http.client
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

_P = r"/api/v1/-/[^/]+"
_MANY = "(artifacts|dataitems|models|functions|workflows|containerimages|extensions)"
ROUTES = [
    re.compile(pattern)
    for pattern in (
        r"/api/auth|/auth/token|/\.well-known/(configuration|openid-configuration)",
        r"/api/v1/projects(/[^/]+(/share|/relationships)?)?",
        rf"{_P}/{_MANY}(/[^/]+(/relationships|/extensions|/tasks|/metrics(/[^/]+)?)?)?",
        rf"{_P}/{_MANY}/[^/]+/files/(info|upload|download(/.+)?|multipart/(start|part|complete))",
        rf"{_P}/files/(stores|info|download|upload|delete|multipart/(start|part|complete))",
        rf"{_P}/tasks(/[^/]+(/runs)?)?",
        rf"{_P}/runs(/(?!plan|stream)[^/]+(/(stop|resume|build|run|delete|logs|metrics(/[^/]+)?|extensions))?)?",
        rf"{_P}/(secrets|triggers)(/[^/]+(/(run|stop))?)?",
        rf"{_P}/(logs|labels|solr/search/(item|group))",
        r"/api/v1/(schemas|templates)/.*",
    )
]
PARAMETERS = frozenset(
    [
        "q",
        "name",
        "kind",
        "user",
        "state",
        "created",
        "updated",
        "labels",
        "function",
        "workflow",
        "task",
        "action",
        "versions",
        "page",
        "size",
        "sort",
    ]
)
PARAMETERS |= frozenset(
    ["cascade", "sub", "path", "filename", "uploadId", "partNumber", "partList", "keys", "run", "fq", "id", "label"]
)
COMPUTED = ("version_number", "reference", "aliases", "function", "function_reference")
SPECS = {
    "python": ["python_version", "source", "image", "base_image", "requirements"],
    "table": ["path", "schema"],
    "artifact": ["path", "src_path"],
    "mlflow": ["path", "framework", "algorithm", "parameters", "flavor", "model_config", "input_datasets", "signature"],
}
RUN_STATUS = ["state", "message", "outputs", "results", "metrics", "service", "openai", "k8s", "transitions"]


class Wire:
    """What went over it, and what was refused."""

    def __init__(self, url: str, token: str) -> None:
        self.url = ""
        self.token = token
        self.refused: list[str] = []
        self.asked: list[str] = []
        self.expired = 0  # so many next requests are answered with 401
        self._to = urlsplit(url)

    def answer(self, method: str, target: str, headers: Any, body: bytes) -> tuple[int, str, bytes]:
        path, _, query = target.partition("?")
        given = parse_qsl(query, keep_blank_values=True)
        self.asked.append(f"{method} {path}")
        if not any(route.fullmatch(path) for route in ROUTES) or any(name.startswith("X-Dh") for name in headers):
            self.refused.append(f"{method} {target}")
            return 404, "application/json", b'{"status":404,"message":"No such route"}'
        if self.expired and path.startswith("/api/v1"):
            self.expired -= 1
            return 401, "application/json", b'{"status":401,"message":"expired"}'
        kept = urlencode([pair for pair in given if pair[0] in PARAMETERS])
        connection = http.client.HTTPConnection(self._to.hostname or "", self._to.port)
        sent = self._incoming(method, path, body)
        own = {
            "Content-Type": headers["Content-Type"] or "application/json",
            "Authorization": headers["Authorization"] or "",
        }
        connection.request(method, f"{self._to.path.rstrip('/')}/dh{path}" + (f"?{kept}" if kept else ""), sent, own)
        response = connection.getresponse()
        content = response.read()
        connection.close()
        return response.status, response.getheader("Content-Type") or "", self._outgoing(path, content)

    def _incoming(self, method: str, path: str, body: bytes) -> bytes:
        """Core drops fields of specs that it does not know."""
        if method != "POST" or not re.fullmatch(rf"{_P}/{_MANY}", path):
            return body
        document = json.loads(body)
        known = SPECS.get(document["kind"])
        if known:
            document["spec"] = {name: value for name, value in document["spec"].items() if name in known}
        return json.dumps(document).encode()

    def _outgoing(self, path: str, content: bytes) -> bytes:
        try:
            found = json.loads(content)
        except ValueError:
            return content
        if path == "/.well-known/configuration":
            found = {name: value for name, value in found.items() if not name.startswith("dh_")}
            found["oauth2_token_endpoint"] = f"{self.url}/auth/token"
        return json.dumps(_as_core(found)).encode()


def _as_core(part: Any) -> Any:
    if isinstance(part, list):
        return [_as_core(one) for one in part]
    if not isinstance(part, dict):
        return part
    if "content" in part:
        return {**{name: one for name, one in part.items() if name != "next"}, "content": _as_core(part["content"])}
    found = dict(part)
    if isinstance(found.get("metadata"), dict):
        found["metadata"] = {name: one for name, one in found["metadata"].items() if name not in COMPUTED}
    if ":run" in str(found.get("kind")) and "status" in found:
        found["status"] = {name: one for name, one in found["status"].items() if name in RUN_STATUS}
    return found


@contextmanager
def wire(url: str, token: str) -> Iterator[Wire]:
    """Served by threads until the block ends."""
    made = Wire(url, token)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _serve(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            status, kind, content = made.answer(self.command, self.path, self.headers, body)
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_PUT = do_DELETE = _serve

        def log_message(self, *_: Any) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    made.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield made
    finally:
        server.shutdown()
        server.server_close()
