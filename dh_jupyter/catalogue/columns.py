"""Documents to rows and back. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from dh_kernel import refs

from .entities import Document
from .types import NAMELESS, VERSIONED

SEARCH_LIMIT = 8_000  # characters of the search column
SHORT = 256


def as_json(document: Mapping[str, Any]) -> str:
    """Text for the table; ASCII, so that no database minds what characters a user has."""
    return json.dumps(document, separators=(",", ":"))


def columns_of(entity: str, document: Document) -> dict[str, Any]:
    """The columns that change with the document."""
    spec, metadata = document["spec"], document["metadata"]
    return {
        "kind": document["kind"],
        "user": storable(document["user"]),
        "state": document["status"].get("state", "CREATED"),
        "created": metadata["created"],
        "updated": metadata["updated"],
        "function": _executable(spec.get("function")),
        "workflow": _executable(spec.get("workflow")),
        "task": _executable(spec.get("task")),
        "search": search_text(document, with_name=entity not in NAMELESS),
    }


def short_name_of(entity: str, document: Document, numbered_as: str | None) -> str:
    """What the version number counts under: the name; of a run the name of what it runs."""
    if entity != "run":
        return str(document["name"])
    if numbered_as:
        return numbered_as
    spec = document["spec"]
    executable = str(spec.get("function") or spec.get("workflow") or "")
    name = executable.rpartition("/")[2].partition(":")[0].partition("@")[0]
    return storable(name)[:SHORT] or "run"


def search_text(document: Document, with_name: bool = True) -> str:
    """What `text=` looks through, in lower case: name, labels, description, names of columns."""
    metadata = document["metadata"]
    parts = [document["name"]] if with_name else [metadata.get("function")]
    parts += [*metadata.get("labels", []), metadata.get("description"), *_column_names(document["spec"])]
    return storable("\n".join(part for part in parts if isinstance(part, str)).lower())[:SEARCH_LIMIT]


def _column_names(spec: Mapping[str, Any]) -> Iterable[Any]:
    schema = spec.get("schema")
    fields = schema.get("fields") if isinstance(schema, Mapping) else None
    return [field.get("name") for field in fields if isinstance(field, Mapping)] if isinstance(fields, list) else []


def labels_of(document: Document) -> list[str]:
    """Labels as they are stored for the filter, each once."""
    return list(dict.fromkeys(storable(label)[:SHORT] for label in document["metadata"].get("labels", [])))


def links_of(document: Document) -> list[tuple[str, str, str]]:
    """Edges (type, source, dest) that the document's relationships mean, each once; an end left out is the document."""
    own = document["key"]
    links = []
    for link in document["metadata"].get("relationships", []):
        source, dest = (refs.canonical_key(storable(str(link.get(end) or own))) for end in ("source", "dest"))
        if source != dest:
            links.append((storable(str(link["type"])), source, dest))
    return list(dict.fromkeys(links))


def reference_of(row: Any) -> str | None:
    """What a person types for it: `function/train@3`, `run/train-42`; None for types without short form."""
    word = refs.WORD_BY_ENTITY.get(row.entity)
    if word is None:
        return None
    return f"{word}/{row.short_name}-{row.number}" if row.entity == "run" else f"{word}/{row.name}@{row.number}"


def as_read(row: Any, document: Document, aliases: list[str]) -> Document:
    """The stored document with what is computed at every read."""
    computed: Document = {}
    if row.entity in VERSIONED or row.entity == "run":
        computed["version_number"] = row.number
    if reference := reference_of(row):
        computed["reference"] = reference
    if aliases:
        computed["aliases"] = aliases
    return {**document, "metadata": {**document["metadata"], **computed}}


def _executable(text: Any) -> str | None:
    return storable(text) if isinstance(text, str) else None


def storable(text: str) -> str:
    """Text as every database takes it: no NUL, no half of a surrogate pair."""
    return text.replace("\0", "").encode("utf-8", "replace").decode()
