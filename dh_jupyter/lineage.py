"""What a thing was made of and what was made of it, some steps far: a graph of keys, with a line about each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dh_kernel.errors import Invalid, NotFound
from dh_kernel.refs import parse

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dh_kernel._contract import Entity, Lineage, LineageNode

    from .catalogue import Catalogue

MOST_STEPS = 20
MOST_NODES = 500  # what a person can still make sense of, and a browser lays out at once
Edge = tuple[str, str, str]  # (type, source, dest): the source was made from, by or in the dest


def lineage_of(catalogue: Catalogue, project: str, entity: str, ident: str, steps: int) -> Lineage:
    """All that the entity derives from and all that derives from it, at most `steps` edges away. Raises NotFound.

    Only ancestors and descendants: what else was made of an ancestor is not of this thing's history. `more` says that
    there is more than `MOST_NODES`.
    """
    start = catalogue.get(project, entity, ident)["key"]
    steps = max(1, min(steps, MOST_STEPS))
    above, more_above = _walk(catalogue, project, start, steps, upward=True)
    below, more_below = _walk(catalogue, project, start, steps, upward=False)
    edges = [*dict.fromkeys([*above, *below])]
    keys = dict.fromkeys([start, *(key for _, source, dest in edges for key in (source, dest))])
    return {
        "nodes": [_node(catalogue, project, key) for key in keys],
        "edges": [{"type": kind, "source": source, "dest": dest} for kind, source, dest in edges],  # type: ignore[typeddict-item]
        "more": more_above or more_below,
    }


def _walk(catalogue: Catalogue, project: str, start: str, steps: int, *, upward: bool) -> tuple[list[Edge], bool]:
    """Edges from `start` in one direction, level by level, and whether some were left out."""
    seen, level = {start}, [start]
    found: list[Edge] = []
    for _ in range(steps):
        following: list[str] = []
        for edge in _edges(catalogue, project, level):
            _, source, dest = edge
            near, far = (source, dest) if upward else (dest, source)
            if near not in level:
                continue
            if far not in seen and len(seen) >= MOST_NODES // 2:
                return found, True
            found.append(edge)
            if far not in seen:
                seen.add(far)
                following.append(far)
        level = following
        if not level:
            break
    return found, False


def _edges(catalogue: Catalogue, project: str, keys: Iterable[str]) -> list[Edge]:
    return [(edge["type"], edge["source"], edge["dest"]) for edge in catalogue.relations(project, *keys)]


def _node(catalogue: Catalogue, project: str, key: str) -> LineageNode:
    """What a graph says of a thing; of one that is gone, or in another project, only its key is known."""
    try:
        named = parse(key)
        if named.project != project:
            return {"key": key}
        return _about(key, catalogue.get(project, named.entity, named.selector or named.name))
    except (NotFound, Invalid):
        return {"key": key}


def _about(key: str, entity: Entity) -> LineageNode:
    metadata, status = entity["metadata"], entity["status"]
    told: dict[str, Any] = {
        "key": key,
        "reference": metadata.get("reference"),
        "aliases": metadata.get("aliases"),
        "created": metadata.get("created"),
        "state": status.get("state"),
        "rows": status.get("rows"),
    }
    return {word: value for word, value in told.items() if value is not None}  # type: ignore[return-value]
