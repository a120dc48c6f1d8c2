"""What our handlers ask of a catalogue, answered from Core: read, resolve, register, aliases, relations."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import quote

from dh_kernel import refs
from dh_kernel.errors import Conflict, Invalid, NotFound, did_you_mean
from dh_kernel.refs import Reference

from .documents import ALIAS, from_core, to_core, with_aliases
from .http import Core
from .numbers import COUNTED, PLURAL_OF, Numbers

if TYPE_CHECKING:
    from dh_kernel._contract import Entity

Documents = list[Any]
Edges = list[dict[str, str]]

PREFIX = 6  # characters of an id that name it
_RETAKEN = ("cells", "run_defaults", "description", "labels")


class CoreCatalogue:
    """Thread-safe; keeps nothing but numbers of versions."""

    def __init__(self, core: Core) -> None:
        self.core = core
        self.numbers = Numbers(core)
        self.project_of: dict[str, str] = {}  # of runs that were asked for

    def shown(self, entity: str, document: Mapping[str, Any]) -> Entity:
        """A document of Core's as our clients read it."""
        return cast("Entity", from_core(entity, document, self.numbers.of(entity, document)))

    def get(self, project: str, entity: str, ident: str, **_: Any) -> Entity:
        """By its id. Raises NotFound."""
        if entity == "project":
            return self.shown(entity, self.core.ask("GET", f"/projects/{quote(project, safe='')}"))
        if entity == "run":
            self.project_of[ident] = project
        return self.shown(entity, self.core.ask("GET", path_of(project, entity, ident)))

    def list(self, entity: str, *, project: str = "", size: int = 25) -> Any:
        """The first page; of projects without one."""
        path = f"/-/{quote(project, safe='')}/{PLURAL_OF[entity]}" if project else f"/{entity}s"
        return self.core.ask("GET", path, {"size": size})

    def resolve(self, ref: str | Reference, *, project: str, expect: str | None = None) -> Entity:
        """What a reference, key or executable string means. Raises NotFound with the nearest, and Invalid."""
        wanted = refs.parse(ref, expect) if isinstance(ref, str) else ref
        if expect and wanted.entity != expect:
            raise Invalid(f"'{ref}' names a {wanted.entity}; a {expect} is needed here.")
        home = wanted.project or project
        if wanted.entity in ("run", "task"):
            return self._nameless(home, wanted)
        if wanted.selector and isinstance(ref, str) and "://" in ref:
            return self.get(home, wanted.entity, wanted.selector)
        found = self._version(home, wanted)
        return self.shown(wanted.entity, found) if found else self._miss(home, wanted)

    def _version(self, project: str, wanted: Reference) -> Any:
        """Latest, number, alias, id or its prefix."""
        entity, name, selector = wanted.entity, wanted.name, wanted.selector
        if selector in (None, "latest"):
            return next(iter(self._listed(project, entity, name=name)), None)
        assert selector is not None
        if selector.isascii() and selector.isdigit() and len(selector) < PREFIX:
            ident = self.numbers.id_of(project, entity, name, int(selector))
            return self.core.ask("GET", path_of(project, entity, ident)) if ident else None
        versions = self._listed(project, entity, name=name, versions="all", size=1000)
        named = [one for one in versions if f"{ALIAS}{selector}" in (one.get("metadata") or {}).get("labels", [])]
        by_id = [one for one in versions if one["id"] == selector]
        if not (named or by_id) and len(selector) >= PREFIX:
            by_id = [one for one in versions if one["id"].startswith(selector)]
            if len(by_id) > 1:
                raise Invalid(f"'{wanted}' is ambiguous: {len(by_id)} ids begin with '{selector}'.", "Type more of it.")
        return next(iter([*named, *by_id]), None)

    def _nameless(self, project: str, wanted: Reference) -> Entity:
        """A run by id, short name (`train-42`, `train` for the newest) or prefix; a task by id."""
        try:
            return self.get(project, wanted.entity, wanted.name)
        except (NotFound, Invalid):
            if wanted.entity == "task":
                raise
        base, _, tail = wanted.name.rpartition("-")
        ident = self.numbers.id_of(project, "run", base, int(tail)) if tail.isdigit() and base else None
        if ident is None:
            numbered = self.numbers.ids_of(project, "run", wanted.name)
            asked = wanted.selector
            ident = numbered.get(int(asked)) if asked and asked.isdigit() else numbered.get(max(numbered, default=0))
        return self.get(project, "run", ident) if ident else self._miss(project, wanted)

    def _miss(self, project: str, wanted: Reference) -> Entity:
        word = refs.WORD_BY_ENTITY.get(wanted.entity, wanted.entity)
        numbered = self.numbers.ids_of(project, wanted.entity, wanted.name) if wanted.selector else {}
        if numbered:
            there = ", ".join(f"@{number}" for number in sorted(numbered, reverse=True)[:8])
            text = f"There is no version '@{wanted.selector}' of {word} '{wanted.name}' in project '{project}'."
            raise NotFound(f"No such EntityName.{wanted.entity.upper()}. {text}", f"There is: {there}.")
        known = self.numbers.names(project, wanted.entity) if wanted.entity in COUNTED else []
        text = f"There is no {word} '{wanted.name}' in project '{project}'."
        raise NotFound(f"No such EntityName.{wanted.entity.upper()}. {text}", did_you_mean(wanted.name, known))

    def _listed(self, project: str, entity: str, **query: Any) -> Documents:
        found = self.core.ask("GET", f"/-/{quote(project, safe='')}/{PLURAL_OF[entity]}", {"kinds": "all", **query})
        return [*found["content"]]

    # -- write -----------------------------------------------------------------------------------------------------

    def register(self, project: str, entity: str, document: Mapping[str, Any]) -> tuple[Entity, bool]:
        """Create it, or find it made: then what a person said of it at registration is what was said last."""
        check_place(entity, document)
        try:
            made = self.core.ask("POST", f"/-/{quote(project, safe='')}/{PLURAL_OF[entity]}", body=to_core(document))
        except Conflict:
            stored = self.get(project, entity, str(document["id"]))
            if stored["name"] != document.get("name"):
                raise
            said = {name: one for name, one in (document.get("metadata") or {}).items() if name in _RETAKEN}
            metadata: Any = stored["metadata"]
            if any(metadata.get(name) != value for name, value in said.items()):
                changed: Any = {**stored, "metadata": {**metadata, **said}}
                return self.update(project, entity, stored["id"], changed), True
            return stored, True
        return self.shown(entity, made), False

    def update(self, project: str, entity: str, ident: str, document: Mapping[str, Any], **_: Any) -> Entity:
        """PUT. Aliases are no labels to who changes labels, so they stay."""
        sent = to_core(document)
        if "aliases" not in (document.get("metadata") or {}):
            stored: Any = self.core.ask("GET", path_of(project, entity, ident))
            kept = [one for one in (stored.get("metadata") or {}).get("labels") or [] if str(one).startswith(ALIAS)]
            if kept:
                own = sent["metadata"].get("labels") or []
                sent["metadata"]["labels"] = [*own, *(one for one in kept if one not in own)]
        return self.shown(entity, self.core.ask("PUT", path_of(project, entity, ident), body=sent))

    # -- aliases, relations ----------------------------------------------------------------------------------------

    def aliases(self, project: str, entity: str, ident: str) -> Edges:
        """[{alias}] of one version; who set it and when, labels do not say."""
        found: Any = self.get(project, entity, ident)["metadata"]
        return [{"alias": alias, "user": "", "created": "", "note": ""} for alias in found.get("aliases", [])]

    def set_alias(
        self, project: str, entity: str, name: str, alias: str, ident: str, user: str, note: str = ""
    ) -> Entity:
        """A label `alias:WORD` here, and no longer on another version. Two requests: there may be none in between."""
        if not refs.NAME.fullmatch(alias) or alias.isdigit() or alias == "latest":
            raise Invalid(f"'{alias}' can't be an alias.", "a-z, A-Z, 0-9 and . _ + -; not a number and not 'latest'.")
        for one in self._listed(project, entity, name=name, versions="all", labels=f"{ALIAS}{alias}", size=1000):
            if one["id"] != ident:
                self._label(project, entity, one["id"], remove=alias)
        return self._label(project, entity, ident, add=alias)

    def delete_alias(self, project: str, entity: str, name: str, alias: str) -> None:
        """Raises NotFound."""
        found = self._listed(project, entity, name=name, versions="all", labels=f"{ALIAS}{alias}", size=1000)
        if not found:
            raise NotFound(f"There is no alias '{alias}' of {entity} '{name}'.")
        for one in found:
            self._label(project, entity, one["id"], remove=alias)

    def _label(self, project: str, entity: str, ident: str, add: str = "", remove: str = "") -> Entity:
        stored: Any = self.core.ask("GET", path_of(project, entity, ident))
        labels = [str(one) for one in (stored.get("metadata") or {}).get("labels") or []]
        aliases = [one.removeprefix(ALIAS) for one in labels if one.startswith(ALIAS)]
        kept = [one for one in aliases if one not in (add, remove)] + ([add] if add else [])
        stored["metadata"] = {**stored["metadata"], "labels": with_aliases(labels, kept)}
        return self.shown(entity, self.core.ask("PUT", path_of(project, entity, ident), body=stored))

    def relations(self, project: str, *keys: str) -> Edges:
        """[{type, source, dest}] of a project, or those with one of `keys` at either end."""
        found = self.core.ask("GET", f"/projects/{quote(project, safe='')}/relationships") or []
        edges = [
            {
                "type": str(one["type"]),
                "source": refs.canonical_key(str(one.get("source") or "")),
                "dest": refs.canonical_key(str(one.get("dest") or "")),
            }
            for one in found
        ]
        return [one for one in edges if not keys or one["source"] in keys or one["dest"] in keys]


def path_of(project: str, entity: str, ident: str) -> str:
    """Of one entity, below `/api/v1`."""
    return f"/-/{quote(project, safe='')}/{PLURAL_OF[entity]}/{quote(ident, safe='')}"


def check_place(entity: str, document: Mapping[str, Any]) -> None:
    """Raise Invalid for what Core has no place for, before anything is made."""
    if entity != "function" or document.get("kind") not in ("python", "notebook", "script"):
        return
    name, source = document.get("name"), (document.get("spec") or {}).get("source") or {}
    if document["kind"] != "python":
        raise Invalid(
            f"DigitalHub Core runs no {document['kind']}s.", "Put what it does into a function: %%dh function NAME"
        )
    if source.get("files"):
        raise Invalid(
            f"{name}() uses {', '.join(sorted(source['files'])[:8])} of your folder, and a function in DigitalHub Core is one "
            "module.",
            "Define what it uses in cells, or make it a package that can be installed (--requires).",
        )
