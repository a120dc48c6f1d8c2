"""`dh.output`: named outputs of a run, from whichever of its processes. Each is saved when it is given, as it is then."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from .errors import Invalid
from .refs import NAME
from .reporting import run_folder

if TYPE_CHECKING:
    from ._contract import HandedLine
    from .rundir import RunFolder

_said: set[str] = set()


def output(values: Mapping[str, Any] | None = None, **more: Any) -> None:
    """Add outputs to the run: `dh.output(model=model, auc=0.9)` or `dh.output({"model": model})`.

    A value is saved like one that a function returns. A name that is given again is replaced. Outside of a run nothing
    is saved. Raises Invalid for a name that can't be one, and NotSaved for a value that can't be saved.
    """
    if values is not None and not isinstance(values, Mapping):
        raise Invalid(f"dh.output takes names with values, and got a {type(values).__name__}.", "dh.output(name=value)")
    given = {**(values or {}), **more}
    for name in given:
        if not isinstance(name, str) or not NAME.fullmatch(name) or not name.strip("."):
            raise Invalid(
                f"'{name}' can't be an output's name.", "Names have a-z, A-Z, 0-9 and . _ + - in them, as size_2 has."
            )
    folder = run_folder()
    if folder is None:
        _say_once("dh.output: this is no run, so nothing is saved. In a run it is.")
        return
    for name, value in given.items():
        _hand(folder, name, value)


def _hand(folder: RunFolder, name: str, value: Any) -> None:
    from .worker.masked import masking_of
    from .worker.outputs import Outputs

    shutil.rmtree(folder.outputs / name, ignore_errors=True)  # of an earlier value of that name
    masking = masking_of(folder.read_run(), os.environ)
    saved = Outputs(folder, name, [], masking)
    tree = saved.add(name, value)
    line: HandedLine = {
        "name": name,
        "value": tree,
        "results": saved.results,
        "numbers": saved.numbers,
        "outputs": saved.documents,
        "warnings": saved.warnings,
    }
    folder.append_handed(masking.document(line))


def _say_once(text: str) -> None:
    if text not in _said:
        _said.add(text)
        print(text, file=sys.stderr)  # noqa: T201
