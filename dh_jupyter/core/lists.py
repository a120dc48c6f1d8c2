"""Lists that Core does not give as our clients ask for them: runs in one of several states, and secrets by name."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import quote

from .http import Core

Pair = tuple[str, str]


def states_of(query: Iterable[Pair]) -> list[str]:
    """Those of `state=A,B`; none for a query with one state or without."""
    given = dict(query).get("state", "")
    return given.split(",") if "," in given else []


def merged(pages: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """One page of the pages that were asked for in one state each, the newest first. A later page may have newer ones
    than an earlier one, but none is left out, and none comes twice."""
    content = [one for page in pages for one in page["content"]]
    content.sort(key=lambda one: str((one.get("metadata") or {}).get("created", "")), reverse=True)
    most = max(pages, key=lambda page: int(page.get("totalPages", 1)))
    return {
        **most,
        "content": content,
        "totalElements": sum(int(page.get("totalElements", len(page["content"]))) for page in pages),
        "numberOfElements": len(content),
        "empty": not content,
    }


def secrets_named(core: Core, project: str, name: str) -> Iterator[str]:
    """Ids of secrets of that name: Core's list of secrets has no filter."""
    for page in itertools.count():
        found = core.ask("GET", f"/-/{quote(project, safe='')}/secrets", {"page": page, "size": 1000})
        yield from (str(one["id"]) for one in found["content"] if one["name"] == name)
        if page + 1 >= found.get("totalPages", 1):
            return


def keep_secrets(core: Core, project: str, values: Mapping[str, Any]) -> bool:
    """Keep values, with an entity for each; whether all of these were there before."""
    path = f"/-/{quote(project, safe='')}/secrets"
    missing = [name for name in values if not any(secrets_named(core, project, name))]
    for name in missing:
        spec = {"path": f"secret://{name}", "provider": "kubernetes"}
        core.ask(
            "POST",
            path,
            body={"kind": "secret", "project": project, "name": name, "metadata": {"name": name}, "spec": spec},
        )
    core.ask("PUT", f"{path}/data", body=dict(values))
    return not missing


def delete_secrets(core: Core, project: str, name: str) -> int:
    """All of that name, with their values; how many."""
    idents = list(secrets_named(core, project, name))
    for ident in idents:
        core.ask("DELETE", f"/-/{quote(project, safe='')}/secrets/{quote(ident, safe='')}")
    return len(idents)
