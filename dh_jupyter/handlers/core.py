"""The same routes in front of a DigitalHub Core: what it has is passed on, what we add is derived, the rest says so.

Its routes are made from ours, so that each of them has an answer.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import parse_qsl, quote, urlencode

from jupyter_server.auth.decorator import authorized
from tornado.web import RequestHandler, authenticated

from dh_kernel._version import __version__
from dh_kernel.errors import DHError, Invalid, NotFound

from ..core.documents import to_core
from ..core.http import problem_of
from ..core.lists import delete_secrets, keep_secrets, merged, states_of
from . import sweeps
from .apply import ApplyHandler
from .base import DhHandler
from .describe import OpenapiHandler
from .entities import SINGULAR, ResolveHandler
from .health import HealthHandler, ReadyHandler
from .log_bytes import LogBytesHandler
from .missing import MissingHandler
from .personal import PersonalTokenHandler, PersonalTokensHandler
from .plans import PlanHandler
from .publish import AliasesHandler, AliasHandler
from .relationships import LineageHandler, RelationshipsHandler
from .routes import ROUTES
from .runs import EnvironmentHandler, RetryHandler, RunsHandler, StopHandler
from .stream import ManyStreamHandler, StreamHandler, StreamSocket
from .token import TokenHandler
from .wellknown import ConfigurationHandler, OpenidHandler

if TYPE_CHECKING:
    from ..core.catalogue import CoreCatalogue
    from ..remote import RemoteBroker

_OURS = ("kinds", "on_duplicate", "after", "text")


class CoreHandler(DhHandler):
    """Passed on as it came; documents in and out are translated."""

    @property
    def remote(self) -> RemoteBroker:
        """The broker, by its own name."""
        return cast("RemoteBroker", self.broker)

    @property
    def documents(self) -> CoreCatalogue:
        """Core's."""
        return cast("CoreCatalogue", self.broker.catalogue)

    @authenticated
    @authorized
    async def get(self, **parts: str) -> None:
        """What Core says."""
        await self._pass_on(parts)

    @authenticated
    @authorized
    async def post(self, **parts: str) -> None:
        """What Core does."""
        await self._pass_on(parts)

    @authenticated
    @authorized
    async def put(self, **parts: str) -> None:
        """What Core changes."""
        await self._pass_on(parts)

    @authenticated
    @authorized
    async def delete(self, **parts: str) -> None:
        """What Core deletes."""
        await self._pass_on(parts)

    async def _pass_on(self, parts: Mapping[str, str]) -> None:
        found = await self.broker.call(self._asked, parts)
        if found is None:
            self.done()
        else:
            self.answer(found)

    def _asked(self, parts: Mapping[str, str]) -> Any:
        path = self.request.path.removeprefix(self.base_url.rstrip("/") + "/dh")
        query = core_query(parse_qsl(self.request.query, keep_blank_values=True))
        body = self._body(parts) if self.request.body.strip() else None
        answer = self.remote.core.forward(
            str(self.request.method), path + (f"?{urlencode(query)}" if query else ""), body
        )
        if answer.status >= 400:
            raise problem_of(answer)
        found = json.loads(answer.content) if answer.content.strip() else None
        return self._shown(found, SINGULAR.get(parts.get("plural", ""), ""))

    def _body(self, parts: Mapping[str, str]) -> bytes:
        found = self.content()
        is_document = isinstance(found, dict) and "plural" in parts and "spec" in found
        return json.dumps(to_core(found) if is_document else found).encode()

    def _shown(self, found: Any, entity: str) -> Any:
        """Documents in the answer as our clients read them; everything else as it is."""
        if isinstance(found, list):
            return [self._shown(one, entity) for one in found]
        if not isinstance(found, dict):
            return found
        if isinstance(found.get("content"), list):
            page = {**found, "content": [self._shown(one, entity) for one in found["content"]]}
            is_last = found.get("last", found.get("number", 0) + 1 >= found.get("totalPages", 1))
            return page if is_last else {**page, "next": str(found.get("number", 0) + 1)}
        is_document = entity and "kind" in found and "id" in found and "metadata" in found
        return self.documents.shown(entity, found) if is_document else found


def core_query(given: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """A query in Core's words: `text` becomes `q` (a part of a name), `after` the number of a page."""
    kept = [(name, value) for name, value in given if name not in _OURS]
    said = dict(given)
    if said.get("text"):
        kept.append(("q", said["text"]))
    if said.get("after", "").isdigit():
        kept = [pair for pair in kept if pair[0] != "page"] + [("page", said["after"])]
    return kept


class CoreEntitiesHandler(CoreHandler):
    """Lists, and what is registered."""

    @authenticated
    @authorized
    async def post(self, **parts: str) -> None:
        """Create; with `?on_duplicate=keep` what is there already is answered."""
        if self.argument("on_duplicate") != "keep":
            return await self._pass_on(parts)
        entity, posted = SINGULAR[parts["plural"]], self.document()
        made, existing = await self.broker.call(self.documents.register, parts["project"], entity, posted)
        if existing:
            self.set_header("X-Dh-Existing", "true")
        self.answer(made)
        self.remote.changed(made)
        return None


class CoreEntityHandler(CoreHandler):
    """One."""

    @authenticated
    @authorized
    async def put(self, **parts: str) -> None:
        """Change it; aliases stay."""
        entity, document = SINGULAR[parts["plural"]], self.document()
        self.answer(await self.broker.call(self.documents.update, parts["project"], entity, parts["ident"], document))


class CoreRunsHandler(CoreHandler):
    """Lists of runs, and new ones."""

    post = RunsHandler.post

    def _asked(self, parts: Mapping[str, str]) -> Any:
        """Core knows one state at a time."""
        query = parse_qsl(self.request.query, keep_blank_values=True)
        states = states_of(query)
        if not states:
            return super()._asked(parts)
        rest = [pair for pair in core_query(query) if pair[0] != "state"]
        path = f"/-/{quote(parts['project'], safe='')}/runs"
        pages = [self.remote.core.ask("GET", path, [*rest, ("state", state)]) for state in states]
        return self._shown(merged(pages), "run")


class CoreSecretsHandler(CoreHandler):
    """Secrets, without values."""

    @authenticated
    @authorized
    async def delete(self, **parts: str) -> None:
        """`?name=`: it, and its value."""
        name = self.argument("name")
        if not name:
            raise Invalid("'name' is missing.", "DELETE …/secrets?name=NAME deletes it and its value.")
        if not await self.broker.call(delete_secrets, self.remote.core, parts["project"], name):
            raise NotFound(f"There is no secret '{name}'.", "%dh secret lists them.")
        self.done()


class CoreSecretDataHandler(CoreHandler):
    """Their values."""

    @authenticated
    @authorized
    async def put(self, **parts: str) -> None:
        """`{"NAME": "value"}`; makes the secret that is not there."""
        if await self.broker.call(keep_secrets, self.remote.core, parts["project"], self.document()):
            self.set_header("X-Dh-Existing", "true")
        self.done()


class CoreLinksHandler(DhHandler):
    """Links to all files of an entity, of those that Core gives one by one."""

    @authenticated
    @authorized
    async def get(self, project: str, plural: str, ident: str) -> None:
        """`[{path, url, size, expiration}]`."""
        self.answer(await self.broker.call(self._links, project, plural, ident))

    def _links(self, project: str, plural: str, ident: str) -> list[dict[str, Any]]:
        core = cast("RemoteBroker", self.broker).core
        entity = self.broker.catalogue.get(project, SINGULAR[plural], ident)
        below = f"/-/{project}/{plural}/{ident}/files"
        if not str(entity["spec"].get("path", "")).endswith("/"):
            return [{"path": "", **_link(core.ask("GET", f"{below}/download"))}]
        files = core.ask("GET", f"{below}/info") or entity["status"].get("files") or []
        return [
            {
                "path": one["path"],
                "size": one.get("size", 0),
                **_link(core.ask("GET", f"{below}/download", {"sub": one["path"]})),
            }
            for one in files
        ]


def _link(answer: Mapping[str, Any]) -> dict[str, Any]:
    return {name: answer[name] for name in ("url", "expiration") if name in answer}


class CoreDoctorHandler(DhHandler):
    """How the broker is, and Core."""

    @authenticated
    @authorized
    async def get(self) -> None:
        """`[{what, ok, detail}]`."""
        ours = {"what": "server", "ok": True, "detail": f"dh-jupyter {__version__}, in front of a DigitalHub Core"}
        self.answer([ours, *await self.broker.call(cast("RemoteBroker", self.broker).examined)])


class NotThereHandler(MissingHandler):
    """What Core has not, and cannot be derived from what it has."""

    def _missing(self) -> DHError:
        name = next((one for one in _INSTEAD if f"/{one}" in self.request.path), "")
        return Invalid(f"With a DigitalHub Core there is no {name or 'such thing'} here.", _INSTEAD.get(name, ""))


_INSTEAD = {
    "leftovers": "Core's administrator looks after its store.",
    "audit": "Core's administrator has its log.",
    "publish": "Point an alias at it: PUT …/models/ID/aliases/champion. MLflow's registry is not Core's.",
    "metrics": "Runs and entities are Core's, and so are numbers about them.",
    "profiles": "Core names its own in --profile NAME: GET /.well-known/configuration, k8s_resource_profiles.",
    "rows": "Load it: dh.load(…).",
    "trials": "Start runs one by one: %dh run FUNCTION lr=…",
    "sweep": "Start runs one by one: %dh run FUNCTION lr=…",
}
_DERIVED: tuple[type[RequestHandler], ...] = (
    *(OpenidHandler, ConfigurationHandler, TokenHandler, OpenapiHandler, ResolveHandler, PlanHandler),
    *(StreamHandler, ManyStreamHandler, StreamSocket, RetryHandler, EnvironmentHandler, StopHandler, LogBytesHandler),
    *(AliasesHandler, AliasHandler, LineageHandler, RelationshipsHandler, MissingHandler),
    *(HealthHandler, ReadyHandler, PersonalTokensHandler, PersonalTokenHandler, ApplyHandler),
)
_OWN: dict[str, type[RequestHandler]] = {
    "EntitiesHandler": CoreEntitiesHandler,
    "EntityHandler": CoreEntityHandler,
    "RunsHandler": CoreRunsHandler,
    "SecretsHandler": CoreSecretsHandler,
    "SecretDataHandler": CoreSecretDataHandler,
    "LinksHandler": CoreLinksHandler,
    "DoctorHandler": CoreDoctorHandler,
    **dict.fromkeys(
        ("LeftoversHandler", "AuditHandler", "WholeAuditHandler", "PublishHandler", "PrometheusHandler",
         "ProfilesHandler", "ProfileHandler", "RowsHandler", "TicketHandler"),
        NotThereHandler,
    ),
}  # fmt: skip


def core_routes() -> list[tuple[str, type[RequestHandler]]]:
    """All of ours, each with what answers it in front of a Core."""
    return [(pattern, _answering(handler)) for pattern, handler in ROUTES]


def _answering(handler: type[RequestHandler]) -> type[RequestHandler]:
    name = handler.__name__
    if name in _OWN:
        return _OWN[name]
    if handler.__module__ == sweeps.__name__:
        return NotThereHandler
    return handler if handler in _DERIVED else CoreHandler
