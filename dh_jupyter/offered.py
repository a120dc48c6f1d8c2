"""What clients can start from: schemas of kinds, and templates, which are YAML files `templates/ENTITY/NAME.yaml` of the home."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dh_kernel.errors import DHError, NotFound, did_you_mean

from .kinds import schema_of
from .yaml_text import parse_yaml

if TYPE_CHECKING:
    from collections.abc import Iterator

log = logging.getLogger("dh_jupyter.offered")


def kinds_of(entity: str) -> list[str]:
    """Core's kinds of an entity type, in order; none for a type that has no schema."""
    from .catalogue.types import KNOWN_KINDS

    return sorted(KNOWN_KINDS.get(entity, ()))


def schema_page(entity: str, page: int, size: int) -> dict[str, Any]:
    """A page of `{id, kind, entity, runtime, schema}`. Raises NotFound for a type without kinds."""
    kinds = kinds_of(entity)
    if not kinds:
        raise NotFound(f"There are no schemas of '{entity[:40]}'.", did_you_mean(entity, ("function", "run", "task")))
    return _page([schema_row(entity, kind) for kind in kinds], page, size)


def schema_row(entity: str, kind: str) -> dict[str, Any]:
    """One schema. Raises NotFound."""
    kinds = kinds_of(entity)
    if kind not in kinds:
        raise NotFound(f"There is no schema of {entity[:40]} '{kind[:80]}'.", did_you_mean(kind, kinds))
    runtime = kind.partition("+")[0] if entity in ("function", "workflow", "task", "run") else ""
    row = {"id": f"{entity.upper()}:{kind}", "kind": kind, "entity": entity.upper(), "schema": schema_of(entity, kind)}
    return {**row, "runtime": runtime} if runtime else row


def template_page(home: Path, entity: str, page: int, size: int) -> dict[str, Any]:
    """A page of templates, of all types or of one."""
    found = [each for each in _templates(home) if entity in ("", each["type"])]
    return _page(found, page, size)


def template(home: Path, entity: str, ident: str) -> dict[str, Any]:
    """One. Raises NotFound."""
    found = {each["id"]: each for each in _templates(home) if each["type"] == entity}
    if ident not in found:
        raise NotFound(f"There is no template '{ident[:80]}' of {entity[:40]}.", did_you_mean(ident, found))
    return found[ident]


def _templates(home: Path) -> Iterator[dict[str, Any]]:
    """Envelopes with `type`; a file that can't be read is left out, and the server's log says why."""
    for path in sorted((home / "templates").glob("*/*.y*ml")):
        try:
            document = parse_yaml(path.read_bytes())
        except (OSError, DHError) as error:
            log.warning("the template %s can't be read: %s", path, error)
            continue
        if isinstance(document, dict):
            own = {"id": path.stem, "name": path.stem, "metadata": {}, "spec": {}}
            kept = {name: value for name, value in document.items() if value is not None}
            yield {**own, **kept, "id": path.stem, "type": path.parent.name}


def _page(rows: list[dict[str, Any]], page: int, size: int) -> dict[str, Any]:
    from .catalogue.query import check_page, page_of

    check_page(page, size)
    return page_of(rows[page * size : (page + 1) * size], len(rows), page, size)
