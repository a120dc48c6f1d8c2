"""The HTTP face of the fake: paths, verbs, content types and status codes of the Kubernetes API."""

import asyncio
import json
import re
import signal
import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from aiohttp import web

from ..forwarding import forward
from . import discovery
from .access import Action, Authenticator, Authorizer, User
from .controllers.kueue import VISIBILITY, pending
from .errors import ApiError, bad_request, no_such_path
from .objects import Object
from .patching import APPLY_PATCH, apply_patch
from .podlog import PodLogs
from .registry import DeleteOptions, Registry
from .resources import BY_PATH, NAMESPACES, PODS, SERVICE_ACCOUNTS, Key, Resource
from .selectors import Matcher, matcher
from .watching import DEFAULT_WATCH_SECONDS, Watch, list_object, list_page

BODY_LIMIT = 3 << 20
PATH = re.compile(
    r"/(?:api/(?P<core>v1)|apis/(?P<group>[^/]+/[^/]+))"
    r"(?:/namespaces/(?P<namespace>[^/]+))?"
    r"/(?P<plural>[a-z]+)(?:/(?P<name>[^/]+))?(?:/(?P<subresource>[a-z]+))?"
)
PLACES_PATH = re.compile(
    rf"/apis/{VISIBILITY}/namespaces/(?P<namespace>[^/]+)/localqueues/(?P<queue>[^/]+)/pendingworkloads"
)
NAMESPACE_PATH = re.compile(r"/api/v1/namespaces(?:/(?P<name>[^/]+))?(?:/(?P<subresource>status|finalize))?")
VERBS = {"POST": "create", "PUT": "update", "PATCH": "patch"}


@dataclass(frozen=True)
class Target:
    """What a path names. `name` is '' for a collection."""

    resource: Resource
    namespace: str
    name: str
    subresource: str

    @classmethod
    def of(cls, path: str) -> "Target":
        if match := NAMESPACE_PATH.fullmatch(path):
            return cls(NAMESPACES, "", match["name"] or "", match["subresource"] or "")
        match = PATH.fullmatch(path)
        resource = match and BY_PATH.get((match["core"] or match["group"], match["plural"]))
        if match is None or resource is None:
            raise no_such_path()
        namespace, name, subresource = match["namespace"], match["name"], match["subresource"]
        return cls(resource, namespace or "", name or "", subresource or "")

    @property
    def key(self) -> Key:
        return Key(self.resource, self.namespace, self.name)

    def verb(self, request: web.Request) -> str:
        if request.method == "GET":
            if self.name:
                return "get"
            return "watch" if request.query.get("watch") in ("1", "true") else "list"
        if request.method == "DELETE":
            return "delete" if self.name else "deletecollection"
        return VERBS[request.method]

    def action(self, verb: str) -> Action:
        plural, subresource = self.resource.plural, self.subresource
        full = f"{plural}/{subresource}" if subresource else plural
        return Action(verb, self.resource.group, full, self.namespace, self.name)


class ApiServer:
    """Answers requests from the registry. Down (`go_down`), it refuses connections; nothing is lost."""

    def __init__(self, registry: Registry, pki: Path, port: int) -> None:
        self._registry = registry
        self._store = registry.store
        self._authenticator = Authenticator(pki / "tokens.csv")
        self._authorizer = Authorizer(self._store)
        self._logs = PodLogs(self._store, pki)
        self._tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=str(pki / "ca.crt"))
        self._tls.load_cert_chain(pki / "apiserver.crt", pki / "apiserver.key")
        self._tls.verify_mode = ssl.CERT_OPTIONAL
        self._port = port
        self._runner: web.AppRunner | None = None
        self._switching = asyncio.Lock()

    async def come_up(self) -> None:
        async with self._switching:
            if not self._runner:
                self._runner = await self._serve()

    async def _serve(self) -> web.AppRunner:
        application = web.Application(client_max_size=BODY_LIMIT)
        application.router.add_route("*", "/{path:.*}", self._handle)
        runner = web.AppRunner(application, access_log=None, handler_cancellation=True, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", self._port, ssl_context=self._tls).start()
        return runner

    async def go_down(self) -> None:
        """Drops every connection, and the watch history as a restarted server has none."""
        async with self._switching:
            if self._runner:
                self._store.forget_history()
                await self._runner.cleanup()
                self._runner = None

    def obey_signals(self) -> None:
        """SIGUSR1 takes the server down, SIGUSR2 brings it up: an outage for tests."""
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGUSR1, lambda: loop.create_task(self.go_down()))
        loop.add_signal_handler(signal.SIGUSR2, lambda: loop.create_task(self.come_up()))

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        try:
            return await self._answer(request)
        except ApiError as error:
            return web.json_response(error.body, status=error.code)

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        tls = request.transport.get_extra_info("ssl_object") if request.transport else None
        user = self._authenticator.identify(request.headers.get("Authorization", ""), tls)
        user = self._impersonated(user, request.headers.get("Impersonate-User", ""))
        path = request.path.rstrip("/")
        if path in ("/healthz", "/livez", "/readyz"):
            return web.Response(text="ok")
        if (document := discovery.document(path)) is not None:
            return web.json_response(document)
        if path == discovery.ACCESS_REVIEWS:
            return self._review_access(user, await _body(request))
        if places := PLACES_PATH.fullmatch(path):
            return self._places(user, **places.groupdict())
        target = Target.of(path)
        verb = target.verb(request)
        self._authorizer.check(user, target.action(verb))
        if target.subresource == "log":
            return await self._logs.answer(request, target.key)
        if target.subresource == "portforward":
            return await self._forward(request, target)
        return await getattr(self, f"_{verb}")(request, target)

    async def _forward(self, request: web.Request, target: Target) -> web.StreamResponse:
        phase = self._store.require(target.key).get("status", {}).get("phase")
        if phase != "Running":
            raise bad_request(f"unable to forward port because pod is not running. Current status={phase}")
        return await forward(request, int(request.query["ports"]))

    def _impersonated(self, user: User, account: str) -> User:
        if not account:
            return user
        self._authorizer.check(user, Action("impersonate", "", "users", "", account))
        return User(account)

    def _places(self, user: User, namespace: str, queue: str) -> web.Response:
        asked = Action("get", VISIBILITY.partition("/")[0], "localqueues/pendingworkloads", namespace, queue)
        self._authorizer.check(user, asked)
        return web.json_response(pending(self._store, namespace, queue))

    def _review_access(self, user: User, review: Object) -> web.Response:
        asked = review["spec"].get("resourceAttributes") or {}
        resource = "/".join(filter(None, (asked.get("resource", ""), asked.get("subresource", ""))))
        action = Action(
            asked.get("verb", ""),
            asked.get("group", ""),
            resource,
            asked.get("namespace", ""),
            asked.get("name", ""),
        )
        review["status"] = {"allowed": self._authorizer.allows(user, action)}
        return web.json_response(review, status=201)

    async def _get(self, _request: web.Request, target: Target) -> web.Response:
        return web.json_response(self._store.require(target.key))

    async def _list(self, request: web.Request, target: Target) -> web.Response:
        query = request.query
        matches = _matcher(request, target)
        limit, token = int(query.get("limit") or 0), query.get("continue", "")
        selective = "labelSelector" in query or "fieldSelector" in query
        page = list_page(self._store, target.resource, matches, limit, token, selective)
        return web.json_response(page)

    async def _watch(self, request: web.Request, target: Target) -> web.StreamResponse:
        query = request.query
        watch = Watch(
            self._store,
            target.resource,
            _matcher(request, target),
            bookmarks=query.get("allowWatchBookmarks") in ("1", "true", "True"),
            seconds=float(query.get("timeoutSeconds") or DEFAULT_WATCH_SECONDS),
        )
        response = web.StreamResponse(headers={"Content-Type": "application/json"})
        await response.prepare(request)
        try:
            async for event in watch.events(query.get("resourceVersion", "")):
                await response.write(json.dumps(event).encode() + b"\n")
        except ConnectionResetError:
            pass  # the watcher left
        return response

    async def _create(self, request: web.Request, target: Target) -> web.Response:
        body = await _body(request)
        if target.resource == SERVICE_ACCOUNTS and target.subresource == "token":
            token = self._authenticator.service_account_token(target.namespace, target.name)
            return web.json_response({**body, "status": {"token": token}}, status=201)
        if target.name:
            message = "the server does not allow this method on the requested resource"
            raise ApiError(405, "MethodNotAllowed", message)
        obj = self._registry.create(target.resource, target.namespace, body, _dry_run(request))
        return web.json_response(obj, status=201)

    async def _update(self, request: web.Request, target: Target) -> web.Response:
        body = await _body(request)
        name = (body.get("metadata") or {}).get("name")
        if name != target.name:
            raise bad_request(f"the name of the object ({name}) does not match the name on the URL ({target.name})")
        return web.json_response(self._replace(target, body, _dry_run(request)))

    async def _patch(self, request: web.Request, target: Target) -> web.Response:
        patch = await _body(request)
        current = self._store.get(target.key)
        if current is None and request.content_type == APPLY_PATCH:
            obj = self._registry.create(target.resource, target.namespace, patch, _dry_run(request))
            return web.json_response(obj, status=201)
        patched = apply_patch(self._store.require(target.key), patch, request.content_type)
        return web.json_response(self._replace(target, patched, _dry_run(request)))

    def _replace(self, target: Target, obj: Object, dry_run: bool) -> Object:
        if target.subresource == "status":
            return self._registry.update_status(target.key, obj, dry_run)
        return self._registry.update(target.key, obj, dry_run)

    async def _delete(self, request: web.Request, target: Target) -> web.Response:
        options = _delete_options(request, await _body(request))
        deleted = self._registry.delete(target.key, options, _dry_run(request))
        still_there = self._store.get(target.key) is not None
        if still_there or target.resource in (PODS, NAMESPACES):
            return web.json_response(deleted)
        details = {
            "name": target.name,
            "group": target.resource.group,
            "kind": target.resource.plural,
            "uid": deleted["metadata"]["uid"],
        }
        status = {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success"}
        return web.json_response({**status, "details": details})

    async def _deletecollection(self, request: web.Request, target: Target) -> web.Response:
        options = _delete_options(request, await _body(request))
        matches = _matcher(request, target)
        for key, obj in self._store.items(target.resource, target.namespace):
            if matches(key, obj):
                self._registry.delete(key, options, _dry_run(request))
        metadata = {"resourceVersion": str(self._store.revision)}
        return web.json_response(list_object(target.resource, metadata, []))


def _matcher(request: web.Request, target: Target) -> Matcher:
    labels, fields = request.query.get("labelSelector"), request.query.get("fieldSelector")
    return matcher(target.resource, target.namespace, labels, fields)


def _dry_run(request: web.Request) -> bool:
    return "dryRun" in request.query


def _delete_options(request: web.Request, body: Object) -> DeleteOptions:
    query = request.query
    grace = query.get("gracePeriodSeconds", body.get("gracePeriodSeconds"))
    return DeleteOptions(
        propagation=query.get("propagationPolicy", body.get("propagationPolicy")),
        grace=None if grace is None else int(grace),
        uid=(body.get("preconditions") or {}).get("uid"),
    )


async def _body(request: web.Request) -> Any:
    text = await request.text()
    if not text:
        return {}
    try:
        return yaml.safe_load(text) if request.content_type == APPLY_PATCH else json.loads(text)
    except (ValueError, yaml.YAMLError):
        raise bad_request("the object provided is unrecognized") from None
