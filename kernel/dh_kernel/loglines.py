"""A log as people read it: lines, and of a line that a progress bar rewrote what it says last."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from .errors import Invalid

LONGEST = 1 << 20  # characters of a line; one that is longer comes in parts, so that memory stays bounded


def last_state(line: str) -> str:
    r"""What a terminal would still show of a line that was rewritten by `\r`."""
    return line.rstrip("\r").rpartition("\r")[2]


def as_shown(text: str) -> str:
    """A whole log with each line's last state."""
    return "\n".join(map(last_state, text.split("\n"))) if "\r" in text else text


def line_count(tail: object) -> int:
    """How many lines of the end are wanted; 0 for all. Raises Invalid for what is no number of lines."""
    if tail is None:
        return 0
    if isinstance(tail, bool) or not str(tail).isascii() or not str(tail).isdigit() or int(str(tail)[:9]) < 1:
        raise Invalid(f"{str(tail)[:40]!r} is no number of lines: tail.", "The last twenty: --tail 20, or tail=20.")
    return int(str(tail)[:9])


def last_lines(text: str, count: int) -> str:
    """The last lines of a text."""
    place = len(text) - text.endswith("\n")
    while count and place >= 0:
        place, count = text.rfind("\n", 0, place), count - 1
    return text[place + 1 :]


def lines_of(pieces: Iterable[str]) -> Iterator[str]:
    """Whole lines of a text that comes in pieces, each as soon as it is complete; at the end what is left."""
    rest = ""
    for piece in pieces:
        *lines, rest = (rest + piece).split("\n")
        yield from map(last_state, lines)
        if len(rest) > LONGEST:
            if "\r" in rest:
                rest = last_state(rest)
            while len(rest) > LONGEST:
                yield rest[:LONGEST]
                rest = rest[LONGEST:]
    if rest:
        yield last_state(rest)
