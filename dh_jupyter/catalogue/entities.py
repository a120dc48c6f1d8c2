"""Documents: what a posted one becomes, and what a PUT changes. Pure: plain dicts in, plain dicts out.

The rules are DigitalHub Core's (core-api, sections 2 and 6) with our guard against stale documents: whoever PUTs an old
object of a run does not take back what the broker has written since.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from dh_kernel import refs
from dh_kernel.errors import Invalid

from ..clock import as_seconds, as_text
from . import steps
from .types import KIND, KUBERNETES_NAME, LISTED_IN_PROJECT, MATERIAL, NAME, NAMELESS, PLURALS, SECRET_NAME

Document = dict[str, Any]

COMPUTED = ("version_number", "reference", "aliases")  # added at every read, never stored
OURS = ("cells", "run_defaults", "function")  # in metadata; a client that does not know them leaves them out
RETAKEN = ("cells", "run_defaults", "description", "labels")  # what registering the same content again may change

# A run's broker writes these; a PUT never does.
_BROKERS = frozenset({"state", "attempt", "stop_asked", "transitions", "started", "ended", "value", "error"})
_BROKERS |= {"diagnosis", "progress", "peak_memory", "home"}
_FINAL = _BROKERS | {"outputs", "results", "message", "warnings"}

_NAMES = {
    "project": (KUBERNETES_NAME, "a-z, 0-9 and -, at most 38"),
    "secret": (SECRET_NAME, "a-z, A-Z, 0-9, _ - and ., at most 128"),
}


# -- create ------------------------------------------------------------------------------------------------------------


def new_document(entity: str, posted: Mapping[str, Any], *, project: str, user: str, now: str) -> Document:
    """The document to store for a posted one. Raises Invalid in Core's words."""
    if entity not in PLURALS:
        raise Invalid(f"There are no entities of type '{entity}'.", f"There are: {', '.join(PLURALS)}.")
    document = _without_nulls(posted)
    document["id"] = _ident(entity, document)
    document["name"] = name = _name(entity, document)
    document["project"] = name if entity == "project" else _project(document, project)
    document["kind"] = kind = _kind(entity, document)
    document["key"] = refs.key_of(document["project"], entity, kind, name, document["id"])
    document["user"] = user
    document["metadata"] = {
        **_client_metadata(document),
        **_stamps(document, created=now, updated=now, created_by=user, updated_by=user),
    }
    document["spec"] = _spec(entity, document)
    document["status"] = status = _fields(document, "status")
    status["state"] = steps.first_state(entity, status.get("state"))
    _check_extensions(document)
    return document


def name_version(document: Document, number: int) -> None:
    """Core invents `metadata.version` where the client sent none, or only the id."""
    if document["metadata"].get("version") in (None, "", document["id"]):
        document["metadata"]["version"] = str(number)


def _ident(entity: str, document: Mapping[str, Any]) -> str:
    if entity == "project":
        return _name(entity, document)
    ident = document.get("id")
    if ident is None:
        return uuid.uuid4().hex
    if not isinstance(ident, str) or not NAME.fullmatch(ident):
        raise Invalid(f"invalid id: {ident!r}", "a-z, A-Z, 0-9 and . _ + - only, at most 256.")
    return ident


def _name(entity: str, document: Mapping[str, Any]) -> str:
    if entity in NAMELESS:
        return str(document["id"])
    name = document.get("name")
    pattern, allowed = _NAMES.get(entity, (NAME, "a-z, A-Z, 0-9 and . _ + -, at most 256, as in 'size_2'"))
    if not isinstance(name, str) or not pattern.fullmatch(name):
        raise Invalid(f"invalid or missing name: {name!r}", f"Allowed are {allowed}.")
    if entity == "project" and document.get("id") not in (None, name):
        raise Invalid("project id must match name")
    return name


def _project(document: Mapping[str, Any], project: str) -> str:
    if document.get("project", project) != project:
        raise Invalid("invalid project", f"The document says '{document['project']}', the path '{project}'.")
    return project


def _kind(entity: str, document: Mapping[str, Any]) -> str:
    kind = document.get("kind", "project" if entity == "project" else None)
    if not isinstance(kind, str) or not KIND.fullmatch(kind):
        raise Invalid(f"invalid kind: {kind!r}", "Letters, digits and . _ + : - only.")
    return kind


def _spec(entity: str, document: Mapping[str, Any]) -> Document:
    spec = _fields(document, "spec")
    return _without_lists(spec) if entity == "project" else spec


def _without_lists(spec: Mapping[str, Any]) -> Document:
    computed = {PLURALS[entity] for entity in LISTED_IN_PROJECT}
    return {name: value for name, value in spec.items() if name not in computed}


# -- update ------------------------------------------------------------------------------------------------------------


def merged(entity: str, stored: Document, body: Mapping[str, Any], *, user: str, now: str) -> Document:
    """The document after a PUT of `body`. Identity, kind and (mostly) spec of the stored one win, silently."""
    body = _without_nulls(body)
    now = _after(stored["metadata"]["updated"], now)
    document = {**body, **stored}
    stale = _is_stale(stored["metadata"], body.get("metadata"))
    is_remote_run = entity == "run" and not stored["spec"].get("local_execution")
    document["metadata"] = _merged_metadata(stored, body, user, now, keep_links=is_remote_run, stale=stale)
    document["spec"] = _merged_spec(entity, stored, body)
    document["status"] = _merged_status(entity, stored["status"], body, is_remote_run, stale)
    if "extensions" in body:
        document["extensions"] = body["extensions"]
        _check_extensions(document)
    return document


def _after(before: str, now: str) -> str:
    """`now`, or the next millisecond where an update came in the same one: each update has a moment of its own."""
    return now if now > before else as_text(as_seconds(before) + 0.0015)


def _is_stale(stored: Document, sent: Any) -> bool:
    """Whether a body comes from a document that we gave out before somebody else changed it. Then nothing is lost: what
    it lacks is kept, labels and relationships are united."""
    seen = sent.get("updated") if isinstance(sent, Mapping) else None
    return (
        isinstance(seen, str) and stored["created"] <= seen < stored["updated"] and len(seen) == len(stored["updated"])
    )


def _merged_metadata(
    stored: Document, body: Mapping[str, Any], user: str, now: str, *, keep_links: bool, stale: bool
) -> Document:
    old = stored["metadata"]
    sent = _client_metadata(body) if "metadata" in body else _client_metadata(stored)
    kept = {name: old[name] for name in ("version", *OURS) if name in old}
    stamps = _stamps(stored, created=old["created"], updated=now, created_by=old["created_by"], updated_by=user)
    document = {**(old if stale else kept), **sent, **stamps}
    if stale and (labels := united(old.get("labels"), sent.get("labels"))):
        document["labels"] = labels
    if keep_links or (stale and "relationships" in old):
        document["relationships"] = united(old.get("relationships"), sent.get("relationships"))
    return document


def _merged_spec(entity: str, stored: Document, body: Mapping[str, Any]) -> Document:
    old: Document = stored["spec"]
    if "spec" not in body:
        return old
    sent = _fields(body, "spec")
    if entity == "project":
        return {**old, **{name: sent[name] for name in ("config", "source") if name in sent}}
    if entity == "task":
        return {**sent, **{name: old[name] for name in ("function", "workflow") if name in old}}
    if entity == "run" and stored["status"].get("state") == "CREATED":
        return {**sent, **{name: old[name] for name in ("task", "local_execution") if name in old}}
    return old


def _merged_status(entity: str, old: Document, body: Mapping[str, Any], is_remote_run: bool, stale: bool) -> Document:
    if "status" not in body:
        return old
    sent = _fields(body, "status")
    if is_remote_run:
        guarded = _FINAL if old.get("state") in steps.FINISHED_RUN else _BROKERS
        return {**old, **{name: value for name, value in sent.items() if name not in guarded}}
    return {
        **(old if stale else {}),
        **sent,
        "state": steps.next_state(entity, old.get("state", "CREATED"), sent.get("state")),
    }


# -- register the same content again -----------------------------------------------------------------------------------


def registered_again(entity: str, stored: Document, posted: Document, *, user: str, now: str, retake: bool) -> Document:
    """The stored document after a create of the same id. Its number, spec and maker stay.

    `retake`: the body's RETAKEN fields of metadata replace the stored ones. An unfinished upload may become READY.
    """
    taken = {name: posted["metadata"][name] for name in RETAKEN if retake and name in posted["metadata"]}
    links = united(stored["metadata"].get("relationships"), posted["metadata"].get("relationships"))
    document = {**stored, "metadata": {**stored["metadata"], **taken, "updated": now, "updated_by": user}}
    if links:
        document["metadata"]["relationships"] = links
    if entity in MATERIAL and stored["status"].get("state") != "READY":
        state = steps.next_state(entity, stored["status"].get("state", "CREATED"), posted["status"].get("state"))
        document["status"] = {**stored["status"], **posted["status"], "state": state}
    return document


def united(first: Any, second: Any) -> list[Any]:
    """Relationships of both, each once, in order."""
    links = list(first or [])
    return links + [link for link in second or [] if link not in links]


# -- parts -------------------------------------------------------------------------------------------------------------


def with_status(document: Document, status: Mapping[str, Any], now: str) -> Document:
    """The document with another status."""
    kept = {name: value for name, value in status.items() if value is not None}
    return {**document, "status": kept, "metadata": {**document["metadata"], "updated": now}}


def with_parts(
    document: Document, spec: Mapping[str, Any] | None, relationships: Sequence[Mapping[str, Any]] | None
) -> Document:
    """The document with another spec or other relationships, where they are given."""
    metadata = document["metadata"]
    if relationships is not None:
        metadata = {**metadata, "relationships": list(relationships)}
    return {**document, "metadata": metadata, "spec": document["spec"] if spec is None else dict(spec)}


def _without_nulls(document: Mapping[str, Any]) -> Document:
    """A copy without nulls at the two levels at which the SDK can't read them; what lies deeper is the user's."""
    if not isinstance(document, Mapping):
        raise Invalid("The body is not a JSON object.")
    return {
        name: {key: inner for key, inner in value.items() if inner is not None}
        if name in ("metadata", "spec", "status") and isinstance(value, Mapping)
        else value
        for name, value in document.items()
        if value is not None
    }


def _fields(document: Mapping[str, Any], part: str) -> Document:
    value = document.get(part, {})
    if not isinstance(value, Mapping):
        raise Invalid(f"{part}: not an object", f"Send {part} as a JSON object.")
    return dict(value)


def _client_metadata(document: Mapping[str, Any]) -> Document:
    metadata = {name: value for name, value in _fields(document, "metadata").items() if name not in COMPUTED}
    links, labels = metadata.get("relationships", []), metadata.get("labels", [])
    if not isinstance(links, list) or not all(isinstance(link, Mapping) and "type" in link for link in links):
        raise Invalid("metadata.relationships: not a list of {type, source, dest}")
    if not isinstance(labels, list) or not all(isinstance(label, str) for label in labels):
        raise Invalid("metadata.labels: not a list of texts")
    return metadata


def _stamps(document: Mapping[str, Any], **stamps: str) -> Document:
    return {"project": document["project"], "name": document["name"], **stamps}


def _check_extensions(document: Mapping[str, Any]) -> None:
    extensions = document.get("extensions", [])
    if not isinstance(extensions, list) or not all(isinstance(item, Mapping) for item in extensions):
        raise Invalid("extensions: not a list of objects")
