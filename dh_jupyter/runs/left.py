"""What an attempt has left that was stopped or killed: what it had given by then, and its notebook as far as it came."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from dh_kernel.errors import Invalid
from dh_kernel.rundir import RunFolder
from dh_kernel.saving.artifacts import save_path
from dh_kernel.saving.paths import ReturnedPaths

from ..validation import check_shape

if TYPE_CHECKING:
    from dh_kernel._contract import Entity, OutputDocument


class Left(NamedTuple):
    """Outputs in the attempt's folder, and results by name."""

    outputs: list[OutputDocument]
    results: dict[str, Any]


def left_by(run: Entity, folder: RunFolder) -> Left:
    """From the result of a stop; without one from what dh.output has handed over. Raises nothing that a worker caused."""
    result = folder.read_result()
    if result is not None:
        return Left(result["outputs"], result["results"]) if _is("Result", result) else Left([], {})
    lines = {line["name"]: line for line in folder.read_handed() if _is("HandedLine", line)}
    outputs = {(one["entity"], one["name"]): one for line in lines.values() for one in line["outputs"]}
    results = {name: value for line in lines.values() for name, value in line["results"].items()}
    return Left([*outputs.values(), *_notebook(run["spec"]["source"], folder)], results)


def _is(shape: str, document: Any) -> bool:
    try:
        check_shape(shape, document)
    except Invalid:
        return False
    return True


def _notebook(source: Mapping[str, Any], folder: RunFolder) -> list[OutputDocument]:
    """The notebook, if any of it was executed; it may have been moved to the outputs before a broker died."""
    name = source.get("path", "")
    moved = folder.outputs / name / name
    place = moved if moved.exists() else folder.path / name
    if not name.endswith(".ipynb") or not place.exists():
        return []
    try:
        if "dh" not in json.loads(place.read_bytes())["metadata"]:
            return []
        if place == moved:
            place.rename(folder.path / name)
        return [save_path(folder.path / name, folder.path, name, ReturnedPaths(folder.path))[0]]
    except (OSError, ValueError, KeyError, TypeError, Invalid):
        return []
