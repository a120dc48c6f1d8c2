"""Numbers of versions and of runs, which Core does not count: by the order in which they were made."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from typing import Any

from dh_kernel.errors import DHError

from .documents import counted_as
from .http import Core

PLURAL_OF = {"function": "functions", "dataitem": "dataitems", "artifact": "artifacts", "model": "models"}
PLURAL_OF |= {"containerimage": "containerimages", "extension": "extensions", "workflow": "workflows"}
PLURAL_OF |= {"run": "runs", "task": "tasks", "trigger": "triggers", "secret": "secrets"}
COUNTED = ("function", "dataitem", "artifact", "model", "workflow", "run")
PAGE = 1000


class _Known:
    """Of one type in one project."""

    def __init__(self) -> None:
        self.numbers: dict[str, tuple[str, int]] = {}  # id → (name, number)
        self.counts: dict[str, int] = {}
        self.since = ""


class Numbers:
    """Thread-safe. What was counted once keeps its number while this process lives, also when an older one is deleted."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._lock = threading.Lock()
        self._known: dict[tuple[str, str], _Known] = {}

    def of(self, entity: str, document: Mapping[str, Any]) -> int | None:
        """The number of a version or run; None for what is not counted, or Core's lists do not have."""
        if entity not in COUNTED:
            return None
        with self._lock:
            known = self._known.setdefault((str(document["project"]), entity), _Known())
            if document["id"] not in known.numbers:
                self._look(known, str(document["project"]), entity)
            found = known.numbers.get(str(document["id"]))
        return found[1] if found else None

    def id_of(self, project: str, entity: str, name: str, number: int) -> str | None:
        """The other way."""
        with self._lock:
            known = self._known.setdefault((project, entity), _Known())
            for _ in range(2):
                for ident, one in known.numbers.items():
                    if one == (name, number):
                        return ident
                self._look(known, project, entity)
        return None

    def ids_of(self, project: str, entity: str, name: str) -> dict[int, str]:
        """All of a name, by number."""
        with self._lock:
            known = self._known.setdefault((project, entity), _Known())
            self._look(known, project, entity)
            return {number: ident for ident, (own, number) in known.numbers.items() if own == name}

    def names(self, project: str, entity: str) -> list[str]:
        """All that are known; of runs their short names."""
        with self._lock:
            known = self._known.setdefault((project, entity), _Known())
            if entity == "run":
                return [f"{name}-{number}" for name, number in known.numbers.values()]
            return list(known.counts)

    def _look(self, known: _Known, project: str, entity: str) -> None:
        """Count what came since; what was made in the same moment as the last one is looked at again."""
        try:
            for document in self._listed(project, entity, known.since):
                if document["id"] not in known.numbers:
                    name = counted_as(entity, document)
                    known.counts[name] = known.counts.get(name, 0) + 1
                    known.numbers[document["id"]] = (name, known.counts[name])
                known.since = max(known.since, _second(str((document.get("metadata") or {}).get("created", ""))))
        except DHError:
            if not known.numbers:
                raise

    def _listed(self, project: str, entity: str, since: str) -> Iterator[Any]:
        page, last = 0, False
        while not last:
            query = {"page": page, "size": PAGE, "sort": "created,ASC", "versions": "all", "kinds": "all"}
            if since:
                query["created"] = since
            found = self._core.ask("GET", f"/-/{project}/{PLURAL_OF[entity]}", query)
            yield from found["content"]
            page += 1
            last = page >= found.get("totalPages", 1) or not found["content"]


def _second(created: str) -> str:
    """The whole second before it: lists are asked for what is later."""
    from ..clock import as_seconds, as_text

    try:
        return as_text(int(as_seconds(created)) - 1)
    except ValueError:
        return ""
