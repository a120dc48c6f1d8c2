"""Ranges and choices as they are typed in a line. Pure.

    lr=1e-5..1e-1:log   leaves=8..64   drop=0..0.5:0.1   opt={adam,sgd}   flights={dataset/a,dataset/b}

Whatever is neither is a fixed value, and is read as in any line.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

from ..arguments import Ref
from ..errors import Invalid, did_you_mean
from ..refs import is_reference
from .dimensions import Dimension, choice, span

_NUMBER = r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"
_RANGE = re.compile(rf"({_NUMBER})\.\.({_NUMBER})((?::[^:]*)*)")
_MEANT_AS_RANGE = re.compile(r"[+-]?(?:\.?\d|inf\b|nan\b)[^/\s\"']*?\.\.", re.IGNORECASE)
_MAYBE_CHOICES = re.compile(r"[\w.+-]+(?:,[\w.+-]+)+")
_CLOSING = {"(": ")", "[": "]", "{": "}"}
_EXAMPLE = "A range is 8..64, 1e-5..1e-1:log or 0..0.5:0.1; a text that looks like one stands in quotes."


def read_dimension(text: str, read: Callable[[str], Any]) -> Dimension | None:
    """The range or choices that a text stands for; None if it is a fixed value. `read` gives the value of a choice.

    Raises Invalid for what is meant as a range or as choices, and is none.
    """
    if text.startswith("{") and text.endswith("}") and not _is_json_object(text):
        return choice([read(part) for part in split_choices(text[1:-1])])
    if text.startswith("[") and text.endswith("]") and not _is_json(text):
        raise Invalid(f"{text} is no list of JSON.", f"Choices are written {{{text[1:-1]}}}.")
    if match := _RANGE.fullmatch(text):
        return _range(*match.groups())
    if _MEANT_AS_RANGE.match(text):
        raise Invalid(f"'{text}' is not a range.", _EXAMPLE)
    return None


def check_is_one_value(text: str) -> None:
    """Raises Invalid for opt=adam,sgd: most who type that mean choices, and all trials would have one strange text."""
    if _MAYBE_CHOICES.fullmatch(text):
        raise Invalid(f"{text} may mean choices or one text.", f"Choices: {{{text}}}; one text: '\"{text}\"'.")


def read_choice(text: str) -> Any:
    """A choice where there are no variables: JSON, a reference, or a text with or without quotes."""
    try:
        return json.loads(text)
    except ValueError:
        bare = text[1:-1] if len(text) > 1 and text[0] == text[-1] and text[0] in "'\"" else text
        return Ref(text) if bare == text and is_reference(text) else bare


def split_choices(text: str) -> list[str]:
    """Parts between commas, outside of quotes and brackets. Raises Invalid for an empty one."""
    parts, awaited = [""], [""]
    for char in text:
        if char == awaited[-1]:
            awaited.pop()
        elif awaited[-1] in ("'", '"'):
            pass
        elif char in "'\"" and not parts[-1].strip():
            awaited.append(char)
        elif char in _CLOSING:
            awaited.append(_CLOSING[char])
        if char == "," and len(awaited) == 1:
            parts.append("")
        else:
            parts[-1] += char
    found = [part.strip() for part in parts]
    if found == [""]:
        return []
    if "" in found:
        raise Invalid(f"{{{text}}} has an empty choice.", 'Take a comma away; an empty text is written "".')
    return found


def _range(low: str, high: str, more: str) -> Dimension:
    log, step = False, None
    for word in more.split(":")[1:]:
        if word == "log":
            log = True
        elif re.fullmatch(_NUMBER, word):
            step = _number(word)
        else:
            near = did_you_mean(word, ["log"]) if word[:1] == "l" else ""
            raise Invalid(f"'{word}' is neither log nor a step.", near or _EXAMPLE)
    return span(_number(low), _number(high), log=log, step=step)


def _number(text: str) -> int | float:
    return int(text) if re.fullmatch(r"[+-]?\d+", text) else float(text)


def _is_json_object(text: str) -> bool:
    return text[1:-1].strip() != "" and _is_json(text)


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True
