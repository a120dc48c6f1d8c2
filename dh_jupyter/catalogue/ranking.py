"""Which of the things that match comes first, and what is shown of why. Pure.

What is asked for is in somebody's head a name; so names count most, then labels, then the rest, and the newer before the
older. A word counts more where it begins a part of a name (`2013` in `flights_2013`) than in the middle of one.
"""

from __future__ import annotations

import html
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

IS_NAME, NAME_PART_IS, NAME_PART_BEGINS, IN_NAME = 16.0, 8.0, 6.0, 4.0
IS_LABEL, IN_LABEL, PART_BEGINS, INSIDE = 3.0, 2.0, 1.0, 0.5
LONGEST = 200  # characters shown of a text


def words_of(asked: str) -> list[str]:
    """The words of a search, in lower case, each once."""
    return list(dict.fromkeys(asked.lower().split()))


def score(words: Sequence[str], name: str, labels: Collection[str], text: str) -> float:
    """How well something fits; `text` is all that is looked through, in lower case."""
    name = name.lower()
    found = IS_NAME if name == " ".join(words) else 0.0
    for word in words:
        found += _in_name(word, name) if word in name else _elsewhere(word, labels, text)
    return found


def _in_name(word: str, name: str) -> float:
    begun = list(_begun(word, name))
    if any(not name[place + len(word) :][:1].isalnum() for place in begun):
        return NAME_PART_IS
    return NAME_PART_BEGINS if begun else IN_NAME


def _elsewhere(word: str, labels: Collection[str], text: str) -> float:
    known = [label.lower() for label in labels]
    if word in known:
        return IS_LABEL
    if any(word in label for label in known):
        return IN_LABEL
    return INSIDE if next(_begun(word, text), None) is None else PART_BEGINS


def _begun(word: str, text: str) -> Iterator[int]:
    """Where the word begins a part of the text: after what is no letter and no digit. (An expression with such a
    condition before the word looks at each character; a thousand long texts are ranked at once.)"""
    place = text.find(word)
    while place >= 0:
        if not text[place - 1 : place].isalnum():
            yield place
        place = text.find(word, place + 1)


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
