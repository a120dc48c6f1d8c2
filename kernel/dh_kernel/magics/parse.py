"""The grammar of a `%dh` line, as a pure function over the raw text.

Words are split at blanks outside quotes, brackets and braces:

    word        := option | assignment | value
    option      := --name | --name value | --name=value | -n
    assignment  := identifier=value
    value       := $variable | JSON | reference | text          tried in this order; '…' or "…" around text is dropped

A shell splits words and drops quotes itself: `parse_words` takes them as they come, and there a value is no variable.
Nothing here knows what a verb means; `magics/verbs.py` says which options there are.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..arguments import Ref
from ..errors import Invalid, did_you_mean
from ..refs import is_reference

_CLOSING = {"(": ")", "[": "]", "{": "}"}
_ASSIGNMENT = re.compile(r"([A-Za-z_]\w*)=(.*)", re.DOTALL)
_VARIABLE = re.compile(r"\$([A-Za-z_]\w*)")


@dataclass(frozen=True)
class Variable:
    """`$name`: a variable of the kernel."""

    name: str


@dataclass(frozen=True)
class Option:
    """`--name`; `takes` is the placeholder of its value in the help, empty for a flag; `many`: may be given again;
    `short`: the letter of a flag's short form; `may_take`: words of which a flag may have one behind it."""

    name: str
    takes: str = ""
    says: str = ""
    many: bool = False
    short: str = ""
    may_take: tuple[str, ...] = ()


@dataclass
class Command:
    """A parsed line after its verb. `options` hold raw texts (True for flags, lists where many are allowed); `typed` are
    the texts of what is assigned, with their quotes."""

    values: list[Any] = field(default_factory=list)
    assigned: dict[str, Any] = field(default_factory=dict)
    typed: dict[str, str] = field(default_factory=dict)
    options: dict[str, Any] = field(default_factory=dict)


def split(line: str) -> list[str]:
    """The line's words, quotes kept. Raises Invalid for a quote or bracket that is not closed."""
    words: list[str] = []
    current = ""
    awaited: list[str] = []  # closing brackets; the last may be a quote
    position = 0
    while position < len(line):
        char = line[position]
        quoted = awaited and awaited[-1] in "\"'"
        if char == "\\" and quoted and awaited[-1] == '"' and position + 1 < len(line):
            current += line[position : position + 2]
            position += 2
            continue
        if char.isspace() and not awaited:
            words, current = ([*words, current] if current else words), ""
        else:
            _follow(char, awaited, bool(quoted), current)
            current += char
        position += 1
    if awaited:
        raise Invalid(
            f"A {awaited[-1]} is missing in: {line.strip()}", "Close what is open, or put the value in quotes."
        )
    return [*words, current] if current else words


def _follow(char: str, awaited: list[str], quoted: bool, before: str) -> None:
    """Keep count of what is open. An apostrophe within a plain word (it's) opens nothing."""
    if awaited and char == awaited[-1]:
        awaited.pop()
    elif quoted:
        return
    elif char in "\"'":
        if not before or not before[-1].isalnum():
            awaited.append(char)
    elif char in _CLOSING:
        awaited.append(_CLOSING[char])


def read_value(text: str) -> Any:
    """What a word stands for: Variable, a JSON value, Ref, or a str."""
    if text.startswith("$"):
        return _variable(text)
    plain = _unquoted_single(text)
    try:
        return json.loads(plain, parse_constant=_not_json)
    except ValueError:
        pass
    if plain != text:
        return plain
    bare = unquoted(text)
    return Ref(text) if bare == text and is_reference(text) else bare


def _variable(text: str) -> Variable:
    match = _VARIABLE.fullmatch(text)
    if not match:
        raise Invalid(
            f"'{text}' is not a variable's name.", "After $ comes one name, e.g. $df. Assign the expression first."
        )
    return Variable(match[1])


def _not_json(word: str) -> Any:
    raise ValueError(word)  # NaN and Infinity are not JSON: they stay texts


def _unquoted_single(text: str) -> str:
    return text[1:-1] if len(text) >= 2 and text[0] == text[-1] == "'" else text


def unquoted(text: str) -> str:
    """The text without the quotes around it."""
    if len(text) >= 2 and text[0] == text[-1] == '"':
        try:
            return str(json.loads(text, strict=False))
        except ValueError:
            return text[1:-1]
    return _unquoted_single(text)


def shell_value(text: str) -> Any:
    """What a word of a shell stands for: a JSON value, Ref, or a str. Raises Invalid for `$name`."""
    if _VARIABLE.fullmatch(text):
        raise Invalid(
            f"'{text}' is a variable of a notebook; a shell has none of these.",
            "Save it there (%dh dataset NAME $df) and pass dataset/NAME here.",
        )
    try:
        return json.loads(text, parse_constant=_not_json)
    except ValueError:
        return Ref(text) if is_reference(text) else text


@dataclass(frozen=True)
class _Reading:
    """How words become values, and the texts of options; `empty`: `name=` is an empty text."""

    value: Callable[[str], Any]
    option: Callable[[str], str]
    empty: bool


_LINE = _Reading(read_value, unquoted, empty=False)
_SHELL = _Reading(shell_value, str, empty=True)
_SHORT = re.compile(r"-[A-Za-z]")


def parse(line: str, options: Sequence[Option] = ()) -> Command:
    """Parse what stands after the verb. Raises Invalid for options that are unknown, or lack or repeat their value."""
    return _parsed(split(line), options, _LINE)


def parse_words(words: Sequence[str], options: Sequence[Option] = ()) -> Command:
    """The same, of words that a shell has split."""
    return _parsed(list(words), options, _SHELL)


def _parsed(words: list[str], options: Sequence[Option], reading: _Reading) -> Command:
    known = {f"--{option.name}": option for option in options}
    known.update({f"-{option.short}": option for option in options if option.short})
    command = Command()
    while words:
        word = words.pop(0)
        assignment = _ASSIGNMENT.fullmatch(word)
        if (word.startswith("--") and len(word) > 2) or _SHORT.fullmatch(word):
            _read_option(word, words, known, command, reading)
        elif assignment:
            _assign(assignment[1], assignment[2], command, reading)
        else:
            command.values.append(reading.value(word))
    return command


def _assign(name: str, text: str, command: Command, reading: _Reading) -> None:
    if name in command.assigned:
        braces = f"A shell takes braces apart: put '{name}={{a,b}}' in quotes." if reading.empty else ""
        raise Invalid(f"'{name}' is given twice.", braces)
    if not text and not reading.empty:
        raise Invalid(f"'{name}=' has no value.", f'Write {name}=VALUE without blanks; for an empty text {name}="".')
    command.assigned[name] = reading.value(text)
    command.typed[name] = text


def _read_option(word: str, words: list[str], known: Mapping[str, Option], command: Command, reading: _Reading) -> None:
    typed, given, value = word.partition("=")
    option = known.get(typed)
    if option is None:
        raise Invalid(f"There is no option '{typed}'.", did_you_mean(typed, [one for one in known if one[:2] == "--"]))
    name = option.name
    if not option.takes:
        if given and not option.may_take:
            raise Invalid(f"--{name} takes no value.")
        if not given and _has_word(option, words, command):
            value = words.pop(0)
        command.options[name] = _one_of(option, value) if value else True
        return
    if not given:
        if not words or (words[0].startswith("--") and len(words[0]) > 2):
            raise Invalid(f"--{name} needs a value.", f"--{name} {option.takes}")
        value = words.pop(0)
    if option.many:
        command.options.setdefault(name, []).append(reading.option(value))
    elif name in command.options:
        raise Invalid(f"--{name} is given twice.")
    else:
        command.options[name] = reading.option(value)


def _has_word(option: Option, words: list[str], command: Command) -> bool:
    """Whether a flag's word comes next: one that it knows, or any if the plain words that come first are there."""
    if not option.may_take or not words:
        return False
    is_plain = bool(command.values) and words[0][:1] not in "-$" and not _ASSIGNMENT.fullmatch(words[0])
    return words[0] in option.may_take or is_plain


def _one_of(option: Option, word: str) -> str:
    if word not in option.may_take:
        raise Invalid(
            f"--{option.name} can't be '{word}'.", f"It is one of {', '.join(option.may_take)}, or stands alone."
        )
    return word
