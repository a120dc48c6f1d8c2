"""What changed between two entities of one type. Pure: from two documents to rows and lines."""

from __future__ import annotations

import base64
import difflib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Callable

from .display.entity import entity_word, reference_of, size
from .display.words import cut, number, ran_for, short_key, state_of
from .errors import Invalid
from .notebooks.document import as_script

Document = Mapping[str, Any]
_PIN = re.compile(r"\s*([A-Za-z0-9][\w.-]*)\s*(.*)")


@dataclass(frozen=True)
class Change:
    """One thing that differs; `before` or `after` is empty for what was added or taken away."""

    what: str
    before: str
    after: str


@dataclass(frozen=True)
class Changes:
    """`code`: a unified diff, line by line. `keys`: of the two."""

    one: str
    other: str
    kind: str
    keys: tuple[str, str]
    rows: list[Change]
    code: list[str] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.rows or self.code)


def changes(one: Document, other: Document) -> Changes:
    """From `one` to `other`. Raises Invalid for two that are not of one type."""
    word, theirs = entity_word(one), entity_word(other)
    names = reference_of(one), reference_of(other)
    if word != theirs:
        raise Invalid(f"{names[0]} is a {word}, and {names[1]} a {theirs}.", "Compare two of one type.")
    facts, texts = _OF_KIND.get(word, _any), _texts if word == "function" else lambda _: {}
    return Changes(
        *names,
        word,
        (one["key"], other["key"]),
        _rows(facts(one), facts(other)),
        _code(texts(one), texts(other), names),
    )


def _rows(before: Mapping[str, str], after: Mapping[str, str]) -> list[Change]:
    """In the order of what there was, then of what came."""
    names = [*before, *(name for name in after if name not in before)]
    found = (Change(name, before.get(name, ""), after.get(name, "")) for name in names)
    return [change for change in found if change.before != change.after]


# -- facts: texts by name --------------------------------------------------------------------------------------------


def _function(function: Document) -> dict[str, str]:
    spec = function["spec"]
    found = {"python": str(spec.get("python_version", "")).replace("PYTHON", "").replace("_", ".")}
    for requirement in spec.get("requirements") or []:
        match = _PIN.match(requirement)
        name, rest = (match[1], match[2]) if match else (requirement, "")
        found[f"needs {name}"] = rest.removeprefix("==").strip() or "any version"
    schema = spec.get("parameters") or {}
    for name, one in schema.get("properties", {}).items():
        found[f"parameter {name}"] = _parameter(one, name in schema.get("required", ()))
    found["any other parameter"] = "taken" if schema.get("additionalProperties") else ""
    found["returns"] = ", ".join(spec.get("output_names") or [])
    found.update(_options(function["metadata"].get("run_defaults") or {}, "runs with "))
    return {name: text for name, text in found.items() if text}


def _parameter(one: Mapping[str, Any], required: bool) -> str:
    typed = str(one.get("annotation") or "")
    if required or "default" not in one:
        return typed or ("required" if required else "optional")
    return f"{typed} = {one['default']!r}" if typed else f"= {one['default']!r}"


def _options(options: Mapping[str, Any], before: str = "") -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in options.items():
        if name == "resources" and isinstance(value, Mapping):
            found.update({f"{before}{kind}": str(amount) for kind, amount in value.items()})
        elif name == "envs":
            found.update({f"{before}env {one['name']}": one["value"] for one in value})
        elif value not in (None, "", [], {}):
            found[f"{before}{name.replace('_', ' ')}"] = _text(value)
    return found


def _dataset(dataset: Document) -> dict[str, str]:
    spec, status = dataset["spec"], dataset["status"]
    rows = status.get("rows", (status.get("preview") or {}).get("rows"))
    found = {"rows": f"{rows:,}" if isinstance(rows, int) else "", **_size(status)}
    for one in (spec.get("schema") or {}).get("fields") or []:
        found[f"column {one['name']}"] = one["type"]
    return found


def _model(model: Document) -> dict[str, str]:
    spec, status = model["spec"], model["status"]
    found = {name: str(spec.get(name, "")) for name in ("framework", "algorithm", "flavor")}
    found.update({f"parameter {name}": _text(value) for name, value in (spec.get("parameters") or {}).items()})
    found.update({f"metric {name}": number(_last(value)) for name, value in (status.get("metrics") or {}).items()})
    signature = spec.get("signature") or {}
    found.update({f"signature {name}": _text(value) for name, value in signature.items() if value})
    return {**found, **_size(status)}


def _run(run: Document) -> dict[str, str]:
    spec, status = run["spec"], run["status"]
    found = {"function": short_key(str(spec.get("function", ""))), "state": state_of(run), "ran": ran_for(status)}
    found.update({f"parameter {name}": _text(value) for name, value in (spec.get("parameters") or {}).items()})
    found.update({f"input {name}": short_key(key) for name, key in (spec.get("inputs") or {}).items()})
    named = ("executor", "profile", "resources", "timeout", "queue_timeout", "retries", "nodes", "envs", "secrets")
    found.update(_options({name: spec[name] for name in named if spec.get(name)}, "option "))
    found.update({f"result {name}": number(value) for name, value in (status.get("results") or {}).items()})
    found.update({f"output {name}": short_key(key) for name, key in (status.get("outputs") or {}).items()})
    found["peak memory"] = size(status["peak_memory"]) if "peak_memory" in status else ""
    return found


def _any(entity: Document) -> dict[str, str]:
    return {
        **{name: _text(value) for name, value in entity["spec"].items() if name != "path"},
        **_size(entity["status"]),
    }


def _size(status: Document) -> dict[str, str]:
    files = status.get("files") or []
    return {"size": size(sum(one.get("size", 0) for one in files))} if files else {}


def _text(value: Any) -> str:
    return cut(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str), 100)


def _last(value: Any) -> Any:
    return value[-1] if isinstance(value, list) and value else value


_OF_KIND: Mapping[str, Callable[[Document], dict[str, str]]] = {
    "function": _function,
    "dataset": _dataset,
    "model": _model,
    "run": _run,
}


# -- code ------------------------------------------------------------------------------------------------------------


def _texts(function: Document) -> dict[str, str]:
    """The module, and files that are bundled with it, by name; the module has none. A notebook's cells, to read."""
    source = function["spec"].get("source") or {}
    text = base64.b64decode(source.get("base64", "")).decode(errors="replace")
    return {"": as_script(text) if function["kind"] == "notebook" else text, **(source.get("files") or {})}


def _code(before: Mapping[str, str], after: Mapping[str, str], names: Iterable[str]) -> list[str]:
    one, other = names
    lines: list[str] = []
    for name in sorted({*before, *after}):
        where = f" {name}" if name else ""
        old, new = before.get(name, "").splitlines(), after.get(name, "").splitlines()
        lines += difflib.unified_diff(old, new, f"{one}{where}", f"{other}{where}", lineterm="")
    return lines
