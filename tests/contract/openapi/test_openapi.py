"""The description that the server gives of itself: whole, well-formed, and about routes that there are."""

from __future__ import annotations

import json
import re
from typing import Any

from jsonschema import Draft202012Validator

from dh_jupyter.handlers.missing import MissingHandler
from dh_jupyter.handlers.openapi import SHAPES, document, shape_of, verbs_of
from dh_jupyter.handlers.routes import ROUTES
from tests.fixtures.server import InProcess

DESCRIBED = [
    (pattern, handler)
    for pattern, handler in ROUTES
    if not issubclass(handler, MissingHandler) and "/ws" not in pattern
]


def test_every_route_is_there_and_every_path_is_a_route() -> None:
    paths = document(ROUTES, "/")["paths"]
    matched = set()
    for path, verbs in paths.items():
        example = re.sub(r"\{[a-z]+\}", "x1", path)
        pattern, handler = next((pattern, handler) for pattern, handler in ROUTES if re.fullmatch(pattern, example))
        assert set(verbs) == set(verbs_of(handler)), path
        matched.add(pattern)
    assert {pattern for pattern, _ in DESCRIBED} == matched


def test_every_verb_says_what_goes_in_and_out() -> None:
    used = {getattr(handler, verb).__qualname__ for _, handler in DESCRIBED for verb in verbs_of(handler)}
    vague = used - set(SHAPES)  # described as any JSON
    assert len(vague) <= len(used) // 20, f"say in handlers/openapi.py what goes in and out of {vague}"
    assert set(SHAPES) <= used, "shapes of methods that are gone"
    for path, verbs in document(ROUTES, "/")["paths"].items():
        for verb, said in verbs.items():
            assert said["summary"], (verb, path)
    assert shape_of(dict(ROUTES)["/dh/api/auth"], "get").answer == {"type": "object"}


async def test_it_is_served_and_all_that_it_refers_to_is_there(server: InProcess) -> None:
    answer = await server.ask("GET", "/dh/api/v1/openapi.json")
    assert (answer.status, answer.body["openapi"]) == (200, "3.1.0")
    assert answer.body["servers"] == [{"url": "/foo"}]
    schemas: dict[str, Any] = answer.body["components"]["schemas"]
    refs = set(re.findall(r'"\$ref": "([^"]+)"', json.dumps(answer.body)))
    assert {ref.rpartition("/")[2] for ref in refs} <= set(schemas)
    for schema in schemas.values():
        Draft202012Validator.check_schema(schema)
    idents = [each["operationId"] for verbs in answer.body["paths"].values() for each in verbs.values()]
    assert len(idents) == len(set(idents))
