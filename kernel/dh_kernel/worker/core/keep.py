"""What a function of the SDK returned, by the SDK's rules: results, tables, pickles, under names by position."""

from __future__ import annotations

import pickle
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...errors import Invalid
from ...reporting import number_or_word
from ...saving.artifacts import by_value, dump
from ...saving.frames import frame_kind
from .objects import Material
from .project import KINDS, Project
from .record import Logged, check_name, log_entity

if TYPE_CHECKING:
    from ..._contract import Value
    from ...rundir import RunFolder
    from ..outputs import Outputs


def keep_returned(folder: RunFolder, returned: Any, named: Sequence[Any], project: Project, outputs: Outputs) -> None:
    """`named` is what the decorator was given: names, or `{name, kind, spec_kwargs}`; the rest is `output_N`."""
    values = [] if returned is None else list(returned) if isinstance(returned, (tuple, list)) else [returned]
    trees = [_keep(folder, value, _wanted(named, index), project, outputs) for index, value in enumerate(values)]
    if trees:
        several = isinstance(returned, (tuple, list))
        form = "tuple_of" if isinstance(returned, tuple) else "list_of"
        outputs.value = {form: trees} if several else trees[0]  # type: ignore[assignment]


def _wanted(named: Sequence[Any], index: int) -> Mapping[str, Any]:
    """`{name, kind?, spec_kwargs?}` of a position."""
    given = named[index] if index < len(named) else {}
    wanted = {"name": given} if isinstance(given, str) else dict(given)
    return {**wanted, "name": wanted.get("name") or f"output_{index}"}


def _keep(folder: RunFolder, value: Any, wanted: Mapping[str, Any], project: Project, outputs: Outputs) -> Value:
    name, kind = wanted["name"], wanted.get("kind")
    if kind is not None:
        if kind not in KINDS:
            raise Invalid(f"Output '{name}': there is no kind '{kind}'.", f"There is: {', '.join(KINDS)}.")
        given = {**(wanted.get("spec_kwargs") or {}), "source": value}
        log_entity(folder, project.name, KINDS[kind], kind, name, given)
    elif isinstance(value, (str, int, float, bool)):
        return _result(name, value, outputs)
    elif isinstance(value, Material):
        return _named(name, value, outputs)
    elif frame_kind(value):
        log_entity(folder, project.name, "dataitem", "table", name, {"data": value})
    else:
        _pickled(folder, value, name, project)
    return {"output": name}


def _named(name: str, value: Material, outputs: Outputs) -> Value:
    """What was logged before, or given as an input, is an output by this name too."""
    known = value.save().name if isinstance(value, Logged) else value.key
    if known != name:
        outputs.named[name] = known
    return {"output": name}


def _result(name: str, value: Any, outputs: Outputs) -> Value:
    """Among the run's results."""
    plain = number_or_word(float(value)) if isinstance(value, float) else value
    outputs.results[name] = plain
    is_word = isinstance(value, float) and isinstance(plain, str)
    return {"number": plain} if is_word else {"json": plain}


def _pickled(folder: RunFolder, value: Any, name: str, project: Project) -> None:
    check_name(name)
    path = folder.outputs / f"{name}.pickle"
    try:
        _dump(value, path, folder)
        log_entity(
            folder,
            project.name,
            "artifact",
            "artifact",
            name,
            {"source": path, "src_path": path.name, "codec": "pickle"},
        )
    finally:
        path.unlink(missing_ok=True)


def _dump(value: Any, path: Path, folder: RunFolder) -> None:
    """By pickle, as the SDK; by cloudpickle where a class or function is the run's own, which nobody else could import."""
    content = b""
    try:
        content = pickle.dumps(value)
    except Exception:  # noqa: BLE001  a stranger's object may raise anything; cloudpickle says what is wrong, if it is
        content = b"dh_code"
    if b"dh_code" not in content:
        path.write_bytes(content)
        return
    with by_value(folder.path), path.open("wb") as file:
        dump(value, file)
