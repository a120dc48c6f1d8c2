"""Tab: verbs, options and their values, types, references, versions, parameters and their values, variables, files.

What the broker can't say now is left out, and nothing raises.
"""

from __future__ import annotations

import glob
import json
import os
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from .. import profiles, secrets
from ..errors import DHError
from ..refs import ENTITY_BY_WORD, parse
from ..session import Session, session
from ..states import SHOWN
from ..sweeping.request import FAILURES, PRUNERS, SAMPLERS
from .parse import Option
from .verbs import VERBS, Verb

_HEAD = re.compile(r"^\s*(?:\w+\s*=\s*)?%{0,2}dh\s+")
_PAGE = 50
_CALLS = ("run", "sweep", "retry")  # what follows the first word are parameters
# What a verb's plain words are, in order; the last stands for all that follow. Any other verb takes references.
_WORDS = {
    "run": ("function",),
    "sweep": ("function",),
    "function": ("callable",),
    "logs": ("run",),
    "stop": ("run",),
    "retry": ("run",),
    "ls": ("type",),
    "dataset": ("dataset name", "file or variable"),
    "job": ("notebook",),
    "form": ("function", "nothing"),
    "export": ("reference or project", "file"),
    "import": ("declaration",),
    "apply": ("declaration", "nothing"),
    "diff": ("reference or declaration", "reference"),
    "project": ("project",),
    "doctor": ("nothing",),
    "gc": ("nothing",),
    "profile": ("profile",),
    "secret": ("secret",),
    "publish": ("model",),
}


def complete(line: str, variables: Iterable[str] = ()) -> list[str]:
    """Whole words that may stand where `line` ends. `variables` are names of the kernel's."""
    rest = _HEAD.sub("", line, count=1)
    words = rest.split(" ")
    word = words[-1]
    if len(words) == 1:
        return [name for name in VERBS if name.startswith(word)]
    verb = VERBS.get(words[0])
    if verb is None:
        return []
    try:
        return _fitting(_Place(session(), verb, words[1:-1], list(variables)), word)
    except (DHError, OSError):
        return []


class _Place:
    """Where a word stands: after which verb, after which words."""

    def __init__(self, current: Session, verb: Verb, before: Sequence[str], variables: Sequence[str]):
        self.session = current
        self.verb = verb
        self.variables = variables
        self.option = _awaiting(verb, before)
        self.plain = _plain_words(verb, before)
        last = before[-1] if before else ""
        self.may_come = next((one.may_take for one in verb.options if last == f"--{one.name}"), ())

    @property
    def kind(self) -> str:
        """What a plain word is here."""
        kinds = _WORDS.get(self.verb.name, ("reference",))
        return kinds[min(len(self.plain), len(kinds) - 1)]

    def parameters(self) -> Mapping[str, Any]:
        """Properties of the schema of the function that was named."""
        if not self.plain or self.verb.name not in _CALLS:
            return {}
        is_run = self.verb.name == "retry"
        found = self.session.resolve(self.plain[0], "run" if is_run else "function")
        if is_run:
            found = self.session.resolve(found["spec"]["function"], "function")
        schema: Any = found["spec"].get("parameters") or {}
        return dict(schema.get("properties", {}))


def _fitting(place: _Place, word: str) -> list[str]:
    if place.option:
        return _beginning(word, _OPTION_VALUES.get(place.option.name, _nothing)(place.session))
    option, sign, typed = word.partition("=")
    if word.startswith("--") and sign:
        values = _OPTION_VALUES.get(option[2:], _nothing)(place.session)
        return [f"{option}={value}" for value in _beginning(typed, values)]
    if word.startswith("-"):
        return _beginning(word, [f"--{one.name}" for one in place.verb.options])
    if sign and place.verb.name in _CALLS:
        return [f"{option}={value}" for value in _values(place, option, typed)]
    if word.startswith("$"):
        return _beginning(word, [f"${name}" for name in place.variables])
    return [*_beginning(word, place.may_come), *_others(place, word)]


def _others(place: _Place, word: str) -> list[str]:
    if place.verb.name in _CALLS and place.plain:
        return _beginning(word, [f"{name}=" for name in place.parameters()])
    return _plain(place, word)


def _awaiting(verb: Verb, before: Sequence[str]) -> Option | None:
    """The option whose value comes next."""
    last = before[-1] if before else ""
    return next((one for one in verb.options if one.takes and last == f"--{one.name}"), None)


def _plain_words(verb: Verb, before: Sequence[str]) -> list[str]:
    """Words before this one that are neither options nor their values nor assignments."""
    found = []
    for place, word in enumerate(before):
        if word and not word.startswith("-") and "=" not in word and not _awaiting(verb, before[:place]):
            found.append(word)
    return found


# -- plain words -------------------------------------------------------------------------------------------------------


def _plain(place: _Place, word: str) -> list[str]:
    kind = place.kind
    if kind in ("function", "run", "model") and "/" not in word:
        short = _short_names(place.session, kind, word)
        return short + (["run/"] if place.verb.name == "form" and "run/".startswith(word) else [])
    if kind in ENTITY_BY_WORD or kind == "reference":
        return references(place.session, word)
    return _beginning(word, _OF_KIND[kind](place, word))


def _short_names(current: Session, entity: str, word: str) -> list[str]:
    """`train` for functions, `train-42` for runs; versions after an @."""
    name, at, _ = word.partition("@")
    if at:
        return _beginning(word, [f"{name}@{one}" for one in _selectors(current, entity, name)])
    found = [one["metadata"].get("reference", "") for one in _listed(current, entity, word)]
    names = [one.partition("/")[2].partition("@")[0] for one in found]
    prefix = "model/" if entity == "model" else ""
    return [prefix + one for one in dict.fromkeys(names) if one.startswith(word)]


def references(current: Session, text: str, entities: Sequence[str] = ()) -> list[str]:
    """`da` → types, `dataset/fl` → references of that type, `dataset/flights@` → its versions and aliases."""
    kind, slash, name = text.partition("/")
    words = [word for word, entity in ENTITY_BY_WORD.items() if not entities or entity in entities]
    if not slash:
        return [f"{one}/" for one in words if one.startswith(text)]
    _, colon, type_ = kind.rpartition(":")
    if type_ not in ENTITY_BY_WORD or colon:
        return []
    entity, (plain, at, _) = ENTITY_BY_WORD[type_], name.partition("@")
    if at:
        return _beginning(text, [f"{kind}/{plain}@{one}" for one in _selectors(current, entity, plain)])
    return _beginning(text, [one["metadata"].get("reference", "") for one in _listed(current, entity, name)])


def _selectors(current: Session, entity: str, name: str) -> list[str]:
    """Aliases, then numbers, the newest first."""
    versions = current.list(entity, name=name, versions="all", size=_PAGE)["content"]
    own = [one["metadata"] for one in versions if parse(one["key"]).name == name]
    aliases = [alias for meta in own for alias in meta.get("aliases") or []]
    return [*dict.fromkeys(aliases), *(str(meta.get("version_number", "")) for meta in own)]


def _listed(current: Session, entity: str, text: str) -> list[Any]:
    return list(current.list(entity, text=text.rpartition("-")[0] if entity == "run" else text, size=_PAGE)["content"])


def _files(word: str, *endings: str) -> list[str]:
    """Files and folders (with a slash) whose path begins like this."""
    found = [f"{one}/" if os.path.isdir(one) else one for one in sorted(glob.glob(glob.escape(word) + "*"))]
    return [one for one in found if not endings or one.endswith(("/", *endings))]


def _tables_or_files(place: _Place, word: str) -> list[str]:
    return _files(word, ".parquet", ".csv") or [f"${name}" for name in place.variables if not word]


_OF_KIND: dict[str, Callable[[_Place, str], list[str]]] = {
    "type": lambda place, word: list(ENTITY_BY_WORD),
    "callable": lambda place, word: [*place.variables, *_files(word, ".py")] if word else [],
    "dataset name": lambda place, word: _short_names(place.session, "dataitem", word),
    "file or variable": _tables_or_files,
    "notebook": lambda place, word: _files(word, ".ipynb", ".py"),
    "file": lambda place, word: _files(word),
    "declaration": lambda place, word: _files(word, ".yaml", ".yml", ".json"),
    "reference or project": lambda place, word: [*references(place.session, word), "project"],
    "reference or declaration": lambda place, word: [
        *references(place.session, word),
        *(_files(word, ".yaml", ".yml") if word else []),
    ],
    "project": lambda place, word: place.session.projects(),
    "profile": lambda place, word: profiles.names(place.session),
    "secret": lambda place, word: secrets.names(place.session),
    "nothing": lambda place, word: [],
}


# -- values ------------------------------------------------------------------------------------------------------------


def _values(place: _Place, name: str, typed: str) -> list[str]:
    """Of a parameter: what its annotation allows, its default, a variable, or a reference."""
    if typed.startswith("$"):
        return _beginning(typed, [f"${one}" for one in place.variables])
    one = place.parameters().get(name, {})
    choices = [choice if isinstance(choice, str) else json.dumps(choice) for choice in one.get("enum", ())]
    types = one.get("type", ())
    if "boolean" in ([types] if isinstance(types, str) else types):
        choices += ["true", "false"]
    if choices:
        return _beginning(typed, choices)
    if not typed and not one.get("input"):
        return [json.dumps(one["default"])] if one.get("default") is not None else []
    return references(place.session, typed)


def _nothing(current: Session) -> list[str]:
    return []


_OPTION_VALUES: dict[str, Callable[[Session], list[str]]] = {
    "state": lambda current: list(dict.fromkeys(SHOWN.values())),
    "profile": profiles.names,
    "secret": secrets.names,
    "sampler": lambda current: list(SAMPLERS),
    "pruner": lambda current: list(PRUNERS),
    "failures": lambda current: list(FAILURES),
    "warm-start": lambda current: _short_names(current, "run", ""),
    "same-as": lambda current: _short_names(current, "run", ""),
    "project": lambda current: current.projects(),
    "as": lambda current: ["pandas", "arrow", "polars", "path"],
}


def _beginning(word: str, found: Iterable[str]) -> list[str]:
    return [one for one in found if one.startswith(word)]
