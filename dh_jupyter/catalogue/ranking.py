"""Which of the things that match comes first, and what is shown of why. Pure.

What is asked for is in somebody's head a name; so names count most, then whole labels and names of columns, then the rest,
and the newer before the older. A word counts more where it begins a part of a name (`2013` in `flights_2013`) than in the
middle of one.
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Text, bindparam, case, func, literal

from .tables import entities

IS_NAME, NAME_PART_IS, NAME_PART_BEGINS, IN_NAME = 16.0, 8.0, 6.0, 4.0
IS_WHOLE, WHOLE_BEGINS, PART_BEGINS, INSIDE = 3.0, 2.0, 1.0, 0.5
JOINTS = "_.+"  # all that a name has beside letters, digits and -
BEFORE = " _-."  # behind which a part of a text begins
LONGEST = 200  # characters shown of a text


def parameters(words: Sequence[str]) -> dict[str, str]:
    """What `score` has to be given."""
    joined = f"[{re.escape(JOINTS)}]"
    found = {"asked": " ".join(words)}
    for number, word in enumerate(words):
        found |= {f"word{number}": word, f"part{number}": re.sub(joined, "-", word)}
    return found


def score(dialect: str, count: int) -> ColumnElement[float]:
    """How well an entity fits so many words, as an expression over its row, with `parameters`. All that is looked through is
    in `search`, in lower case: each label, each name of a column and the description on a line of its own. Where a word is
    there first, counts."""
    name: ColumnElement[str] = func.lower(entities.c.name)
    found: ColumnElement[float] = case((name == _text("asked"), IS_NAME), else_=0.0) if count else literal(0.0)
    for joint in JOINTS:
        name = func.replace(name, joint, "-")
    find = func.instr if dialect == "sqlite" else func.strpos
    for number in range(count):
        part = _text(f"part{number}")
        in_text = _in_text(find, _text(f"word{number}"))
        found = found + case((find(name, part) > 0, _in_name(find, name, part)), else_=in_text)
    return found


def _text(name: str) -> ColumnElement[str]:
    return bindparam(name, type_=Text)


def _in_name(find: Any, name: ColumnElement[str], part: ColumnElement[str]) -> ColumnElement[float]:
    ended, begins = "-" + name + "-", "-" + part
    return case(
        (find(ended, begins + "-") > 0, NAME_PART_IS), (find(ended, begins) > 0, NAME_PART_BEGINS), else_=IN_NAME
    )


def _in_text(find: Any, word: ColumnElement[str]) -> ColumnElement[float]:
    lines: ColumnElement[str] = "\n" + entities.c.search + "\n"
    place = find(lines, word) - 1  # of what stands before it
    by_begin = {"\n": WHOLE_BEGINS, **dict.fromkeys(BEFORE, PART_BEGINS)}
    begun = case(by_begin, value=func.substr(lines, place, 1), else_=INSIDE)
    return case((func.substr(lines, place, func.length(word) + 2) == "\n" + word + "\n", IS_WHOLE), else_=begun)


def highlights(words: Sequence[str], document: Mapping[str, Any]) -> dict[str, list[str]]:
    """Where words were found, as HTML: the words in <em>, all else escaped."""
    metadata = document["metadata"]
    labels = [label for label in metadata.get("labels", []) if isinstance(label, str)]
    parts = {
        "metadata.name": [document["name"]],
        "metadata.description": [metadata.get("description", "")],
        "metadata.labels": labels,
    }
    marked = {name: [_marked(words, text) for text in texts if isinstance(text, str)] for name, texts in parts.items()}
    return {name: found for name, texts in marked.items() if (found := [text for text in texts if text])}


def _marked(words: Sequence[str], text: str) -> str:
    """'' if no word is in it."""
    pattern = re.compile("|".join(re.escape(word) for word in sorted(words, key=len, reverse=True)), re.IGNORECASE)
    first = pattern.search(text) if words else None
    if first is None:
        return ""
    start = max(0, first.start() - LONGEST // 2)
    shown, said, end = text[start : start + LONGEST], "", 0
    for match in pattern.finditer(shown):
        said += f"{html.escape(shown[end : match.start()])}<em>{html.escape(match[0])}</em>"
        end = match.end()
    return said + html.escape(shown[end:])
