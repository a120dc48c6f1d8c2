"""What all handlers share: identity, the headers of every answer, reading a request, and errors as Problems."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, cast

from jupyter_server.base.handlers import APIHandler, JupyterHandler
from jupyter_server.extension.handler import ExtensionHandlerMixin

from dh_kernel._version import __version__
from dh_kernel.errors import DHError, Invalid

from ..access.asking import asks
from ..access.roles import Role, needed
from ..clock import as_text, seconds
from ..depth import check_depth
from ..yaml_text import parse_yaml
from .identity import TokenIdentity
from .problems import problem_of

if TYPE_CHECKING:
    from ..broker import Broker
    from ..catalogue.audit import Deed

JSON = "application/json; charset=UTF-8"
HEADERS = {"X-Api-Version": "0.15.0", "X-Api-Level": "15", "X-Dh-Version": __version__}
LARGEST_BODY = 64 * 1024 * 1024  # bytes; data goes to the store, not through here


class Shared(JupyterHandler):
    """Of HTTP and WebSocket handlers alike."""

    auth_resource = "dh"
    roles: ClassVar[dict[str, Role]] = {}  # by verb, where reading needs no viewer or the rest no member

    @property
    def broker(self) -> Broker:
        """Ready, in every verb of a guarded route."""
        return cast("Broker", self.settings["dh_broker"])

    @property
    def identity_provider(self) -> Any:
        """Jupyter's, that also knows our tokens."""
        return TokenIdentity(super().identity_provider, self.broker.tokens)

    @property
    def user_name(self) -> str:
        """Who asks, as it is recorded."""
        return str(self.identity_provider.name_of(self.current_user))

    async def check_role(self) -> None:
        """Whether who asks may do this in the project. Raises Forbidden. (Without identity, the verb refuses it.)"""
        if self.current_user is None:
            return
        asks(self.user_name)
        project = self.path_kwargs.get("project")
        members = self.broker.members
        if project is not None and members.enabled:
            role = needed(str(self.request.method), self.roles)
            await self.broker.call(members.check, self.user_name, str(project), role)

    def log_exception(self, kind: Any, error: Any, trace: Any) -> None:
        """A Problem is an answer, not a fault of ours."""
        if not isinstance(error, DHError):
            super().log_exception(kind, error, trace)

    @property
    def is_our_client(self) -> bool:
        """Whether a client of ours asks, which knows kinds and answers of ours."""
        return "X-Dh-Client" in self.request.headers

    def argument(self, name: str, default: str = "") -> str:
        """A parameter of the query."""
        return self.get_query_argument(name, default) or default

    def number(self, name: str, default: int) -> int:
        """A parameter of the query that is a whole number. Raises Invalid."""
        text = self.argument(name, str(default))
        if not text.lstrip("-").isascii() or not text.lstrip("-").isdigit() or len(text) > 18:
            raise Invalid(f"'{name}' must be a whole number, not '{text[:40]}'.")
        return int(text)

    def flag(self, name: str) -> bool:
        """A parameter of the query that is true or false."""
        return self.argument(name).lower() in ("true", "1", "yes")


class DhHandler(ExtensionHandlerMixin, Shared, APIHandler):
    """Base of every HTTP handler of ours. Each verb is decorated with @authenticated and @authorized."""

    needs_broker = True  # answers only when the broker has started

    def set_default_headers(self) -> None:
        """On every answer, errors too."""
        super().set_default_headers()
        for name, value in HEADERS.items():
            self.set_header(name, value)

    async def prepare(self, **kwargs: Any) -> None:
        """Identity first, then the broker."""
        await super().prepare()
        if not self._finished:
            check_path(self.path_kwargs)
        if self.needs_broker and not self._finished:
            await self.broker.ready()
            await self.check_role()

    def on_finish(self) -> None:
        """It was answered: what was done by it is noted."""
        super().on_finish()
        known = getattr(self, "_jupyter_current_user", None) is not None
        if known and self._is_deed and hasattr(self.broker, "audit"):
            self.broker.audit.note(self._deed())

    @property
    def _is_deed(self) -> bool:
        """Whether it changes something, or gives out what only members may have."""
        return needed(str(self.request.method), self.roles) > Role.VIEWER

    def _deed(self) -> Deed:
        from ..access.audit import shown_path
        from ..catalogue.audit import Deed

        request = self.request
        agent = request.headers.get("X-Dh-Client", "") and f"dh {request.headers['X-Dh-Client']}"
        return Deed(
            time=as_text(seconds()),
            user=self.user_name,
            verb=str(request.method),
            path=shown_path(request.path.removeprefix(self.base_url.rstrip("/")), request.query),
            project=str(self.path_kwargs.get("project") or ""),
            status=self.get_status(),
            address=str(request.remote_ip or ""),
            client=(agent or request.headers.get("User-Agent", ""))[:200],
        )

    def document(self) -> dict[str, Any]:
        """The request's body, a JSON object; an empty one if there is no body. Raises Invalid."""
        found = self.content() if self.request.body.strip() else {}
        if not isinstance(found, dict):
            raise Invalid("The body must be a JSON object.", f"It is {_word(found)}.")
        return found

    def document_or_list(self) -> Any:
        """As `document`, or a JSON array."""
        found = self.content() if self.request.body.strip() else {}
        if not isinstance(found, (dict, list)):
            raise Invalid("The body must be a JSON object, or an array of them.", f"It is {_word(found)}.")
        return found

    def content(self) -> Any:
        """The request's body, any JSON, or YAML where the content type says so. Raises Invalid."""
        if len(self.request.body) > LARGEST_BODY:
            raise Invalid(
                f"The body is larger than {LARGEST_BODY // 2**20} MiB.", "Save data in the store, and post its path."
            )
        is_yaml = "yaml" in self.request.headers.get("Content-Type", "").lower()
        found = parse_yaml(self.request.body) if is_yaml else parse_json(self.request.body)
        check_depth(found)
        return found

    def answer(self, body: Any) -> None:
        """200 with JSON."""
        self.write_json(body)

    def done(self) -> None:
        """200 with nothing."""
        self.finish(set_content_type=JSON)

    def write_json(self, body: Any) -> None:
        """Whatever the status is."""
        self.finish(as_json(body), set_content_type=JSON)

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """The one place where errors become answers."""
        error = kwargs.get("exc_info", (None, None, None))[1]
        known = getattr(self, "_jupyter_current_user", None) is not None or not self.check_host()
        problem = problem_of(error, status_code, known=known)
        self.set_status(problem["status"])
        self.write_json(problem)


def check_path(parts: Mapping[str, Any]) -> None:
    """Raise Invalid for a path segment that no name can have."""
    for name, value in parts.items():
        text = value.decode(errors="replace") if isinstance(value, bytes) else value
        if text and (len(text) > 1024 or any(ord(letter) < 32 for letter in text)):
            raise Invalid(f"invalid path: the {name} can't be a name")


def parse_json(body: bytes) -> Any:
    """JSON as the standard has it. Raises Invalid."""
    try:
        found = json.loads(body, parse_constant=_no_constant)
        # a lone surrogate is no text: no database and no file would take it
        if b"\\ud" in body.lower():
            json.dumps(found, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as error:
        raise Invalid("The body is not JSON.", str(error)[:200]) from error
    return found


def _no_constant(word: str) -> Any:
    raise ValueError(f"{word} is not JSON")


def as_json(body: Any) -> bytes:
    """The answer's bytes; numbers that JSON lacks as words."""
    try:
        return json.dumps(body, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode(errors="replace")
    except ValueError:
        return json.dumps(_with_words(body), ensure_ascii=False, separators=(",", ":")).encode(errors="replace")


def _with_words(part: Any) -> Any:
    if isinstance(part, dict):
        return {name: _with_words(value) for name, value in part.items()}
    if isinstance(part, (list, tuple)):
        return [_with_words(value) for value in part]
    if isinstance(part, float) and part - part != 0:
        return "NaN" if part != part else "Infinity" if part > 0 else "-Infinity"
    return part


def _word(found: Any) -> str:
    return {list: "a list", str: "a string", bool: "true or false", type(None): "null"}.get(type(found), "a number")
