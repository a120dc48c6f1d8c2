"""What a verb returned, as text for a person and as JSON for a program."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import PurePath
from typing import Any

from ..display.table import Table

_MAGIC = re.compile(r"(?<![\w%])%{1,2}dh\b")


def as_shell(text: str) -> str:
    """`%dh logs train-1` as it is typed in a shell."""
    return _MAGIC.sub("dh", text)


def text_form(result: Any) -> str:
    """The text form. What a user wrote (a log, code) stays as it is; our own lines name commands of the shell."""
    if result is None:
        return ""
    if isinstance(result, str):
        return str(result).rstrip("\n")
    if hasattr(result, "entity"):
        return as_shell(getattr(result, "line", "") or result._repr_mimebundle_()["text/plain"])
    return as_shell(str(result)) if isinstance(result, Table) else str(result)


def machine_form(result: Any) -> str:
    """JSON: a thing of the catalogue is its document, a list `{content, totalElements}`, another table a list of rows."""
    return json.dumps(_plain(result), ensure_ascii=False, indent=2, default=str)


def _plain(result: Any) -> Any:
    if isinstance(result, Table):
        if result.kind == "list":
            return {"content": list(result.documents), "totalElements": result.total}
        return list(result)
    if hasattr(result, "entity"):
        return result.entity
    if result is None or isinstance(result, (str, int, float, bool, Mapping)):
        return result
    if isinstance(result, PurePath):
        return str(result)
    if isinstance(result, Sequence):
        return [_plain(one) for one in result]
    return {"text": str(result)}
