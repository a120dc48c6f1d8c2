"""An entity's details, as `%dh show` gives them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from ..refs import WORD_BY_ENTITY, parse
from . import html
from .run import failure_lines
from .words import clock, counted, cut, listed, number, ran_for, short_key, state_of

_BYTES = ("Ki", "Mi", "Gi", "Ti")


def entity_word(entity: Mapping[str, Any]) -> str:
    """A person's word for the type: dataset, function, run, …"""
    found = parse(entity["key"]).entity
    return WORD_BY_ENTITY.get(found, found)


def reference_of(entity: Mapping[str, Any]) -> str:
    """The short form of an entity's reference."""
    return str(entity["metadata"].get("reference") or short_key(entity["key"]))


def size(count: float) -> str:
    """`512 bytes`, `8.2Mi`."""
    unit = "bytes"
    for larger in _BYTES:
        if count < 1024:
            break
        count, unit = count / 1024, larger
    return f"{count:.0f} bytes" if unit == "bytes" else f"{count:.1f}{unit}"


def details(entity: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What there is to say, as (name, text)."""
    meta, spec, status = entity["metadata"], entity["spec"], entity["status"]
    kind = entity_word(entity)
    rows = [
        ("reference", reference_of(entity)),
        ("key", entity["key"]),
        ("aliases", listed([f"@{alias}" for alias in meta.get("aliases") or []])),
        ("description", cut(meta.get("description", ""), 400)),
        ("labels", listed(meta.get("labels") or [])),
        ("made", " ".join(part for part in (clock(meta.get("created")), _by(meta, entity)) if part)),
        *(_OF_KIND[kind](spec, status, entity) if kind in _OF_KIND else []),
        ("kept at", spec.get("path", "")),
    ]
    return [(name, text) for name, text in rows if text]


def _by(meta: Mapping[str, Any], entity: Mapping[str, Any]) -> str:
    owner = meta.get("created_by") or entity.get("user")
    return f"by {owner}" if owner else ""


def _function(spec: Mapping[str, Any], status: Mapping[str, Any], entity: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [
        ("parameters", signature(entity)),
        ("needs", listed(spec.get("requirements") or [])),
        ("returns", listed(spec.get("output_names") or [])),
        (
            "runs with",
            cut(json.dumps(entity["metadata"].get("run_defaults") or {}, ensure_ascii=False), 200).strip("{}"),
        ),
    ]


def signature(function: Mapping[str, Any]) -> str:
    """`train(flights: pd.DataFrame, lr: float = 0.1)`, from the parameters' schema."""
    schema = function["spec"].get("parameters") or {}
    required = schema.get("required", ())
    parts = []
    for name, one in schema.get("properties", {}).items():
        typed = f"{name}: {one['annotation']}" if one.get("annotation") else name
        parts.append(typed if name in required or "default" not in one else f"{typed} = {one['default']!r}")
    return f"{function['name']}({', '.join(parts)})"


def _table(spec: Mapping[str, Any], status: Mapping[str, Any], _: Any) -> list[tuple[str, str]]:
    fields = (spec.get("schema") or {}).get("fields") or []
    rows = status.get("rows", (status.get("preview") or {}).get("rows"))
    return [
        ("rows", f"{rows:,}" if isinstance(rows, int) else ""),
        (
            "columns",
            f"{len(fields):,}: " + listed([f"{one['name']} {one['type']}" for one in fields], 20) if fields else "",
        ),
        *_files(status),
    ]


def _model(spec: Mapping[str, Any], status: Mapping[str, Any], _: Any) -> list[tuple[str, str]]:
    names = ("framework", "algorithm", "flavor")
    return [*((name, str(spec.get(name, ""))) for name in names), *_files(status)]


def _run(spec: Mapping[str, Any], status: Mapping[str, Any], entity: Mapping[str, Any]) -> list[tuple[str, str]]:
    inputs = [f"{name}={short_key(key)}" for name, key in (spec.get("inputs") or {}).items()]
    results = [f"{name} = {number(value)}" for name, value in (status.get("results") or {}).items()]
    return [
        ("state", state_of(entity)),
        ("ran", ran_for(status)),
        ("function", short_key(spec.get("function", ""))),
        ("inputs", listed(inputs)),
        ("parameters", listed([f"{name}={cut(value, 40)}" for name, value in (spec.get("parameters") or {}).items()])),
        ("results", listed(results)),
        ("outputs", listed([f"{name} → {short_key(key)}" for name, key in (status.get("outputs") or {}).items()])),
        ("peak memory", size(status["peak_memory"]) if "peak_memory" in status else ""),
        ("why it failed", " ".join(failure_lines(entity)) if state_of(entity) == "failed" else ""),
    ]


def _artifact(spec: Mapping[str, Any], status: Mapping[str, Any], _: Any) -> list[tuple[str, str]]:
    return _files(status)


def _files(status: Mapping[str, Any]) -> list[tuple[str, str]]:
    files = status.get("files") or []
    total = sum(one.get("size", 0) for one in files)
    return [("files", f"{counted(len(files), 'file')}, {size(total)}" if files else "")]


_OF_KIND = {"function": _function, "dataset": _table, "model": _model, "artifact": _artifact, "run": _run}


def details_text(rows: Iterable[tuple[str, str]]) -> str:
    """Details as aligned lines."""
    found = list(rows)
    width = max(len(name) for name, _ in found)
    return "\n".join(f"{name.ljust(width)}  {text}" for name, text in found)


def entity_bundle(entity: Mapping[str, Any]) -> dict[str, Any]:
    """Details, for all viewers."""
    rows = details(entity)
    lines = [f"{html.faint(name)} {html.text(text)}" for name, text in rows]
    ids = {"id": entity["id"], "project": entity["project"]}
    return html.bundle(entity_word(entity), ids, details_text(rows), html.card(*lines))
