"""References: `type/name@version`, as a person types them, and keys, as DigitalHub Core writes them.

Both name an entity, and both are accepted wherever one is asked for:

    dataset/flights        dataset/flights@3       model/churn@champion      run/train-42
    demo:dataset/flights   dataset/flights@1f0c2a  store://demo/dataitem/table/flights:1f0c2a…
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

from .errors import Invalid, did_you_mean

ENTITY_BY_WORD = {
    "function": "function",
    "dataset": "dataitem",
    "artifact": "artifact",
    "model": "model",
    "workflow": "workflow",
    "run": "run",
}
WORD_BY_ENTITY = {entity: word for word, entity in ENTITY_BY_WORD.items()}

_SEGMENT = r"[A-Za-z0-9._+-]+"
_REFERENCE = re.compile(rf"(?:({_SEGMENT}):)?([a-z]+)/({_SEGMENT})(?:@({_SEGMENT}))?")
_KEY = re.compile(r"store://([^/]+)/([^/]+)/([^/]+)/([^/]+)")
_EXECUTABLE = re.compile(r"([^:/]+)://([^/]+)/([^:]+):(.+)")
NAME = re.compile(r"[A-Za-z0-9._+-]{1,256}")
LONGEST, SHOWN = 600, 100  # characters of what may be a reference; of what is too long for one


@dataclass(frozen=True)
class Reference:
    """A parsed reference; `selector` is a version number, an alias, an id or its prefix; none means the latest."""

    entity: str  # Core's word: dataitem, not dataset
    name: str
    selector: str | None = None
    project: str | None = None

    def __str__(self) -> str:
        head = f"{self.project}:" if self.project else ""
        tail = f"@{self.selector}" if self.selector else ""
        return f"{head}{WORD_BY_ENTITY.get(self.entity, self.entity)}/{self.name}{tail}"


def is_reference(text: str) -> bool:
    """Whether `text` has the form of a reference or of a key (not whether the entity exists)."""
    if text.startswith("store://"):
        return _KEY.fullmatch(text) is not None
    match = _REFERENCE.fullmatch(text)
    return match is not None and match[2] in ENTITY_BY_WORD


def parse(text: str, expect: str | None = None) -> Reference:
    """Parse a reference, a key or an executable string (`python://project/name:id`).

    `expect` is the entity type taken for a bare `name[@selector]`, and required of all others.
    Raises Invalid with what is wrong and the nearest right word.
    """
    found = _parse_key(text) or _parse_reference(text, expect)
    if expect and found.entity != expect:
        raise Invalid(f"'{text}' names a {_word(found.entity)}; a {_word(expect)} is needed here.")
    return found


def _word(entity: str) -> str:
    return WORD_BY_ENTITY.get(entity, entity)


def _parse_key(text: str) -> Reference | None:
    if match := _KEY.fullmatch(text):
        project, entity, _kind, rest = match.groups()
        name, _, ident = rest.partition(":")
        # a run's key is store://P/run/python+job:run/ID, and doubled (…/ID:ID) inside relationships
        return Reference(entity, name, ident or None, project)
    if match := _EXECUTABLE.fullmatch(text):
        kind, project, name, ident = match.groups()
        return Reference("workflow" if kind in ("hera", "kfp") else "function", name, ident, project)
    return None


def _parse_reference(text: str, expect: str | None) -> Reference:
    whole = text
    if expect and "/" not in text:  # name, or project:name
        project, colon, name = text.rpartition(":")
        whole = f"{project}{colon}{_word(expect)}/{name}"
    match = _REFERENCE.fullmatch(whole)
    if not match:
        shown = text if len(text) <= LONGEST else f"{text[:SHOWN]}…"
        raise Invalid(f"'{shown}' is not a reference.", "Write type/name or type/name@version, e.g. dataset/flights@3.")
    project, word, name, selector = match.groups()
    entity = ENTITY_BY_WORD.get(word) or (word if word in WORD_BY_ENTITY else None)
    if entity is None:
        raise Invalid(f"There are no things of type '{word}'.", did_you_mean(word, ENTITY_BY_WORD))
    return Reference(entity, name, selector, project)


def key_of(project: str, entity: str, kind: str, name: str, ident: str) -> str:
    """Core's key. Projects are `store://P`; tasks and runs have no name of their own."""
    if entity == "project":
        return f"store://{project}"
    if entity in ("run", "task"):
        return f"store://{project}/{entity}/{kind}/{ident}"
    return f"store://{project}/{entity}/{kind}/{name}:{ident}"


def canonical_key(key: str) -> str:
    """One form for keys that mean the same node: an executable string becomes a key, a doubled run key a single one."""
    if match := _EXECUTABLE.fullmatch(key):
        kind, project, name, ident = match.groups()
        if kind != "store":
            return key_of(project, "workflow" if kind in ("hera", "kfp") else "function", kind, name, ident)
    if match := _KEY.fullmatch(key):
        project, entity, kind, rest = match.groups()
        if entity in ("run", "task"):
            return key_of(project, entity, kind, "", rest.partition(":")[0])
    return key


def dataset_id(name: str, digest: str) -> str:
    """The id of a dataset: 32 hex digits over its name and its content's sha256, so equal content is the same version."""
    return hashlib.sha256(f"dh-dataset-1\0{name}\0{digest}".encode()).hexdigest()[:32]


def output_id(run_id: str, entity: str, name: str, digest: str = "") -> str:
    """The id that an output of a run gets. Tables: from name and content. All else: from the run and the name."""
    if entity == "dataitem" and digest:
        return dataset_id(name, digest)
    return hashlib.sha256(f"dh-output-1\0{run_id}\0{name}".encode()).hexdigest()[:32]
