"""Requests to Core: a connection for each thread, a token that is renewed once when it has expired, errors as ours."""

from __future__ import annotations

import base64
import http.client
import json
import threading
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple
from urllib.parse import urlencode, urlsplit

from dh_kernel.errors import BY_STATUS, Conflict, DHError, NotFound, Unavailable

from .account import Account

TIMEOUT = 60.0  # seconds for an answer
JSON = "application/json"
_EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
_PAT = "urn:ietf:params:oauth:token-type:pat"


Query = Mapping[str, Any] | Sequence[tuple[str, str]]


class Answer(NamedTuple):
    """As it came."""

    status: int
    kind: str
    content: bytes


class Core:
    """Thread-safe."""

    def __init__(self, account: Account) -> None:
        self.account = account
        self._local = threading.local()
        self._lock = threading.Lock()
        self._access = account.access or ""
        self._refresh = account.refresh

    def ask(
        self,
        method: str,
        path: str,
        query: Mapping[str, Any] | Sequence[tuple[str, str]] | None = None,
        body: Any = None,
    ) -> Any:
        """The answer's JSON (None if it is empty). `path` is below `/api/v1`. Raises the DHError that it stands for."""
        asked = f"/api/v1{path}" + (f"?{urlencode(query, doseq=True)}" if query else "")
        sent = None if body is None else json.dumps(body).encode()
        answer = self.forward(method, asked, sent, JSON)
        if answer.status >= 400:
            raise problem_of(answer)
        try:
            return json.loads(answer.content) if answer.content else None
        except ValueError as error:
            raise Unavailable(
                f"What answers at {self.account.endpoint} is no Core: {answer.kind}.", "Check the address."
            ) from error

    def forward(self, method: str, path: str, body: bytes | None, kind: str = JSON) -> Answer:
        """One exchange, whatever the answer is; after a 401 once more with a new token. Raises Unavailable."""
        used = self._token()
        answer = self._exchange(method, path, body, kind, used)
        if answer.status == 401 and self._renewed(used):
            answer = self._exchange(method, path, body, kind, self._token())
        return answer

    def _exchange(self, method: str, path: str, body: bytes | None, kind: str, token: str) -> Answer:
        headers = {"Content-Type": kind, "Accept": JSON, **({"Authorization": token} if token else {})}
        for is_last in (False, True):
            connection, is_new = self._connection()
            try:
                connection.request(method, urlsplit(self.account.endpoint).path + path, body, headers)
                response = connection.getresponse()
                return Answer(response.status, response.getheader("Content-Type") or "", response.read())
            except (OSError, http.client.HTTPException) as error:
                self._drop()
                # a kept connection that the other side closed: nothing of the request was looked at
                if is_last or is_new or isinstance(error, TimeoutError):
                    raise self._away(error) from error
        raise AssertionError

    def _connection(self) -> tuple[http.client.HTTPConnection, bool]:
        kept = getattr(self._local, "connection", None)
        if kept is not None:
            return kept, False
        parts = urlsplit(self.account.endpoint)
        kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        self._local.connection = kind(parts.hostname or "", parts.port, timeout=TIMEOUT)
        return self._local.connection, True

    def _drop(self) -> None:
        self._local.connection.close()
        self._local.connection = None

    def _away(self, error: Exception) -> Unavailable:
        said = str(error) or type(error).__name__
        return Unavailable(
            f"DigitalHub Core at {self.account.endpoint} does not answer ({said}).", "Check DhExtension.core_url."
        )

    # -- who asks --------------------------------------------------------------------------------------------------

    def _token(self) -> str:
        """The header's value. A personal token is exchanged first."""
        given = self.account
        if not self._access and given.personal:
            self._renewed("")
        if self._access:
            return f"Bearer {self._access}"
        if given.user:
            return "Basic " + base64.b64encode(f"{given.user}:{given.password}".encode()).decode()
        return ""

    def _renewed(self, used: str) -> bool:
        """Whether there is another token now than the one that was used."""
        with self._lock:
            if self._access and used != f"Bearer {self._access}":
                return True
            form = self._form()
            if not form:
                return False
            answer = self._post_form(form)
            found = json.loads(answer.content) if answer.status == 200 and answer.content else {}
            self._access = str(found.get("access_token") or "") or self._access
            self._refresh = str(found.get("refresh_token") or "") or self._refresh
            return bool(found.get("access_token"))

    def _form(self) -> dict[str, str]:
        given = self.account
        common = {"client_id": given.client_id, "scope": "credentials"}
        if given.personal:
            return {**common, "grant_type": _EXCHANGE, "subject_token": given.personal, "subject_token_type": _PAT}
        if self._refresh:
            return {**common, "grant_type": "refresh_token", "refresh_token": self._refresh}
        return {}

    def _post_form(self, form: Mapping[str, str]) -> Answer:
        """To the token endpoint, which may be on another machine."""
        parts = urlsplit(self._token_endpoint())
        kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        connection = kind(parts.hostname or "", parts.port, timeout=TIMEOUT)
        try:
            headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": JSON}
            connection.request("POST", parts.path or "/", urlencode(form), headers)
            response = connection.getresponse()
            return Answer(response.status, response.getheader("Content-Type") or "", response.read())
        except (OSError, http.client.HTTPException) as error:
            raise self._away(error) from error
        finally:
            connection.close()

    def _token_endpoint(self) -> str:
        if self.account.token_endpoint:
            return self.account.token_endpoint
        path = "/.well-known/openid-configuration"
        answer = self._exchange("GET", path, None, JSON, "")
        found = json.loads(answer.content) if answer.status == 200 else {}
        return str(found.get("token_endpoint") or f"{self.account.endpoint}/auth/token")


def problem_of(answer: Answer) -> DHError:
    """The error that an answer stands for, by its status and Core's words."""
    try:
        found = json.loads(answer.content)
        message = str(found.get("message") or found.get("error") or "")
    except (ValueError, AttributeError):
        message = ""
    if answer.status == 401:
        # never passed on as 401: the client's own identity is fine
        return Unavailable("DigitalHub Core does not take the token.", "Log in again (dhcli login), or check DHCORE_*.")
    kind = Conflict if "Duplicated entity" in message else BY_STATUS.get(answer.status, Unavailable)
    if kind is NotFound and "No such" not in message:
        message = f"No such EntityName. {message}"
    return kind(message or f"DigitalHub Core answered {answer.status}.")
