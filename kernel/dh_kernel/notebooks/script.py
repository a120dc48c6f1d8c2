"""A script: parts between `# %%` lines are its cells; parameters are its plain assignments at the top level."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

from ..errors import Invalid
from .parameters import replaced, schema_of, sites_of

if TYPE_CHECKING:
    from .._contract import ParameterSchema

_CELL = re.compile(r"^# ?%%(?!%)(.*)$")


class Part(NamedTuple):
    """A cell of a script: its first line (from 1), and whether it says what the parameters are."""

    first: int
    is_parameters: bool = False


def parts_of(text: str) -> list[Part]:
    """The cells in order; a script without `# %%` is one."""
    found: list[Part] = []
    for number, line in enumerate(text.split("\n"), 1):
        match = _CELL.match(line)
        if match:
            found.append(Part(number, "tags=" in match[1] and '"parameters"' in match[1].replace("'", '"')))
    if not found or (
        text.split("\n")[: found[0].first - 1]
        and any(line.strip() and not line.startswith("#") for line in text.split("\n")[: found[0].first - 1])
    ):
        found.insert(0, Part(1))
    return found


def check_script(text: str, name: str) -> None:
    """Raise Invalid for what Python can't compile."""
    try:
        compile(text, name, "exec", dont_inherit=True)
    except (SyntaxError, ValueError) as error:
        where = f", line {error.lineno}" if isinstance(error, SyntaxError) and error.lineno else ""
        said = error.msg if isinstance(error, SyntaxError) else str(error)
        raise Invalid(f"{name}{where}: {said}", "Correct it, and save the file.") from error
    if not text.strip():
        raise Invalid(f"{name} is empty.", "Write some code into it, and save the file.")


def parameters_of(text: str) -> ParameterSchema:
    """The schema of a script's parameters: those of its part tagged `parameters`, else all."""
    return schema_of(sites_of([(0, _of_parameters(text))]))


def inject(text: str, given: Mapping[str, str]) -> str:
    """The script with these expressions assigned; it keeps its number of lines."""
    sites = sites_of([(0, _of_parameters(text))])
    return replaced(text, {sites[name].assigned: value for name, value in given.items()})


def _of_parameters(text: str) -> str:
    """The part that says what the parameters are, on its own lines; the whole text if none does."""
    lines = text.split("\n")
    parts = parts_of(text)
    for index, part in enumerate(parts):
        if part.is_parameters:
            last = parts[index + 1].first - 1 if index + 1 < len(parts) else len(lines)
            return "\n".join([*[""] * (part.first - 1), *lines[part.first - 1 : last]])
    return text
