"""Tab: verbs, options, types, references, parameters. What the broker can't say now is left out, and nothing raises."""

from __future__ import annotations

import re

from .. import profiles, secrets
from ..errors import DHError
from ..refs import ENTITY_BY_WORD
from ..session import Session, session
from .verbs import VERBS

_HEAD = re.compile(r"^\s*(?:\w+\s*=\s*)?%{0,2}dh\s+")
_RUNS = ("logs", "stop", "retry")
_PAGE = 50
_NAMED = {"--profile": profiles.names, "--secret": secrets.names}


def complete(line: str) -> list[str]:
    """Words that may stand where `line` ends."""
    rest = _HEAD.sub("", line, count=1)
    words = rest.split(" ")
    word = words[-1]
    if len(words) == 1:
        return [name for name in VERBS if name.startswith(word)]
    verb = VERBS.get(words[0])
    if verb is None:
        return []
    if word.startswith("-"):
        return [f"--{one.name}" for one in verb.options if f"--{one.name}".startswith(word)]
    if len(words) > 2 and words[-2] in _NAMED:
        return _named(words[-2], word)
    try:
        return _things(session(), verb.name, words[1:-1], word)
    except DHError:
        return []


def _named(option: str, word: str) -> list[str]:
    """Values of an option that are names."""
    try:
        return [name for name in _NAMED[option](session()) if name.startswith(word)]
    except DHError:
        return []


def _things(current: Session, verb: str, before: list[str], word: str) -> list[str]:
    """Names from the catalogue."""
    first = not before
    if verb == "run" and first:
        return _names(current, "function", word)
    if verb == "run" and "=" not in word:
        return _parameters(current, before[0], word)
    if verb in _RUNS and first:
        return [
            name.partition("/")[2]
            for name in _references(current, "run", "")
            if name.partition("/")[2].startswith(word)
        ]
    if verb == "profile" and first:
        return _named("--profile", word)
    if verb == "secret" and first:
        return _named("--secret", word)
    if verb == "ls" and first:
        return [name for name in ENTITY_BY_WORD if name.startswith(word)]
    return _in_type(current, word)


def _in_type(current: Session, word: str) -> list[str]:
    """`dataset/fl` → references of that type; `da` → the types. For IPython a word begins after a `=`."""
    text = word.rpartition("=")[2]
    kind, slash, name = text.partition("/")
    if not slash:
        return [f"{one}/" for one in ENTITY_BY_WORD if one.startswith(text)]
    if kind not in ENTITY_BY_WORD:
        return []
    return [one for one in _references(current, ENTITY_BY_WORD[kind], name) if one.startswith(text)]


def _references(current: Session, entity: str, text: str) -> list[str]:
    found = current.list(entity, text=text, size=_PAGE)["content"]
    return [one["metadata"].get("reference", "") for one in found]


def _names(current: Session, entity: str, word: str) -> list[str]:
    found = current.list(entity, text=word, size=_PAGE)["content"]
    return sorted({one["name"] for one in found if one["name"].startswith(word)})


def _parameters(current: Session, function: str, word: str) -> list[str]:
    schema = current.resolve(function, "function")["spec"].get("parameters") or {}
    return [f"{name}=" for name in schema.get("properties", {}) if name.startswith(word)]
