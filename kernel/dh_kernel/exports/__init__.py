"""Take things out of the catalogue as files that stand alone: a function as a program, anything as a document, a run as
the commands that repeat it."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..display.run import run_name
from ..errors import Conflict, Invalid, NotFound
from ..paths import typed_path
from ..refs import parse
from ..session import PLURAL
from .files import MATERIAL, taken_back, with_files
from .program import program
from .repeat import repeated
from .yaml import to_yaml

if TYPE_CHECKING:
    from ..session import Session

LISTED = ("function", "dataitem", "model", "artifact", "workflow")  # what a project's document lists


def export(
    session: Session, entity: Mapping[str, Any], file: str = "", force: bool = False, with_data: bool = False
) -> Path:
    """Write it and give the path. The form goes by the file's ending: `.py` (a function), `.sh` (a run), `.yaml`
    (anything). A folder (which is there, or a name without ending) gets the document, as a project's has it; `with_data`:
    and the files, as there. Raises Conflict for a file that is there, unless `force`."""
    place = typed_path(file or _default(entity))
    is_folder = place.is_dir() or not place.suffix or file.endswith("/")
    kind = parse(entity["key"]).entity
    path = place / file_of(kind, entity) if is_folder else place
    if path.exists() and not force:
        raise Conflict(f"'{path}' is there already.", "Give another name, or --force to overwrite it.")
    if with_data:
        _check_has_files(kind, is_folder)
    with taken_back(place):
        whole = with_files(session, entity, place) if with_data else entity
        return _write(path, text_of(session, whole, path.suffix.lower()))


def _check_has_files(kind: str, is_folder: bool) -> None:
    if kind not in MATERIAL:
        raise Invalid(f"A {kind} has no files to go along.", "Datasets, models, artifacts and whole projects have.")
    if not is_folder:
        raise Invalid("Files go along into a folder.", "%dh export REFERENCE DIR --files")


def text_of(session: Session, entity: Mapping[str, Any], form: str) -> str:
    """The file's text. Raises Invalid for a form that such a thing has not."""
    kind = parse(entity["key"]).entity
    if form in (".yaml", ".yml", ".json"):
        return to_yaml(document_of(entity)) if form != ".json" else _json(document_of(entity))
    if form == ".py" and kind == "function":
        return program(entity)
    if form == ".sh" and kind == "run":
        return repeated(entity, session.resolve(entity["spec"]["function"], "function"))
    ways = {"function": ".py or .yaml", "run": ".sh or .yaml"}.get(kind, ".yaml")
    raise Invalid(f"A {kind} can't be written as '{form}'.", f"Name a file that ends in {ways}, or a folder.")


def document_of(entity: Mapping[str, Any]) -> dict[str, Any]:
    """The envelope, as DigitalHub's `export()` writes it and its `import_…()` reads it."""
    order = ("kind", "project", "name", "id", "key", "user", "metadata", "spec", "status")
    return {name: entity[name] for name in order if name in entity}


def export_project(session: Session, folder: str = "", force: bool = False, with_data: bool = False) -> Path:
    """A folder with `dh.yaml` (the project) and a document for every function, dataset, model, artifact and workflow
    version; `with_data`: also their files, in `files`, each under its digest. Nothing is written if any of the documents
    is there, unless `force`."""
    place = typed_path(folder or session.project)
    with taken_back(place):
        files = _texts_of_project(session, place, with_data)
        there = [path for path in files if path.exists()]
        if there and not force:
            raise Conflict(f"'{there[0]}' is there already.", "Give another folder, or --force to overwrite.")
        for path, text in files.items():
            _write(path, text)
    return place / "dh.yaml"


def _texts_of_project(session: Session, place: Path, with_data: bool) -> dict[Path, str]:
    """Documents by where they are to be; files are copied."""
    name = session.project
    project = session.client.get(f"/api/v1/projects/{name}")
    files = {place / "dh.yaml": to_yaml(with_files_named(document_of(project)))}
    for entity in LISTED:
        for one in _all(session, entity):
            whole = with_files(session, one, place) if with_data and entity in MATERIAL else one
            files[place / file_of(entity, one)] = to_yaml(document_of(whole))
    return files


def file_of(entity: str, one: Mapping[str, Any]) -> str:
    """The name that the public SDK gives it, too."""
    return f"{PLURAL[entity]}-{one['id']}.yaml"


def with_files_named(project: Mapping[str, Any]) -> dict[str, Any]:
    """A project whose lists say in which file each thing is; `import_project` of the public SDK reads them. It can't read
    our own kinds, and leaves out what has no `ref`."""
    lists = {
        PLURAL[entity]: [_named(entity, one) for one in project["spec"].get(PLURAL[entity]) or []] for entity in LISTED
    }
    return {**project, "spec": {**project["spec"], **lists}}


def _named(entity: str, one: Mapping[str, Any]) -> dict[str, Any]:
    metadata = {name: value for name, value in one["metadata"].items() if name != "ref"}
    if one["kind"] not in ("notebook", "script"):
        metadata["ref"] = f"./{file_of(entity, one)}"
    return {**one, "metadata": metadata}


def _all(session: Session, entity: str) -> Any:
    """Every version. By cursors: a long list is not counted to its end, and moves on while others write."""
    after: dict[str, str] = {}
    while True:
        answer = session.list(entity, versions="all", size=100, **after)
        yield from answer["content"]
        if not answer.get("next"):
            return
        after = {"after": answer["next"]}


def _default(entity: Mapping[str, Any]) -> str:
    kind = parse(entity["key"]).entity
    name = run_name(entity) if kind == "run" else entity["name"]
    return f"{name}{ {'function': '.py', 'run': '.sh'}.get(kind, '.yaml') }"


def _json(document: Mapping[str, Any]) -> str:
    import json

    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def _write(path: Path, text: str) -> Path:
    """Whole or not at all."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, made = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    except OSError as error:
        raise NotFound(f"'{path}' can't be written: {error.strerror or error}.", "Give another place.") from error
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
    mask = os.umask(0)
    os.umask(mask)
    os.chmod(made, (0o777 if path.suffix == ".sh" else 0o666) & ~mask)
    os.replace(made, path)
    return path
