"""What a project holds at a DigitalHub Core, for declarations. Core has no transactions: what fails is taken back."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from dh_kernel.errors import DHError, NotFound

from ..catalogue.declaring import Identity, Steps
from ..catalogue.types import MATERIAL
from .catalogue import CoreCatalogue, check_place, path_of
from .documents import to_core
from .numbers import PAGE, PLURAL_OF

if TYPE_CHECKING:
    from dh_kernel._contract import Entity

Undo = Callable[[], object]


class CoreHoldings:
    """As the catalogue's own `Holdings`."""

    def __init__(self, catalogue: CoreCatalogue, changed: Callable[[Entity], None]) -> None:
        """`changed` is told of each entity that was made or changed."""
        self._catalogue, self._core, self._changed = catalogue, catalogue.core, changed
        self.resolve = catalogue.resolve

    def check(self, entity: str, document: Mapping[str, Any]) -> None:
        """Raise Invalid for what Core has no place for."""
        check_place(entity, document)

    def stored(self, project: str, wanted: Collection[Identity]) -> dict[Identity, Mapping[str, Any]]:
        """Those of the wanted that are there; a request for each."""
        found: dict[Identity, Mapping[str, Any]] = {}
        for entity, ident in wanted:
            with contextlib.suppress(NotFound):
                found[entity, ident] = self._catalogue.get(project, entity, ident)
        return found

    def names(self, project: str, types: Collection[str]) -> list[tuple[str, str]]:
        """(type, name) of what a project holds, each once."""
        return [(entity, name) for entity in sorted(types) for name in dict.fromkeys(self._named(project, entity))]

    def _named(self, project: str, entity: str) -> Iterator[str]:
        for page in itertools.count():
            query = {"page": page, "size": PAGE, "kinds": "all"}
            try:
                found = self._core.ask("GET", f"/-/{quote(project, safe='')}/{PLURAL_OF[entity]}", query)
            except NotFound:  # a project that is yet to be made
                return
            yield from (str(one["name"]) for one in found["content"])
            if page + 1 >= found.get("totalPages", 1):
                return

    def write(self, project: str, steps: Steps, user: str) -> list[Entity]:
        """One request after the other. If one fails, those before it are taken back, the last one first; deleting comes
        last, and is what can't be taken back. Core removes files itself."""
        done: list[Undo] = []
        made: list[Entity] = []
        try:
            for entity, document in steps.creates:
                made.append(self._create(project, entity, document, done))
            for entity, document in steps.updates:
                made.append(self._update(project, entity, document, done))
            for (entity, ident), alias in steps.aliases:
                name = self._catalogue.get(project, entity, ident)["name"]
                made.append(self._catalogue.set_alias(project, entity, name, alias, ident, user))
        except BaseException:
            for undo in reversed(done):
                with contextlib.suppress(DHError):
                    undo()
            raise
        for entity, name in steps.doomed:
            query = {"name": name, "cascade": "true" if entity in MATERIAL else "false"}
            self._core.ask("DELETE", f"/-/{quote(project, safe='')}/{PLURAL_OF[entity]}", query)
        for each in made:
            self._changed(each)
        return []

    def _create(self, project: str, entity: str, document: Mapping[str, Any], done: list[Undo]) -> Entity:
        place = _place(project, entity, str(document["id"]))
        made = self._core.ask("POST", place.rpartition("/")[0], body=to_core({**document, "project": project}))
        done.append(lambda: self._core.ask("DELETE", place, {"cascade": "false"}))
        return self._catalogue.shown(entity, made)

    def _update(self, project: str, entity: str, document: Mapping[str, Any], done: list[Undo]) -> Entity:
        place = _place(project, entity, str(document["id"]))
        before = self._core.ask("GET", place)
        changed = self._core.ask("PUT", place, body=to_core(document))
        done.append(lambda: self._core.ask("PUT", place, body={**before, "metadata": _unstamped(before)}))
        return self._catalogue.shown(entity, changed)


def _place(project: str, entity: str, ident: str) -> str:
    return f"/projects/{quote(ident, safe='')}" if entity == "project" else path_of(project, entity, ident)


def _unstamped(document: Mapping[str, Any]) -> dict[str, Any]:
    """Metadata without when it was changed: to put it back is no change that came too late."""
    return {name: value for name, value in document["metadata"].items() if name != "updated"}
