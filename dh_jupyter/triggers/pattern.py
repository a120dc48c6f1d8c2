"""Patterns over keys: `store://P/E/KIND/NAME:ID`, in which parts that are missing or `*` mean any. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dh_kernel.errors import Invalid


@dataclass(frozen=True)
class KeyPattern:
    """Each part may have `*` (any characters) and `?` (one)."""

    project: str
    entity: str = "*"
    kind: str = "*"
    name: str = "*"
    ident: str = "*"

    def matches(self, entity: str, document: Mapping[str, Any]) -> bool:
        """Whether an entity is meant."""
        found = (document["project"], entity, document["kind"], document["name"], document["id"])
        wanted = (self.project, self.entity, self.kind, self.name, self.ident)
        return all(_fits(pattern, text) for pattern, text in zip(wanted, found, strict=True))


def parse(text: str, project: str) -> KeyPattern:
    """Raises Invalid for what is no pattern, or one of another project."""
    scheme, found, rest = text.partition("://")
    parts = rest.rstrip("/").split("/") if found else []
    if scheme != "store" or not 1 <= len(parts) <= 4 or len(text) > 1024:
        raise Invalid(f"spec.key: '{text[:80]}' is no pattern of keys.", "e.g. store://PROJECT/dataitem/table/NAME")
    if parts[0] != project:
        raise Invalid(f"spec.key: it must be of project '{project}', not '{parts[0][:80]}'.")
    name, _, ident = parts.pop().partition(":") if len(parts) == 4 else ("*", "", "")
    owner, entity, kind = (part or "*" for part in (*parts, *["*"] * (3 - len(parts))))
    return KeyPattern(owner, entity, kind, name or "*", ident or "*")


def _fits(pattern: str, text: str) -> bool:
    form = "".join(
        ".*" if mark == "*" else "." if mark == "?" else re.escape(mark) for mark in re.sub(r"\*+", "*", pattern)
    )
    return re.fullmatch(form, text, re.DOTALL) is not None
