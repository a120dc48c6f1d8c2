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

from sqlalchemy import ColumnElement, case, func, literal

from .tables import entities

IS_NAME, NAME_PART_IS, NAME_PART_BEGINS, IN_NAME = 16.0, 8.0, 6.0, 4.0
IS_WHOLE, WHOLE_BEGINS, PART_BEGINS, INSIDE = 3.0, 2.0, 1.0, 0.5
JOINTS = "_.+"  # all that a name has beside letters, digits and -
BEFORE = " _-."  # behind which a part of a text begins
LONGEST = 200  # characters shown of a text


def words_of(asked: str) -> list[str]:
    """The words of a search, in lower case, each once."""
    return list(dict.fromkeys(asked.lower().split()))


def score(dialect: str, words: Sequence[str]) -> ColumnElement[float]:
    """How well an entity fits, as an expression over its row. All that is looked through is in `search`, in lower case:
    each label, each name of a column and the description on a line of its own. Where a word is there first, counts."""
    name: ColumnElement[str] = func.lower(entities.c.name)
    found: ColumnElement[float] = case((name == " ".join(words), IS_NAME), else_=0.0) if words else literal(0.0)
    for joint in JOINTS:
        name = func.replace(name, joint, "-")
    find = func.instr if dialect == "sqlite" else func.strpos
    for word in words:
        part = re.sub(f"[{re.escape(JOINTS)}]", "-", word)
        found = found + case((find(name, part) > 0, _in_name(find, name, part)), else_=_in_text(find, word))
    return found


def _in_name(find: Any, name: ColumnElement[str], part: str) -> ColumnElement[float]:
    ended = "-" + name + "-"
    return case(
        (find(ended, f"-{part}-") > 0, NAME_PART_IS), (find(ended, f"-{part}") > 0, NAME_PART_BEGINS), else_=IN_NAME
    )


def _in_text(find: Any, word: str) -> ColumnElement[float]:
    lines: ColumnElement[str] = "\n" + entities.c.search + "\n"
    place = find(lines, word) - 1  # of what stands before it
    by_begin = {"\n": WHOLE_BEGINS, **dict.fromkeys(BEFORE, PART_BEGINS)}
    begun = case(by_begin, value=func.substr(lines, place, 1), else_=INSIDE)
    return case({f"\n{word}\n": IS_WHOLE}, value=func.substr(lines, place, len(word) + 2), else_=begun)


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
