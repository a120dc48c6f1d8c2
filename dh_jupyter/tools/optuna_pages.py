"""Optuna's dashboard, in a process: `python -m dh_jupyter.tools.optuna_pages PREFIX FOLDER SOCKET`.

Its page and script name addresses from the root of a server; below a prefix those have to be turned, since it knows no other
way. `/open?run=KEY` leads to the study of a sweep.
"""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

from .serving import begin
from .studies import Studies

if TYPE_CHECKING:
    from socket import socket

POLICY = (  # the dashboard's own; it draws with compiled shaders
    "default-src 'self'; img-src 'self' data: blob:; object-src 'none'; style-src 'self' data: 'unsafe-inline'; "
    "script-src 'self' 'unsafe-eval'; frame-ancestors 'self'"
)
Start = Callable[[str, list[tuple[str, str]]], Any]
PAGE = (b'src="/static/', b'src="%s/static/')
SCRIPT = (
    (b'url_prefix:"/dashboard"', b'url_prefix:"%s/dashboard"'),
    (b"`${this.baseURL}/api/", b"`%s/api/"),
)


def turned(text: bytes, prefix: str, turns: Iterable[tuple[bytes, bytes]]) -> bytes:
    """With the prefix before what is named from the root. Raises ValueError if that is not there: it is another version."""
    for before, after in turns:
        if before not in text:
            raise ValueError(f"this version of optuna-dashboard has no {before.decode()}; install 0.21.0")
        text = text.replace(before, after % prefix.encode())
    return text


class Pages:
    """The dashboard's application below a prefix, with the studies as they are now."""

    def __init__(self, pages: Any, studies: Studies, prefix: str, folder: Path) -> None:
        """`folder` is where the package lies."""
        self._pages = pages
        self._studies = studies
        self._lock = threading.Lock()
        self._page = turned((folder / "index.html").read_bytes(), prefix, [PAGE])
        self._script = turned((folder / "public" / "bundle.js").read_bytes(), prefix, SCRIPT)

    def __call__(self, environ: dict[str, Any], start: Start) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        if path == "/static/bundle.js":
            return _answer(start, self._script, "text/javascript")
        if path in ("", "/"):
            return _answer(start, b"", location="/dashboard")
        if path.startswith("/dashboard"):
            return _answer(start, self._page, "text/html; charset=utf-8", policy=POLICY)
        with self._lock:
            self._studies.refresh()
        if path == "/open":
            return self._open(environ, start)
        answer: Iterable[bytes] = self._pages(environ, start)
        return answer

    def _open(self, environ: Mapping[str, Any], start: Start) -> Iterable[bytes]:
        key = parse_qs(environ.get("QUERY_STRING", "")).get("run", [""])[0]
        number = self._studies.number_of(key)
        # the proxy puts the prefix before it
        return _answer(start, b"", location="/dashboard" + ("" if number is None else f"/studies/{number}"))


def _answer(
    start: Start, body: bytes, kind: str = "text/plain", location: str = "", policy: str = ""
) -> Iterable[bytes]:
    more = [(name, text) for name, text in (("Location", location), ("Content-Security-Policy", policy)) if text]
    start("302 Found" if location else "200 OK", [("Content-Type", kind), ("Content-Length", str(len(body))), *more])
    return [body]


class Quiet(WSGIRequestHandler):
    """Prints no line for each request."""

    def log_message(self, *said: Any) -> None:
        """Nothing."""


class Server(socketserver.ThreadingMixIn, WSGIServer):
    """On a socket that listens already, and has no host and port."""

    daemon_threads = True

    def __init__(self, listening: socket, application: Any) -> None:
        super().__init__(("localhost", 0), Quiet, bind_and_activate=False)
        self.socket.close()
        self.socket = listening
        self.server_name, self.server_port = "localhost", 0
        self.setup_environ()
        self.set_app(application)

    def get_request(self) -> tuple[socket, Any]:
        """A Unix socket's peer has no address."""
        return self.socket.accept()[0], ("localhost", 0)


def main() -> None:
    """Until the input ends."""
    listening, (prefix, folder) = begin()
    import optuna
    import optuna_dashboard

    storage = optuna.storages.InMemoryStorage()
    pages = optuna_dashboard.wsgi(storage)
    package = Path(optuna_dashboard.__file__).parent
    Server(listening, Pages(pages, Studies(storage, Path(folder)), prefix, package)).serve_forever()


if __name__ == "__main__":
    main()
