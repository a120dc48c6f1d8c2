"""The broker's HTTP API as a kernel speaks it: one kept-alive connection, JSON in and out, Problems become DHErrors.

`Client` knows nothing of entities. Paths are relative to the broker's `/dh`, e.g. `/api/v1/-/demo/runs`. No proxy setting
is looked at: the broker is the person's own server.
"""

from __future__ import annotations

import http.client
import json
import re
import select
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

from ._version import __version__
from .broker import Address
from .errors import BY_CODE, BY_STATUS, DHError, Unauthorized, Unavailable
from .sse import read_messages

if TYPE_CHECKING:
    from ._contract import StreamMessage

_CORE_WORDS = re.compile(r"^No such EntityName\.\w+\. (?=\S)")  # for the public SDK, which searches for them
TIMEOUT = 60.0  # seconds for one answer; streams have their own
_BROKEN = (ConnectionError, http.client.HTTPException, socket.timeout, OSError)


@dataclass(frozen=True)
class Answer:
    """A successful answer: the parsed body (None if empty) and the headers, names in lower case."""

    body: Any
    headers: Mapping[str, str]


class Client:
    """Thread-safe. `locate` gives the broker's address; it is asked again when nobody answers there any more."""

    def __init__(self, locate: Callable[[], Address]):
        self._locate = locate
        self._address: Address | None = None
        self._connection: http.client.HTTPConnection | None = None
        self._lock = threading.Lock()
        self.server_version = ""  # as the last answer said

    def get(self, path: str, query: Mapping[str, Any] | None = None) -> Any:
        """The answer's body."""
        return self.request("GET", path, query=query).body

    def post(self, path: str, body: Any, query: Mapping[str, Any] | None = None) -> Any:
        """The answer's body. Never sent twice: see `request`."""
        return self.request("POST", path, body, query).body

    def request(
        self, method: str, path: str, body: Any = None, query: Mapping[str, Any] | None = None, *, again: bool = False
    ) -> Answer:
        """One exchange. Raises the DHError of the answered Problem, or Unavailable.

        A request that certainly never arrived is sent once more, over a new connection; one that may have arrived only
        if it is harmless twice: GET, PUT, DELETE, and a POST that carries its own id (`again`).
        """
        target = path + _query(query)
        sent = None if body is None else json.dumps(body, allow_nan=False).encode()
        with self._lock:
            try:
                return self._exchange(method, target, sent, harmless=again or method != "POST")
            except Unauthorized:  # refused before anything was done; a broker that was restarted has a new token
                if not self._moved():
                    raise
                return self._exchange(method, target, sent, harmless=False)

    def stream(self, path: str, query: Mapping[str, Any] | None = None, body: Any = None) -> Stream:
        """Open a server-sent event stream on a connection of its own; with a body by POST."""
        method, sent = ("GET", None) if body is None else ("POST", json.dumps(body).encode())
        address = self.address
        connection = _connect(address)
        try:
            headers = _headers(address, "text/event-stream")
            connection.request(method, address.path + path + _query(query), sent, headers)
            sock = connection.sock
            response = connection.getresponse()
        except _BROKEN as error:
            connection.close()
            with self._lock:
                self._moved()
            raise _unavailable(address, error) from error
        if response.status >= 400:
            problem = _problem(response.status, response.read())
            connection.close()
            raise problem
        return Stream(connection, response, sock)

    @property
    def address(self) -> Address:
        """Where the broker is; found when first asked."""
        if self._address is None:
            self._address = self._locate()
        return self._address

    def close(self) -> None:
        """Drop the connection; the next request makes a new one."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _moved(self) -> bool:
        """Look for the broker anew; whether it is elsewhere now."""
        before = self._address
        self.close()
        self._address = self._locate()
        return self._address != before

    def _exchange(self, method: str, target: str, body: bytes | None, harmless: bool) -> Answer:
        try:
            return self._once(method, target, body)
        except _NotSent:
            self._moved()
            return self._last_try(method, target, body)
        except _BROKEN as error:
            self.close()
            if harmless:
                self._moved()
                return self._last_try(method, target, body)
            raise Unavailable(
                f"The broker's answer was lost ({_reason(error)}); what was asked for may have been done.",
                "Look with %dh ls run before you ask again.",
            ) from error

    def _last_try(self, method: str, target: str, body: bytes | None) -> Answer:
        try:
            return self._once(method, target, body)
        except _BROKEN as error:
            self.close()
            raise _unavailable(self.address, error) from error

    def _once(self, method: str, target: str, body: bytes | None) -> Answer:
        address = self.address
        connection = self._open(address)
        whole = False
        try:
            self._send(connection, method, address, target, body)
            response = connection.getresponse()
            content = response.read()
            whole = True
        finally:
            if not whole:  # an answer that was not read to its end, also after Ctrl-C, would be the next one's
                self.close()
        self.server_version = response.getheader("X-Dh-Version") or self.server_version
        if response.status >= 400:
            raise _problem(response.status, content)
        headers = {name.lower(): value for name, value in response.getheaders()}
        return Answer(_parsed(content, headers), headers)

    @staticmethod
    def _send(
        connection: http.client.HTTPConnection, method: str, address: Address, target: str, body: bytes | None
    ) -> None:
        try:
            connection.request(method, address.path + target, body, _headers(address, "application/json"))
        except OSError as error:  # the whole request did not get out, so nobody acted on it
            raise _NotSent(str(error)) from error

    def _open(self, address: Address) -> http.client.HTTPConnection:
        """The kept connection, or a new one if the other side has closed it (an idle socket that is readable)."""
        kept = self._connection
        if kept is not None and kept.sock is not None and not select.select([kept.sock], [], [], 0)[0]:
            return kept
        self.close()
        self._connection = _connect(address)
        return self._connection


class Stream:
    """Messages of an open stream. Iterate once; `close` or leave the `with` block to end it."""

    def __init__(self, connection: http.client.HTTPConnection, response: http.client.HTTPResponse, sock: Any):
        self._connection = connection
        self._response = response
        self._socket = sock

    def messages(self, remaining: Callable[[], float | None] = lambda: None) -> Iterator[StreamMessage]:
        """Until the server ends the stream. `remaining()` is the time left in seconds (None = no limit): raises
        TimeoutError when there is none, and ConnectionError if the stream breaks."""
        try:
            yield from read_messages(self._lines(remaining))
        except socket.timeout as error:
            raise TimeoutError from error
        except (http.client.HTTPException, OSError) as error:
            raise ConnectionError(_reason(error)) from error

    def _lines(self, remaining: Callable[[], float | None]) -> Iterator[bytes]:
        while True:
            left = remaining()
            if left is not None and left <= 0:
                raise socket.timeout
            self._socket.settimeout(left)
            line = self._response.readline()
            if not line:
                return
            yield line

    def close(self) -> None:
        """End the stream."""
        self._response.close()
        self._connection.close()

    def __enter__(self) -> Stream:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()


class _NotSent(ConnectionError):
    """The request did not leave."""


def _connect(address: Address) -> http.client.HTTPConnection:
    parts = urlsplit(address.url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    return kind(parts.hostname or "localhost", parts.port, timeout=TIMEOUT)


def _headers(address: Address, accept: str) -> dict[str, str]:
    return {
        "Authorization": f"Bearer {address.token}",
        "Accept": accept,
        "Content-Type": "application/json",
        "X-Dh-Client": __version__,
    }


def _query(query: Mapping[str, Any] | None) -> str:
    given = {name: value for name, value in (query or {}).items() if value not in (None, "", [])}
    return "?" + urlencode(given, doseq=True) if given else ""


def _parsed(content: bytes, headers: Mapping[str, str]) -> Any:
    if not content:
        return None
    try:
        return json.loads(content)
    except ValueError as error:
        kind = headers.get("content-type", "no type")
        raise Unavailable(f"What answers there is no broker: {kind} came in place of JSON.", "%dh doctor") from error


def _problem(status: int, content: bytes) -> DHError:
    """The error that a Problem stands for; an answer that is none (a proxy's page) becomes one by its status."""
    try:
        problem = json.loads(content)
        message, code = _CORE_WORDS.sub("", str(problem["message"])), problem.get("errorCode", "")
    except (ValueError, KeyError, TypeError, AttributeError):
        reason = http.client.responses.get(status, "")
        return BY_STATUS.get(status, Unavailable)(
            f"The broker answered {status} {reason}.".replace(" .", "."), "%dh doctor"
        )
    kind = BY_CODE.get(code) or BY_STATUS.get(status, DHError)
    return kind(message, problem.get("hint") or "", problem.get("details") or ())


def _unavailable(address: Address, error: BaseException) -> Unavailable:
    return Unavailable(f"The broker at {address.url} does not answer ({_reason(error)}).", "%dh doctor says more.")


def _reason(error: BaseException) -> str:
    return str(error) or type(error).__name__
