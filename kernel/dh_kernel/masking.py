"""Values of secrets are kept out of what a run leaves behind: `***NAME***` stands where one was. Pure; standard library.

A value is found as it is, each of its longer lines too (a traceback may indent them), and in the forms into which programs
turn it: JSON, Python's repr, HTML, an URL's quoting, hexadecimal, and base64 at any offset (as in `user:password`).
Values of fewer than SHORTEST characters are not looked for: they would be found everywhere. Numbers are not looked at.
"""

from __future__ import annotations

import base64
import functools
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

SHORTEST = 4  # characters
_LONG = 8  # characters of a part (a line, base64 without its edges) that stands for the whole


class Masking:
    """What to look for. An instance without values is false, and changes nothing."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self._names: dict[bytes, bytes] = {}
        for name, value in values.items():
            for form in _forms(value):
                self._names.setdefault(form, f"***{name}***".encode())
        self._patterns = sorted(self._names, key=len, reverse=True)  # of two that begin together the longer is meant

    def __bool__(self) -> bool:
        return bool(self._names)

    @property
    def longest(self) -> int:
        """Bytes of the longest pattern."""
        return len(self._patterns[0]) if self._patterns else 0

    def data(self, data: bytes) -> bytes:
        """Bytes without values. What was cut at their ends is not found: see MaskedStream."""
        present = self.present_in(data)
        return _any_of(present).sub(self.stand_in, data) if present else data

    def present_in(self, data: bytes) -> tuple[bytes, ...]:
        """The patterns that are in the data, the longest first: fast to see, and mostly none."""
        return tuple(pattern for pattern in self._patterns if pattern in data)

    def text(self, text: str) -> str:
        """A text without values."""
        if not self:
            return text
        return self.data(text.encode("utf-8", "surrogatepass")).decode("utf-8", "surrogatepass")

    def document(self, part: Any, *, keys: bool = False) -> Any:
        """JSON without values in its texts; with `keys` also in the names of its objects."""
        if not self or part is None or isinstance(part, (bool, int, float)):
            return part
        if isinstance(part, str):
            return self.text(part)
        if isinstance(part, Mapping):
            return {self.text(name) if keys else name: self.document(item, keys=keys) for name, item in part.items()}
        if isinstance(part, (list, tuple)):
            return [self.document(item, keys=keys) for item in part]
        return part

    def stand_in(self, match: re.Match[bytes]) -> bytes:
        """What is written in place of a match."""
        return self._names[match[0]]

    def unfinished(self, data: bytes, start: int) -> int:
        """Where the earliest value may begin that more data would complete; the length of `data` if none can."""
        first = len(data)
        for pattern in self._patterns:
            first = min(first, _unfinished(pattern, data, max(start, len(data) - len(pattern) + 1), first))
        return first


NOTHING = Masking({})


@functools.lru_cache(maxsize=64)
def _any_of(patterns: tuple[bytes, ...]) -> re.Pattern[bytes]:
    return re.compile(b"|".join(map(re.escape, patterns)))


class MaskedStream:
    """Masks what comes in pieces: a value that is cut in two is found. Holds back no more than could begin a value."""

    def __init__(self, masking: Masking) -> None:
        self._masking = masking
        self._held = b""

    def feed(self, data: bytes) -> bytes:
        """What can be written now."""
        data = self._held + data
        present = self._masking.present_in(data)
        hold = self._masking.unfinished(data, 0)
        if any(_lies_across(pattern, data, hold) for pattern in present):
            return self._feed_carefully(data, _any_of(present))
        self._held = data[hold:]
        return self._masking.data(data[:hold])

    def _feed_carefully(self, data: bytes, values: re.Pattern[bytes]) -> bytes:
        """One value after the other: what seems to begin may be a part of the one before."""
        done: list[bytes] = []
        start = 0
        while True:
            hold = self._masking.unfinished(data, start)
            match = values.search(data, start)
            while match is not None and match.start() < hold:
                done += (data[start : match.start()], self._masking.stand_in(match))
                start = match.end()
                if start > hold:
                    break
                match = values.search(data, start)
            else:
                self._held = data[hold:]
                return b"".join([*done, data[start:hold]])

    def rest(self) -> bytes:
        """What was held back, at the end."""
        held, self._held = self._held, b""
        return self._masking.data(held)


def _lies_across(pattern: bytes, data: bytes, place: int) -> bool:
    """Whether the pattern begins before a place and ends after it."""
    size = len(pattern)
    return data.find(pattern, max(0, place - size + 1), place + size - 1) >= 0


_EDGE = 3  # bytes at the very end that are looked at one by one


def _unfinished(pattern: bytes, data: bytes, start: int, stop: int) -> int:
    """The first place before `stop` from which all the rest of `data` is the beginning of `pattern`; else `stop`."""
    at = start
    while at < stop:
        head = pattern[: max(1, min(len(data) - at, _EDGE + 1))]
        if len(head) > _EDGE:
            at = data.find(head, at)
            if at < 0:
                at = max(start, len(data) - _EDGE)
                continue
        if at < stop and pattern.startswith(data[at:]):
            return at
        at += 1
    return stop


def _forms(value: str) -> Iterator[bytes]:
    """The value's core (without blanks around it) and all that stands for it."""
    core = value.strip()
    if len(core) < SHORTEST:
        return
    texts = [core, *(line.strip() for line in core.splitlines())]
    for text in texts:
        if text is core or len(text) >= _LONG:
            yield from _written(text)
    for whole in {core, value, f"{core}\n"}:
        yield from _encoded(whole.encode("utf-8", "surrogatepass"))


def _written(text: str) -> Iterator[bytes]:
    import html  # both are seldom needed, and every worker imports this module
    from urllib.parse import quote, quote_plus

    found = {
        text,
        json.dumps(text)[1:-1],
        json.dumps(text, ensure_ascii=False)[1:-1],
        repr(text)[1:-1],
        html.escape(text),
        text.replace("\n", "\r\n"),
    }
    raw = text.encode("utf-8", "surrogatepass")
    yield from (each.encode("utf-8", "surrogatepass") for each in found)
    for quoted in {quote(raw), quote(raw, safe=""), quote_plus(raw)}:
        yield quoted.encode()
        yield re.sub(r"%[0-9A-F]{2}", lambda match: match[0].lower(), quoted).encode()


def _encoded(raw: bytes) -> Iterator[bytes]:
    yield raw.hex().encode()
    yield raw.hex().upper().encode()
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        yield encode(raw).rstrip(b"=")
        for offset in (1, 2):  # the letters that depend on the neighbours are left out
            inner = encode(b"\0" * offset + raw)[offset + 1 :].rstrip(b"=")
            inner = inner[: len(inner) - (1 if (len(raw) + offset) % 3 else 0)]
            if len(inner) >= _LONG:
                yield inner
        plain = encode(raw).rstrip(b"=")[: len(raw) * 8 // 6]  # followed by more: the last letter is another
        if len(plain) >= _LONG:
            yield plain
