"""The API's own description, OpenAPI 3.1: from the route table, and the contract's definitions. Pure.

A route's path parameters come from its pattern, a verb's summary from its docstring, its bodies from `SHAPES`.
"""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from tornado.web import RequestHandler
from tornado.websocket import WebSocketHandler

from dh_kernel._version import __version__

from ..kinds import definitions
from ..validation import MOST_AT_ONCE
from .missing import MissingHandler

VERBS = ("get", "post", "put", "delete")
PUBLIC = ("/dh/.well-known/", "/dh/auth/token", "/dh/files/", "/dh/health", "/dh/ready")
_GROUP = re.compile(r"\(\?P<([a-z]+)>((?:\[[^\]]*\]\+?)|[^()]*)\)")
_OPTIONAL = re.compile(r"\(\?:/(\(\?P<[a-z]+>[^()]*\))\)\?")
_REF = "#/components/schemas/"
_TEXT = {"type": "string"}
_NUMBER: dict[str, Any] = {"anyOf": [{"type": "number"}, {"enum": ["NaN", "Infinity", "-Infinity"]}]}
_VALUE = {"anyOf": [_NUMBER, {"type": "array", "items": _NUMBER}]}
_EDGES = {"type": "array", "items": {"$ref": _REF + "Relationship"}}
_ENTITIES = {"type": "array", "items": {"$ref": _REF + "Entity"}}
_OBJECT: dict[str, Any] = {"type": "object"}
_OBJECTS = {"type": "array", "items": _OBJECT}
_LIST = (
    "page",
    "size",
    "sort",
    "q",
    "name",
    "kind",
    "user",
    "state",
    "created",
    "updated",
    "labels",
    "text",
    "after",
    "kinds",
)
_OF_AUDIT = ("user", "verb", "since", "until", "after", "size")
_AUDIT = {**_OBJECT, "properties": {"content": _OBJECTS, "next": _TEXT}, "required": ["content"]}
_OF_RUNS = (*_LIST, "ids", "function", "workflow", "task", "action")


def _one_or_many(name: str) -> dict[str, Any]:
    one = {"$ref": _REF + name}
    return {"oneOf": [one, {"type": "array", "items": one, "minItems": 1, "maxItems": MOST_AT_ONCE}]}


class Shape(NamedTuple):
    """What goes in and out of a verb: names of definitions, or schemas. `answer` None: an empty body."""

    answer: Any = None
    body: Any = None
    query: tuple[str, ...] = ()
    content: str = "application/json"


# by the method that answers
SHAPES: dict[str, Shape] = {
    "EntitiesHandler.get": Shape("Page", None, (*_OF_RUNS, "versions")),
    "EntitiesHandler.post": Shape(_one_or_many("Entity"), _one_or_many("Posted"), ("on_duplicate",)),
    "EntitiesHandler.delete": Shape(None, None, ("name", "cascade")),
    "AuditHandler.get": Shape(_AUDIT, None, _OF_AUDIT),
    "WholeAuditHandler.get": Shape(_AUDIT, None, _OF_AUDIT),
    "EntityHandler.get": Shape("Entity"),
    "EntityHandler.put": Shape("Entity", "Posted"),
    "EntityHandler.delete": Shape(None, None, ("cascade",)),
    "TasksHandler.post": Shape("Entity", "Posted"),
    "RunsHandler.post": Shape("Entity", "Posted"),
    "RunHandler.delete": Shape("Entity"),
    "StopHandler.post": Shape("Entity"),
    "EventHandler.post": Shape("Entity"),
    "RetryHandler.post": Shape("Entity", {**_OBJECT, "properties": {"changes": _OBJECT}}),
    "TrialsHandler.get": Shape("TrialPage", None, ("after", "size", "sort", "state", "numbers")),
    "ChampionHandler.get": Shape("Champion"),
    "TrialColumnsHandler.get": Shape("TrialColumns", None, ("since",)),
    "ImportanceHandler.get": Shape({**_OBJECT, "additionalProperties": {"type": "number"}}),
    "SweepHandler.post": Shape("Entity", _OBJECT),
    "StopTrialHandler.post": Shape("Entity", {**_OBJECT, "properties": {"number": {"type": "integer"}}}),
    "EnvironmentHandler.get": Shape("Environment"),
    "TriggersHandler.post": Shape("Entity", "Posted"),
    "TriggerHandler.put": Shape("Entity", "Posted"),
    "TriggerEventHandler.post": Shape("Entity"),
    "SecretsHandler.post": Shape("Entity", "Posted"),
    "SecretsHandler.delete": Shape(None, None, ("name",)),
    "SecretHandler.delete": Shape(),
    "SecretDataHandler.get": Shape({**_OBJECT, "additionalProperties": _TEXT}, None, ("keys",)),
    "SecretDataHandler.put": Shape(None, {**_OBJECT, "additionalProperties": _TEXT}),
    "TasksOfHandler.get": Shape(_ENTITIES),
    "RunsOfHandler.get": Shape(_ENTITIES),
    "ProjectsHandler.get": Shape("Page", None, _LIST),
    "ProjectsHandler.post": Shape("Entity", "Posted"),
    "ProjectHandler.get": Shape("Entity", None, ("kinds",)),
    "ProjectHandler.put": Shape("Entity", "Posted"),
    "ProjectHandler.delete": Shape(None, None, ("cascade",)),
    "ProjectRelationshipsHandler.get": Shape(_EDGES),
    "RelationshipsHandler.get": Shape(_EDGES),
    "ShareHandler.get": Shape(_OBJECTS),
    "ShareHandler.post": Shape(_OBJECT, None, ("user",)),
    "ShareHandler.delete": Shape(None, None, ("id", "user")),
    "ResolveHandler.get": Shape("Entity", None, ("ref", "type")),
    "LabelsHandler.get": Shape(_OBJECT, None, ("label", "page", "size")),
    "MetricsHandler.get": Shape({**_OBJECT, "additionalProperties": _VALUE}),
    "MetricHandler.get": Shape(_VALUE),
    "MetricHandler.put": Shape(None, _VALUE),
    "FilesInfoHandler.get": Shape(_OBJECTS),
    "FilesInfoHandler.put": Shape(None, _OBJECTS),
    "DownloadHandler.get": Shape(_OBJECT, None, ("sub",)),
    "LinksHandler.get": Shape(_OBJECTS),
    "RowsHandler.get": Shape("TableRows", None, ("start", "size")),
    "UploadHandler.post": Shape(_OBJECT, None, ("filename",)),
    "PartHandler.put": Shape(_OBJECT, None, ("path", "uploadId", "partNumber")),
    "CompleteHandler.post": Shape({}, None, ("path", "uploadId", "partList")),
    "StoresHandler.get": Shape({"type": "array", "items": _TEXT}),
    "PlaceInfoHandler.get": Shape(_OBJECTS, None, ("path",)),
    "PlaceDownloadHandler.get": Shape(_OBJECT, None, ("path",)),
    "PlaceUploadHandler.post": Shape(_OBJECT, None, ("path", "filename")),
    "PlaceStartHandler.post": Shape(_OBJECT, None, ("path", "filename")),
    "PlaceDeleteHandler.delete": Shape({}, None, ("path",)),
    "TicketHandler.get": Shape(_TEXT, None, (), "application/octet-stream"),
    "TicketHandler.put": Shape({}),
    "PersonalTokensHandler.get": Shape(_OBJECTS),
    "PersonalTokensHandler.post": Shape(
        _OBJECT, {**_OBJECT, "properties": {"name": _TEXT, "days": {"type": "number"}}}
    ),
    "PersonalTokenHandler.delete": Shape(),
    "TokenHandler.post": Shape(_OBJECT),
    "ExtensionsHandler.get": Shape(_OBJECTS),
    "ExtensionsHandler.put": Shape(_OBJECTS, _OBJECTS),
    "AliasesHandler.get": Shape(_OBJECTS),
    "AliasHandler.put": Shape("Entity", {**_OBJECT, "properties": {"note": _TEXT}}),
    "AliasHandler.delete": Shape(),
    "PublishHandler.post": Shape("Entity", {**_OBJECT, "properties": {"name": _TEXT, "alias": _TEXT, "note": _TEXT}}),
    "ApplyHandler.post": Shape("ApplyPlan", "ApplyRequest"),
    "PlanHandler.post": Shape("Plan", "PlanRequest"),
    "RunsTogetherHandler.post": Shape("BegunRuns", "RunsRequest"),
    "ToolHandler.post": Shape("ToolPage", {**_OBJECT, "properties": {"run": _TEXT}}),
    "KernelPlacesHandler.post": Shape("Entity", "KernelRequest"),
    "KernelMoveHandler.post": Shape(),
    "KernelHandler.get": Shape("KernelPlace"),
    "KernelHandler.post": Shape(),
    "AllHandler.get": Shape("Page", None, (*_OF_RUNS, "versions")),
    "LogsHandler.get": Shape(_ENTITIES, None, ("tail",)),
    "LogListHandler.get": Shape("Page", None, ("run", "user", "page", "size")),
    "LogHandler.get": Shape("Entity"),
    "LogHandler.delete": Shape(),
    "SchemasHandler.get": Shape(_OBJECT, None, ("page", "size")),
    "SchemaHandler.get": Shape(_OBJECT),
    "TemplatesHandler.get": Shape(_OBJECT, None, ("page", "size")),
    "TemplateHandler.get": Shape(_OBJECT),
    "AuthHandler.get": Shape(_OBJECT),
    "ConfigurationHandler.get": Shape(_OBJECT),
    "OpenidHandler.get": Shape(_OBJECT),
    "OpenapiHandler.get": Shape(_OBJECT),
    "ProfilesHandler.get": Shape(_OBJECTS, None, ("gpus",)),
    "ProfileHandler.get": Shape("Profile", None, ("gpus",)),
    "LeftoversHandler.get": Shape("Leftovers", None, ("store",)),
    "LeftoversHandler.delete": Shape("Leftovers", None, ("store",)),
    "DoctorHandler.get": Shape(_OBJECTS),
    "HealthHandler.get": Shape(_OBJECT),
    "ReadyHandler.get": Shape(_OBJECT),
    "PrometheusHandler.get": Shape(_TEXT, None, (), "text/plain"),
    "StreamHandler.get": Shape(_TEXT, None, ("log", "tail", "limit"), "text/event-stream"),
    "ManyStreamHandler.post": Shape(
        _TEXT, {**_OBJECT, "properties": {"ids": {"type": "array", "items": _TEXT}}}, (), "text/event-stream"
    ),
}
_QUERY: dict[str, Any] = {
    "page": {"type": "integer", "minimum": 0, "maximum": 2147483647},
    "size": {"type": "integer", "minimum": 1, "maximum": 1000},
    "cascade": {"type": "boolean"},
    "versions": {"enum": ["latest", "all"]},
    "kinds": {"enum": ["all"]},
    "on_duplicate": {"enum": ["error", "keep"]},
    "labels": {"type": "array", "items": _TEXT},
    "keys": {"type": "array", "items": _TEXT},
    "sort": {"type": "string", "pattern": "^(id|name|kind|project|created|updated|state|user)(,(ASC|DESC))?$"},
    "log": {"type": "integer"},
    "limit": {"type": "integer"},
    "tail": {"type": "integer"},
}
_ANY = Shape({})


def document(routes: Iterable[tuple[str, type[RequestHandler]]], url: str) -> dict[str, Any]:
    """The whole description. `url` is where the paths begin."""
    paths: dict[str, dict[str, Any]] = {}
    for path, handler, fixed in _expanded(routes):
        known = {verb: _operation(path, verb, handler, fixed) for verb in verbs_of(handler)}
        paths.setdefault(path, {}).update({verb: each for verb, each in known.items() if verb not in paths[path]})
    schemas = json.loads(json.dumps(definitions()).replace("#/$defs/", _REF))
    bearer = {"type": "http", "scheme": "bearer", "description": "A token of Jupyter's, or of a kernel"}
    return {
        "openapi": "3.1.0",
        "info": {"title": "dh-jupyter", "version": __version__, "description": "DigitalHub Core's API, and ours."},
        "servers": [{"url": url}],
        "security": [{"token": []}],
        "paths": paths,
        "components": {"schemas": schemas, "securitySchemes": {"token": bearer}},
    }


def verbs_of(handler: type[RequestHandler]) -> list[str]:
    """Verbs that a handler answers and that belong into the description."""
    return [verb for verb in VERBS if getattr(handler, verb) is not RequestHandler._unimplemented_method]


def _expanded(
    routes: Iterable[tuple[str, type[RequestHandler]]],
) -> Iterator[tuple[str, type[RequestHandler], dict[str, str]]]:
    """One path for each word that a pattern has alternatives for, and each with and without what may be left out."""
    for pattern, handler in routes:
        if issubclass(handler, (WebSocketHandler, MissingHandler)):
            continue
        for whole in dict.fromkeys((_OPTIONAL.sub("", pattern), _OPTIONAL.sub(r"/\1", pattern))):
            yield from ((path, handler, words) for path, words in _with_words(whole))


def _with_words(pattern: str) -> Iterator[tuple[str, dict[str, str]]]:
    groups = _GROUP.findall(pattern)
    choices = [(name, body.split("|")) for name, body in groups if not body.startswith(("[", "."))]
    for words in itertools.product(*(options for _, options in choices)):
        fixed = dict(zip((name for name, _ in choices), words, strict=True))

        def put(match: re.Match[str], fixed: Mapping[str, str] = fixed) -> str:
            return fixed.get(match[1], f"{{{match[1]}}}")

        yield _GROUP.sub(put, pattern).replace("\\.", "."), fixed


def shape_of(handler: type[RequestHandler], verb: str) -> Shape:
    """By the method that answers, inherited or not; any JSON where nothing is said."""
    return SHAPES.get(getattr(handler, verb).__qualname__, _ANY)


def _operation(path: str, verb: str, handler: type[RequestHandler], fixed: Mapping[str, str]) -> dict[str, Any]:
    shape = shape_of(handler, verb)
    names = re.findall(r"\{([a-z]+)\}", path)
    parameters: list[dict[str, Any]] = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string", "minLength": 1}} for name in names
    ]
    parameters += [{"name": name, "in": "query", "schema": _QUERY.get(name, _TEXT)} for name in shape.query]
    said: dict[str, Any] = {
        "operationId": f"{verb}{re.sub(r'[^A-Za-z]+', '_', path)}",
        "summary": (getattr(handler, verb).__doc__ or "").strip().partition("\n")[0],
        "parameters": parameters,
        "responses": {
            "200": {"description": "Done", **_content(shape.answer, shape.content)},
            "4XX": {"description": "What was asked can't be", **_content("Problem")},
            "503": {"description": "Not now", **_content("Problem")},
        },
    }
    if shape.body is not None:
        said["requestBody"] = {"required": True, **_content(shape.body)}
    if path.startswith(PUBLIC):
        said["security"] = []
    return said


def _content(schema: Any, kind: str = "application/json") -> dict[str, Any]:
    if schema is None:
        return {}
    return {"content": {kind: {"schema": {"$ref": _REF + schema} if isinstance(schema, str) else schema}}}
