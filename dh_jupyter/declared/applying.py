"""From files to a project: what is missing is made in one transaction, and nothing is deleted or changed untold."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, cast

from dh_kernel.errors import Invalid
from dh_kernel.refs import key_of

from ..catalogue.declaring import Identity, Steps
from ..catalogue.entities import new_document
from ..catalogue.types import LISTED_IN_PROJECT
from ..validation import check_new
from .matching import MATERIAL, changed, metadata_of, row_of, spec_fields, unnamed
from .reading import Declaration, Declared, moved_into, named_by, read

if TYPE_CHECKING:
    from dh_kernel._contract import ApplyPlan, ApplyRequest, ApplyRow, Entity

Stored = Mapping[Identity, Mapping[str, Any]]


class Held(Protocol):
    """What projects hold: a catalogue's, or a DigitalHub Core's."""

    resolve: Callable[..., Entity]

    def check(self, entity: str, document: Mapping[str, Any]) -> None:
        """Raise Invalid for what there is no place for. Nothing is asked or made."""

    def stored(self, project: str, wanted: Sequence[Identity]) -> Stored:
        """Those of the wanted that are there."""

    def names(self, project: str, types: Sequence[str]) -> list[Identity]:
        """(type, name) of what a project holds, each once."""

    def write(self, project: str, steps: Steps, user: str) -> list[Entity]:
        """All of it, or nothing. Returns what is gone and has files left."""


def apply(
    held: Held, request: ApplyRequest, user: str, root: str, check_right: Callable[[str], None]
) -> tuple[ApplyPlan, list[Entity]]:
    """The plan, done where the request says so, and what was deleted by it. `root`: where projects' files go.

    `check_right(project)` raises Forbidden for who may not do it there.

    Raises Invalid with file and line for what can't be; nothing is stored then.
    """
    declaration = read({each["path"]: each["text"] for each in request["files"]})
    project = request.get("into") or _own_project(declaration) or request["current"]
    check_right(project)
    if declaration.wanted:
        return {"project": project, "done": False, "rows": [], "wanted": _wanted(declaration)}, []
    declared = _placed(declaration, project, request.get("paths") or {})
    there = held.stored(project, [each.identity for each in declared])
    _check(declared, there, held, project)
    rows = [row_of(each, there.get(each.identity), f"{root}/{project}") for each in declared]
    if declaration.project is not None:
        rows += unnamed(declared, held.names(project, LISTED_IN_PROJECT))
    plan: ApplyPlan = {"project": project, "done": bool(request.get("do")), "rows": rows, "wanted": []}
    if not request.get("do"):
        return plan, []
    if types := request.get("types"):
        declared, rows = [one for one in declared if one.entity in types], [row for row in rows if row["type"] in types]
    _check_files(declared, there)
    return plan, held.write(project, _steps(declared, there, rows, request), user)


def _own_project(declaration: Declaration) -> str:
    return str(declaration.project.document["name"]) if declaration.project else ""


def _wanted(declaration: Declaration) -> Any:
    return [{"path": each.path, "file": each.place.file, "line": each.place.line} for each in declaration.wanted]


def _placed(declaration: Declaration, project: str, paths: Mapping[str, str]) -> list[Declared]:
    """All of it in the project, which comes first; files where they lie now."""
    whole = [declaration.project] if declaration.project else []
    home = _own_project(declaration)
    declared = [moved_into(project, each, home) for each in (*whole, *declaration.entities)]
    for each in declared:
        if each.entity in MATERIAL and each.document["id"] in paths:
            each.document["spec"] = {**each.document["spec"], "path": paths[each.document["id"]]}
    return declared


def _check(declared: Sequence[Declared], there: Stored, held: Held, project: str) -> None:
    """Raise Invalid for the first that could not be stored as it is."""
    with_project = ("project", project) in there or any(each.entity == "project" for each in declared)
    if not with_project and not held.stored(project, [("project", project)]):
        raise Invalid(f"There is no project '{project}'.", f"%dh project {project} makes it.")
    functions = {_key(each) for each in declared if each.entity in ("function", "workflow")}
    for each in declared:
        if each.identity in there:
            continue
        try:
            check_new(each.entity, each.document)
            held.check(each.entity, each.document)
            new_document(each.entity, each.document, project=project, user="", now="")
        except Invalid as error:
            raise each.place.refused(error) from error
        if each.entity == "task" and named_by(each) not in functions:
            _check_task(each, held, project)


def _key(declared: Declared) -> str:
    document = declared.document
    return key_of(document["project"], declared.entity, document["kind"], document["name"], document["id"])


def _check_task(task: Declared, held: Held, project: str) -> None:
    from ..runs.tasks import check_task

    try:
        check_task(project, task.document, held.resolve)
    except Invalid as error:
        raise task.place.at("$.spec").refused(error) from error


def _check_files(declared: Sequence[Declared], there: Stored) -> None:
    """A dataset whose files are on another machine's disk would be one in name only."""
    for each in declared:
        path = str(each.document["spec"].get("path", "")) if each.entity in MATERIAL else ""
        local = path.removeprefix("file://")
        if each.identity not in there and local.startswith("/") and not Path(local).exists():
            place = each.place.at("$.spec.path")
            raise Invalid(
                f"{place.file}:{place.line}: the files of {each.entity} '{each.document['name']}' are not here: {local}",
                "Export it with its files (%dh export project DIR --files), or say in spec.path where they lie.",
            )


def _steps(declared: Sequence[Declared], there: Stored, rows: Sequence[ApplyRow], request: ApplyRequest) -> Steps:
    new = [each for each in declared if each.identity not in there]
    old = [each for each in declared if each.identity in there] if request.get("update") else []
    differing = [(each, list(metadata_of(each, there[each.identity]))) for each in old]
    updated = [
        (each.entity, changed(each, there[each.identity]))
        for each, fields in differing
        if any(name != "aliases" for name, _, _ in fields) or _is_changed_project(each, there)
    ]
    aliases = [(each.identity, alias) for each in new for alias in each.aliases]
    for each, fields in differing:
        aliases += [(each.identity, alias) for name, _, lacking in fields if name == "aliases" for alias in lacking]
    doomed = [(row["type"], row["name"]) for row in rows if row["action"] == "delete"] if request.get("prune") else []
    return Steps([(each.entity, cast("Mapping[str, Any]", each.document)) for each in new], updated, aliases, doomed)


def _is_changed_project(declared: Declared, there: Stored) -> bool:
    return declared.entity == "project" and any(spec_fields(declared, there[declared.identity]))
