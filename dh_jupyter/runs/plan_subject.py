"""What a plan is about: a function of the catalogue, a run that is done again, or a notebook that would be registered."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from dh_kernel import refs
from dh_kernel.errors import Invalid
from dh_kernel.forms.fields import shown
from dh_kernel.options import typed_options

from .build import Resolve
from .kinds import CELLS
from .options import OPTIONS, ProfileOf, without_profile

if TYPE_CHECKING:
    from dh_kernel._contract import Entity, PlanCheck, PlannedNotebook, Posted

SHOWN = 8  # names in a line
_UNTYPED = ("envs", "queue_timeout", "total_timeout")  # of a run that is done again: what a form does not ask for


@dataclass(frozen=True)
class Subject:
    """`function` as the catalogue has it or would have it; `values` and `options` are what a form shows at first, as typed;
    `sources` where the values come from; `kept` options go along unseen."""

    function: Entity
    title: str
    what: str
    code: str
    register: Posted | None = None
    values: Mapping[str, str] = field(default_factory=dict)
    options: Mapping[str, str] = field(default_factory=dict)
    sources: Mapping[str, str] = field(default_factory=dict)
    kept: Mapping[str, Any] = field(default_factory=dict)
    checks: tuple[PlanCheck, ...] = ()


def subject_of(project: str, asked: Mapping[str, Any], resolve: Resolve, profile_of: ProfileOf, root: Path) -> Subject:
    """Raises Invalid or NotFound. `root` is the server's folder, below which notebooks lie."""
    given = [name for name in ("function", "notebook", "run") if asked.get(name)]
    if len(given) != 1:
        raise Invalid("Name one of function, notebook and run.", f"Named are: {', '.join(given) or 'none'}.")
    if "notebook" in given:
        return _of_notebook(project, asked["notebook"], asked.get("values") or {}, root)
    if "run" in given:
        return _again(resolve(asked["run"], project=project, expect="run"), resolve, profile_of)
    return _of_function(resolve(asked["function"], project=project, expect="function"))


def _of_function(function: Entity, **more: Any) -> Subject:
    reference = function["metadata"].get("reference") or function["name"]
    return Subject(function, reference.partition("/")[2] or reference, _needs(function), code_of(function), **more)


def _again(run: Entity, resolve: Resolve, profile_of: ProfileOf) -> Subject:
    spec: Mapping[str, Any] = run["spec"]
    function = resolve(spec["function"], project=run["project"], expect="function")
    own = {name: spec[name] for name in OPTIONS if name in spec}
    if own.get("profile"):
        own = {**without_profile(own, profile_of(own["profile"])), "profile": own["profile"]}
    values = {name: shown(value) for name, value in (spec.get("parameters") or {}).items()}
    values |= {name: _reference(resolve, key, run["project"]) for name, key in (spec.get("inputs") or {}).items()}
    name = (run["metadata"].get("reference") or "").partition("/")[2] or run["id"]
    kept = {**{one: own[one] for one in _UNTYPED if one in own}, "retry_of": run["key"]}
    typed = {one: text for one, text in typed_options(own).items() if one not in _UNTYPED}
    sources = dict.fromkeys(values, name)
    return _of_function(
        function, values=values, options=typed, kept=kept, sources=sources, checks=_variables(own, name)
    )


def _variables(own: Mapping[str, Any], name: str) -> tuple[PlanCheck, ...]:
    """What goes along unseen is named; values are not, since some put passwords there."""
    names = [one["name"] for one in own.get("envs") or ()]
    if not names:
        return ()
    return ({"name": "options", "state": "ok", "text": f"Variables as in {name}", "detail": shortened(names)},)


def _reference(resolve: Resolve, key: str, project: str) -> str:
    from dh_kernel.errors import NotFound

    try:
        return str(resolve(key, project=project)["metadata"].get("reference") or key)
    except NotFound:
        return key  # the check of the data says that it is gone


def _needs(function: Mapping[str, Any]) -> str:
    description = (function["metadata"].get("description") or "").strip().partition("\n")[0]
    names = [text.partition("==")[0] for text in function["spec"].get("requirements") or []]
    return " · ".join(part for part in (description, f"needs {shortened(names)}" if names else "") if part)


def shortened(names: Sequence[str]) -> str:
    """The first of them, and how many more there are."""
    rest = len(names) - SHOWN
    return ", ".join(names[:SHOWN]) + (f", … {rest} more" if rest > 0 else "")


def code_of(function: Mapping[str, Any]) -> str:
    """What would be executed, to read."""
    from dh_kernel.notebooks.document import as_script

    source = function["spec"].get("source") or {}
    text = base64.b64decode(source["base64"]).decode() if source.get("base64") else str(source.get("source") or "")
    return as_script(text) if function["kind"] == "notebook" else text


# -- notebooks ---------------------------------------------------------------------------------------------------------


def _of_notebook(project: str, asked: PlannedNotebook, values: Mapping[str, str], root: Path) -> Subject:
    from dh_kernel.jobs.document import job_of_notebook, name_of
    from dh_kernel.jobs.words import job_line
    from dh_kernel.notebooks import preflight
    from dh_kernel.notebooks.document import code_of as code_cells
    from dh_kernel.notebooks.document import read_notebook
    from dh_kernel.notebooks.parameters import sites_of

    path = _inside(root, asked["path"])
    content: Any = asked["content"]
    whole = read_notebook(json.dumps(content), path.name)
    counts = preflight.counts_of(content, whole)
    ids = asked.get("cells") or [cell["id"] for cell in whole["cells"]]
    chosen = preflight.only(whole, ids, counts) if asked.get("cells") else whole
    job = job_of_notebook(chosen, CELLS if asked.get("cells") else name_of(path), path.parent)
    document: Any = job.document(project)
    key = refs.key_of(project, "function", document["kind"], document["name"], document["id"])
    given = [name for name, text in values.items() if text.strip()]
    places = {cell["id"]: place for place, cell in enumerate(whole["cells"])}
    sites = sites_of((places[cell["id"]], cell["source"]) for _, cell in code_cells(chosen))
    sources = {
        name: preflight.label(whole["cells"][site.place]["id"], site.place, counts) for name, site in sites.items()
    }
    checks = (
        *_names(preflight.lacking(whole, ids, given, counts), ids),
        _order(preflight.order_of(chosen, counts)),
        *_files(job),
    )
    function: Any = {**document, "key": key}
    what = job_line(function, job, existing=False).partition(" · ")[2]
    return Subject(function, document["name"], what, code_of(document), document, sources=sources, checks=checks)


def _inside(root: Path, path: str) -> Path:
    """The file's place. Raises Invalid for one outside of the server's folder."""
    place = (root / PurePosixPath(path.lstrip("/"))).resolve()
    if "\0" in path or not place.is_relative_to(root.resolve()) or place == root.resolve():
        raise Invalid(
            f"'{path[:100]}' is not below the server's root folder.", "Paths are as the file browser has them."
        )
    return place


def _names(lacking: Iterable[Any], ids: Iterable[str]) -> Iterable[PlanCheck]:
    for name, cell, label in lacking:
        if cell and cell not in set(ids):
            yield {
                "name": "names", "state": "note", "cell": cell,
                "text": f"{name} is made in {label}, which is not taken along",
                "detail": f"Add {label}, or give it as a parameter.",
            }  # fmt: skip
        elif cell:
            yield {"name": "names", "state": "note", "text": f"{name} is used before {label} makes it"}
        else:
            yield {
                "name": "names", "state": "note", "field": name,
                "text": f"{name} is made by no cell", "detail": "Give it as a parameter.",
            }  # fmt: skip


def _order(order: Any) -> PlanCheck:
    if order.early:
        return {
            "name": "order", "state": "note", "text": f"{order.early} was run before cells above it",
            "detail": "The job runs from top to bottom; what you see may come from another order.",
        }  # fmt: skip
    if order.executed < order.cells:
        return {"name": "order", "state": "note", "text": f"{order.executed} of {order.cells} cells were run here"}
    return {
        "name": "order",
        "state": "ok",
        "text": "Cells were run in order",
        "detail": f"{order.cells} of {order.cells}",
    }


def _files(job: Any) -> Iterable[PlanCheck]:
    from dh_kernel.jobs.words import warnings_of

    for text in warnings_of(job):
        what, _, cure = text.partition(". ")
        yield {"name": "files", "state": "note", "text": what, "detail": cure}
