"""What files declare: which entities, in which project, and which other files they refer to. Pure."""

from __future__ import annotations

import base64
import hashlib
import json
import posixpath
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dh_kernel.errors import Invalid, did_you_mean
from dh_kernel.refs import canonical_key, parse

from ..catalogue.types import KNOWN_KINDS, LISTED_IN_PROJECT, PLURALS
from .texts import Place, documents

Document = dict[str, Any]

READ = (".yaml", ".yml", ".json")  # files with documents; others are what documents refer to
TAKEN = frozenset({"project", "artifact", "dataitem", "model", "function", "workflow", "task", "extension"})
OURS = {"notebook": "function", "script": "function"}  # kinds that Core lacks
_WRITTEN_BY_SERVER = frozenset({"project", "name", "created", "updated", "created_by", "updated_by", "ref"})
_WRITTEN_BY_SERVER |= {"version_number", "reference", "aliases"}
_ENTITY_OF_KIND = {kind: entity for entity, kinds in KNOWN_KINDS.items() for kind in kinds} | OURS
_EXAMPLE = "Write kind: project, with what it has in lists below spec; or kind: python, table, model, … for one thing."
_SCHEMES = {"store", *KNOWN_KINDS["function"], *KNOWN_KINDS["workflow"], *KNOWN_KINDS["task"], *OURS}
_KEY = re.compile(r"([^:/\s]+)://([^/\s]+)(/\S*)?")
_REMOTE = re.compile(r"[a-z][a-z0-9+]+://", re.IGNORECASE)


@dataclass(frozen=True)
class Declared:
    """One entity as it would be posted: it has an id. `number`: of the version that it was, for the order."""

    entity: str
    document: Document
    place: Place
    aliases: tuple[str, ...] = ()
    number: int = 0

    @property
    def identity(self) -> tuple[str, str]:
        """Type and id."""
        return self.entity, str(self.document["id"])


@dataclass(frozen=True)
class Wanted:
    """A file that a document refers to."""

    path: str
    place: Place


@dataclass(frozen=True)
class Declaration:
    """All that the files declare; `project` is their own, if a document of it is among them."""

    entities: list[Declared]
    project: Declared | None
    wanted: list[Wanted]


def read(files: Mapping[str, str]) -> Declaration:
    """Raises Invalid with file and line for what is no document, or one that can't be declared."""
    found: list[Declared] = []
    refers: list[tuple[str, Document, Place]] = []
    for file, text in files.items():
        if file.lower().endswith(READ):
            for document, place in documents(file, text):
                entity = _type_of(document, place)
                found.append(_declared(entity, document, place, files))
                if entity == "project":
                    embedded, others = _listed(document, place, files)
                    found, refers = found + embedded, refers + others
    entities = _once(found)
    projects = [each for each in entities if each.entity == "project"]
    if len(projects) > 1:
        raise Invalid(f"{projects[1].place.file}: two projects are declared.", "Give one, and what belongs to it.")
    wanted = [*_sources(entities, files), *_documents(entities, refers, files)]
    rest = sorted((each for each in entities if each.entity != "project"), key=lambda each: each.number)
    return Declaration(rest, projects[0] if projects else None, wanted)


def _type_of(document: Document, place: Place) -> str:
    """By its key, else by its kind."""
    key, kind = document.get("key"), document.get("kind")
    if isinstance(key, str) and key.startswith("store://") and key.count("/") > 2:
        entity = parse(key).entity
    else:
        entity = _ENTITY_OF_KIND.get(str(kind), "")
    if entity in TAKEN:
        return entity
    line = f"{place.file}:{place.at('$.kind').line}"
    if kind is None:
        raise Invalid(f"{line}: it does not say what it is: 'kind' is missing.", _EXAMPLE)
    if not entity:
        cure = f"{did_you_mean(str(kind), _ENTITY_OF_KIND)} Or say what it is by key: store://…"
        raise Invalid(f"{line}: '{str(kind)[:80]}' is no kind that is known here.", cure)
    cures = {"run": "Start it: dh run --same-as.", "trigger": "POST it to …/triggers.", "secret": "%dh secret NAME"}
    raise Invalid(f"{line}: a {entity} is not declared in files.", cures.get(entity, "Leave it out."))


def _declared(entity: str, given: Document, place: Place, files: Mapping[str, str]) -> Declared:
    document = {name: value for name, value in given.items() if name not in ("key", "user", "project") and value}
    metadata = _part(given, "metadata", place)
    document["metadata"] = {name: value for name, value in metadata.items() if name not in _WRITTEN_BY_SERVER}
    document["spec"] = _spec(entity, _part(given, "spec", place), files)
    if entity not in ("artifact", "dataitem", "model"):
        document.pop("status", None)
    document["project"] = given.get("project") or metadata.get("project") or _project_of(given)
    for name in ("name", "id"):
        if not isinstance(document.get(name, ""), str):
            raise Invalid(place.told(f"$.{name}: {document[name]!r} is not a text."), "Put it in quotes.")
    if entity == "task":
        document["name"] = document.get("id") or _content_id(entity, document)
    document.setdefault("name", "")
    document.setdefault("id", document.get("name", "") if entity == "project" else _content_id(entity, document))
    number, aliases = metadata.get("version_number"), metadata.get("aliases")
    return Declared(
        entity,
        document,
        place,
        tuple(str(alias) for alias in aliases) if isinstance(aliases, list) else (),
        number if isinstance(number, int) else 0,
    )


def _part(document: Document, name: str, place: Place) -> Document:
    part = document.get(name) or {}
    if not isinstance(part, dict):
        raise Invalid(place.told(f"$.{name}: this must be a mapping."), "name: value, a line for each.")
    return part


def _project_of(document: Document) -> str:
    match = _KEY.fullmatch(str(document.get("key", "")))
    return match[2] if match else ""


def _content_id(entity: str, document: Document) -> str:
    """The same content is the same version: of kind, name and spec."""
    said = json.dumps([entity, document.get("kind"), document.get("name"), document["spec"]], sort_keys=True)
    return hashlib.sha256(f"dh-declared-1\0{said}".encode()).hexdigest()[:32]


def _spec(entity: str, spec: Document, files: Mapping[str, str]) -> Document:
    """Without what is computed; code as the catalogue has it: `source.code`, or a file that `source.source` names."""
    if entity == "project":
        return {name: value for name, value in spec.items() if name not in PLURALS.values()}
    source = spec.get("source")
    if not isinstance(source, dict) or source.get("base64"):
        return spec
    code = source.get("code")
    name = _local_source(spec)
    code = files.get(name) if code is None and name else code
    if not isinstance(code, str):
        return spec
    kept = {key: value for key, value in source.items() if key != "code"}
    return {**spec, "source": {**kept, "base64": base64.b64encode(code.encode()).decode()}}


def _local_source(spec: Document) -> str:
    """The file that a function's code is in, where its document does not have it."""
    source = spec.get("source")
    named = source.get("source") if isinstance(source, dict) and not source.get("base64") else None
    if not isinstance(named, str) or _REMOTE.match(named) or (isinstance(source, dict) and source.get("code")):
        return ""
    return named


def _once(found: Sequence[Declared]) -> list[Declared]:
    """Each entity once; Invalid if one is declared in two ways."""
    kept: dict[tuple[str, str], Declared] = {}
    for each in found:
        first = kept.setdefault(each.identity, each)
        if first is not each and first.document != each.document:
            where = f"{each.place.file}:{each.place.line}"
            other = f"{first.place.file}:{first.place.line}"
            raise Invalid(
                f"{where}: {each.entity} {each.document['id']} is declared otherwise at {other}.", "Keep one."
            )
    return list(kept.values())


# -- what documents refer to -------------------------------------------------------------------------------------------


def _listed(
    project: Document, place: Place, files: Mapping[str, str]
) -> tuple[list[Declared], list[tuple[str, Document, Place]]]:
    """Of a project's lists: what is there whole, and what is named."""
    whole: list[Declared] = []
    named: list[tuple[str, Document, Place]] = []
    spec = _part(project, "spec", place)
    for entity in LISTED_IN_PROJECT:
        for index, each in enumerate(spec.get(PLURALS[entity]) or []):
            own = place.at(f"$.spec.{PLURALS[entity]}[{index}]")
            if not isinstance(each, dict):
                raise Invalid(f"{own.file}:{own.line}: this is no document.", "A document has kind, name and spec.")
            if each.get("spec") is not None:
                whole.append(_declared(entity, each, own, files))
            else:
                named.append((entity, each, own))
    return whole, named


def _documents(
    found: Sequence[Declared], refers: Sequence[tuple[str, Document, Place]], files: Mapping[str, str]
) -> Iterator[Wanted]:
    there = {each.identity for each in found}
    for entity, named, place in refers:
        if (entity, str(named.get("id"))) not in there:
            ref = _part(named, "metadata", place).get("ref")
            is_path = isinstance(ref, str) and ref and not _REMOTE.match(ref) and not ref.startswith("/-/")
            path = posixpath.normpath(str(ref)) if is_path else f"{PLURALS[entity]}-{named.get('id')}.yaml"
            if path in files:
                raise Invalid(f"{place.file}:{place.line}: {path} does not have this {entity}.", "Export it again.")
            yield Wanted(path, place)


def _sources(found: Sequence[Declared], files: Mapping[str, str]) -> Iterator[Wanted]:
    for each in found:
        name = _local_source(each.document["spec"]) if each.entity in ("function", "workflow") else ""
        if name and name not in files:
            yield Wanted(name, each.place.at("$.spec.source.source"))


# -- into a project ----------------------------------------------------------------------------------------------------


def moved_into(project: str, declared: Declared, home: str = "") -> Declared:
    """The same in another project: keys of its own that it holds name that project's things. `home`: the project that
    it is of, where it does not say so itself."""
    own = str(declared.document["project"] or home or project)
    document = _with_keys(declared.document, own, project) if own != project else declared.document
    if declared.entity == "project":
        document = {**document, "name": project, "id": project}
    return Declared(
        declared.entity, {**document, "project": project}, declared.place, declared.aliases, declared.number
    )


def _with_keys(part: Any, old: str, new: str) -> Any:
    if isinstance(part, dict):
        return {name: _with_keys(value, old, new) for name, value in part.items()}
    if isinstance(part, list):
        return [_with_keys(value, old, new) for value in part]
    match = _KEY.fullmatch(part) if isinstance(part, str) and "://" in part else None
    if match and match[1] in _SCHEMES and match[2] == old:
        return f"{match[1]}://{new}{match[3] or ''}"
    return part


def named_by(declared: Declared) -> str:
    """The key of the function or workflow that a task is of."""
    spec = declared.document["spec"]
    return canonical_key(str(spec.get("function") or spec.get("workflow") or ""))
