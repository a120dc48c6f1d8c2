"""What an answer must be, as the description of Core's API has it (the recorded answers are a stub's, and only examples).

Each check is a function of (line, answer) that yields what is wrong; `EXCEPTIONS` says where the recording is not the rule.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, get_args, get_type_hints
from urllib.parse import parse_qs

from dh_jupyter.tokens import login_name
from dh_kernel._contract import Status
from tests.contract.replay.recording import Line

STATES = frozenset(get_args(get_type_hints(Status)["state"]))
FINISHED = ("COMPLETED", "ERROR", "STOPPED")
HIT = ("id", "kind", "project", "name", "type", "status", "key")
PAGE = ("totalElements", "totalPages", "number", "size", "numberOfElements", "first", "last", "empty", "content")
ENVELOPE = ("kind", "project", "name", "id", "key", "user", "metadata", "spec", "status")
SERVER_WRITES = ("project", "name", "created", "updated", "created_by", "updated_by")
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")

# line → why the recorded status, state or message is not what ours must be
EXCEPTIONS = {
    262: "a build is nothing that is executed here: stored, ERROR, with a message",
    266: "nor is a service",
    271: "a build",
    333: "a build of a workflow",
    337: "workflows are not executed here",
    343: "nor are containers",
    348: "nor served models",
}


def of_every_answer(line: Line, status: int, headers: Mapping[str, str], body: Any) -> Iterator[str]:
    """Status, headers, errors, and no null where the SDK can't read one."""
    if status != line.status:
        yield f"status {status} for {line.status}: {str(body)[:300]}"
    if headers.get("X-Api-Level") != "15" or not headers.get("X-Api-Version"):
        yield "no level or version in the headers"
    if headers.get("Content-Type") != "application/json; charset=UTF-8":
        yield f"content type {headers.get('Content-Type')}"
    if status >= 400 and status == line.status:
        yield from _problem(line, body)
    elif line.answer is None and body not in (b"", True):
        yield f"a void operation answers {str(body)[:100]}"


def _problem(line: Line, body: Any) -> Iterator[str]:
    if body.get("status") != line.status or not isinstance(body.get("message"), str):
        yield f"not an error as Core writes them: {body}"
    said = line.answer["message"]
    if line.status != 401 and said not in json.dumps(body):
        yield f"the SDK looks for '{said}' in {body}"


def of_entity(document: Mapping[str, Any]) -> Iterator[str]:
    """The envelope."""
    for field in ENVELOPE:
        if document.get(field) is None:
            yield f"no {field}"
    for part in (document, *(document.get(name) or {} for name in ("metadata", "spec", "status"))):
        yield from (f"null in {name}" for name, value in part.items() if value is None)
    metadata, state = document.get("metadata") or {}, (document.get("status") or {}).get("state")
    yield from (f"no metadata.{name}" for name in SERVER_WRITES if not metadata.get(name))
    yield from (
        f"metadata.{name}: {metadata[name]}" for name in ("created", "updated") if not TIME.fullmatch(metadata[name])
    )
    if state not in STATES:
        yield f"the SDK knows no state {state}"


def of_posted(line: Line, document: Mapping[str, Any]) -> Iterator[str]:
    """What was sent is what is there."""
    sent = line.body
    for field in ("id", "name", "kind", "key"):
        if field in sent and field != "key" and document[field] != sent[field]:
            yield f"{field} {document[field]} for {sent[field]}"
    for field in ("labels", "description"):
        if field in sent["metadata"] and document["metadata"].get(field) != sent["metadata"][field]:
            yield f"metadata.{field} is {document['metadata'].get(field)}"
    if line.plural != "projects":
        for field, value in sent.get("spec", {}).items():
            if document["spec"].get(field) != value:
                yield f"spec.{field} is {document['spec'].get(field)} for {value}"


def of_put(line: Line, before: Mapping[str, Any], document: Mapping[str, Any]) -> Iterator[str]:
    """The stored document's identity and spec win; metadata is the client's."""
    for field in ("id", "name", "kind", "key", "project"):
        if document[field] != before[field]:
            yield f"{field} was changed"
    for field in ("labels", "description"):
        if field in line.body["metadata"] and document["metadata"].get(field) != line.body["metadata"][field]:
            yield f"metadata.{field} is {document['metadata'].get(field)}"
    if document["metadata"]["created"] != before["metadata"]["created"]:
        yield "metadata.created was changed"
    may_change = line.plural in ("tasks", "projects") or (
        line.plural == "runs" and before["status"]["state"] == "CREATED"
    )
    if not may_change and document["spec"] != before["spec"]:
        yield "the spec was changed"
    if line.plural == "runs" and not before["spec"].get("local_execution") and before["status"]["state"] in FINISHED:
        for field in ("state", "outputs", "results", "message"):
            if document["status"].get(field) != before["status"].get(field):
                yield f"a stale document took back status.{field}"


def of_state(line: Line, document: Mapping[str, Any]) -> Iterator[str]:
    """After POST and PUT the state is the one that was asked for, if the step is legal; a remote run goes its own way."""
    state, recorded = document["status"]["state"], line.answer["status"]["state"]
    if line.number in EXCEPTIONS:
        if state != "ERROR" or not document["status"].get("message"):
            yield f"not refused in words: {document['status']}"
    elif line.plural == "runs" and not document["spec"].get("local_execution"):
        if state not in ("READY", "PENDING", "RUNNING", *FINISHED):
            yield f"state {state}"
    elif state != recorded:
        yield f"state {state} for {recorded}"


def of_page(line: Line, body: Mapping[str, Any], everything: list[dict[str, Any]]) -> Iterator[str]:
    """A page holds all that meets the filters, the newest first (projects, secrets: by name), and nothing else."""
    yield from (f"no {field}" for field in PAGE if field not in body)
    for document in body["content"]:
        yield from of_entity(document)
    wanted = [each for each in everything if _meets(line, each)]
    size, page = 25, int(_one(line, "page") or 0)
    if [each["id"] for each in wanted][page * size :][:size] != [each["id"] for each in body["content"]]:
        yield f"{[each['name'] for each in body['content']]} for {[each['name'] for each in wanted]}"
    if body["totalPages"] != -(-len(wanted) // size):
        yield f"totalPages {body['totalPages']} for {len(wanted)} entities"


def of_hits(body: Mapping[str, Any]) -> Iterator[str]:
    """A page of hits, each with what the SDK reads of it; the state is a word, not an object."""
    yield from (f"no {field}" for field in PAGE if field not in body)
    for hit in body["content"]:
        yield from (f"no {field} in a hit" for field in HIT if not isinstance(hit.get(field), str))
        if not isinstance(hit.get("metadata"), dict):
            yield "no metadata in a hit"


def _meets(line: Line, document: Mapping[str, Any]) -> bool:
    """The list's filters, said once more in plain words."""
    spec, metadata = document["spec"], document["metadata"]
    run = line.plural == "runs"
    tests = {
        "name": lambda asked: document["name"] == asked,
        "kind": lambda asked: document["kind"] == asked,
        "user": lambda asked: document["user"] == login_name(),
        "state": lambda asked: document["status"]["state"] == asked,
        "function": lambda asked: spec.get("function") == asked,
        "workflow": lambda asked: spec.get("workflow") == asked,
        "task": lambda asked: spec.get("task") == asked,
        "action": lambda asked: asked in document["kind"].partition(":")[0],
        "q": lambda asked: asked in document["id"] or asked in document["name"] or (run and asked in spec["function"]),
        "created": lambda asked: _between(metadata["created"], *asked.split(",")),
    }
    return all(test(_one(line, name)) for name, test in tests.items() if _one(line, name))


def _one(line: Line, name: str) -> str:
    return parse_qs(line.query).get(name, [""])[0]


def _between(moment: str, since: str, until: str) -> bool:
    return datetime.fromisoformat(since) <= datetime.fromisoformat(moment) <= datetime.fromisoformat(until)


def of_token(body: Any) -> Iterator[str]:
    """As the SDK writes it into its profile: texts only, and a token that is there."""
    if (
        body.get("token_type") != "Bearer"
        or not body.get("access_token")
        or not isinstance(body.get("expires_in"), int)
    ):
        yield f"no token: {sorted(body)}"
    yield from (f"{name} is null" for name, value in body.items() if value is None)


def of_logs(body: Any) -> Iterator[str]:
    """As the SDK reads them."""
    if not isinstance(body, list):
        yield "not an array"
        return
    for log in body:
        if not (log.get("name") and log.get("spec", {}).get("run") and isinstance(log.get("content"), str)):
            yield f"the SDK can't read {log}"
