"""`%pip install` and `!pip install` lines, as a pure reading of their words: what they name, and what is left without them."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator

_REQUIREMENT = re.compile(r"[A-Za-z0-9][\w.-]*(\[[\w,. -]+\])?\s*([=<>!~].*)?")
_BEFORE_PIP = re.compile(r"(.*/)?python[\d.]*|-m|uv|sudo|\{sys\.executable\}")
_WITH_VALUE = {"-r", "-c", "-e", "-i", "-f", "-t"} | {
    f"--{name}"
    for name in (
        "requirement", "constraint", "editable", "index-url", "extra-index-url", "find-links", "target", "prefix", "python",
        "trusted-host", "proxy",
    )
}  # fmt: skip
_BETWEEN = re.compile(r"\s*(&&|\|\||;)\s*")
_LINE = re.compile(r"^\s*[%!]\s*((?:.*\\\n)*.*)$", re.M)


def named_by(command: str) -> list[str]:
    """Requirements that a shell's command names if it is an installation; no files, addresses or options."""
    return [name for part in _commands(command) for name in _named_in(part)]


def named_in_cell(source: str) -> list[str]:
    """Of the `%` and `!` lines of a cell as it was typed."""
    return [name for line in _LINE.findall(source) for name in named_by(line.replace("\\\n", " "))]


def without_installs(command: str) -> str:
    """What else a shell's command does; the command itself if it installs nothing."""
    parts = list(_commands(command))
    kept = [part for part in parts if not _is_install(_words(part))]
    return command if len(kept) == len(parts) else " && ".join(kept)


def _commands(command: str) -> Iterator[str]:
    yield from (part for part in _BETWEEN.split(command)[::2] if part.strip())


def _words(command: str) -> list[str]:
    try:
        return shlex.split(command, comments=True)
    except ValueError:
        return []


def _is_install(words: list[str]) -> bool:
    place = next((index for index, word in enumerate(words) if re.fullmatch(r"(.*/)?pip3?", word)), len(words))
    return words[place + 1 : place + 2] == ["install"] and all(map(_BEFORE_PIP.fullmatch, words[:place]))


def _named_in(command: str) -> list[str]:
    words = _words(command)
    if not _is_install(words):
        return []
    found: list[str] = []
    rest = iter(words[words.index("install") + 1 :])
    for word in rest:
        if word in _WITH_VALUE:
            next(rest, None)
        elif word in ("|", "&") or word.startswith((">", "2>", "1>")):
            break
        elif _REQUIREMENT.fullmatch(word):
            found.append(word)
    return found
