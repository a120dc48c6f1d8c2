"""What there is to do until a project holds what is declared. Pure: documents in, rows out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from .reading import Declared

if TYPE_CHECKING:
    from dh_kernel._contract import ApplyFile, ApplyRow

MATERIAL = ("artifact", "dataitem", "model")
CHANGEABLE = ("description", "labels", "run_defaults")  # of metadata
_FIXED = "a version's spec never changes; leave out its id, and what differs is a new version"
_LIMIT = 8  # fields named


def row_of(declared: Declared, stored: Mapping[str, Any] | None, root: str) -> ApplyRow:
    """`root`: the project's place in the store."""
    document = declared.document
    row: ApplyRow = {
        "action": "create",
        "type": declared.entity,
        "name": str(document["name"]),
        "id": str(document["id"]),
        "file": declared.place.file,
        "line": declared.place.line,
        "detail": "",
    }
    if stored is not None:
        said = differences(declared, stored)
        return {**row, "action": "change" if said else "unchanged", "detail": " · ".join(said)}
    if declared.entity in MATERIAL and (files := files_of(document)):
        is_folder = str(document["spec"].get("path", "")).endswith("/")
        place = f"{root}/{declared.entity}/{row['name']}/{row['id']}" + ("/" if is_folder else "")
        return {**row, "root": place, "files": files}
    return row


def files_of(document: Mapping[str, Any]) -> list[ApplyFile]:
    """Files whose content is known by its digest."""
    found: list[ApplyFile] = []
    for each in (document.get("status") or {}).get("files") or []:
        kind, _, digest = str(each.get("hash") or "").partition(":") if isinstance(each, dict) else ("", "", "")
        if kind == "sha256" and digest:
            found.append({"path": str(each.get("path") or each.get("name") or ""), "sha256": digest})
    return found


def differences(declared: Declared, stored: Mapping[str, Any]) -> list[str]:
    """What is declared and otherwise in the catalogue, in words."""
    said = [_told(name, old, new) for name, old, new in metadata_of(declared, stored)]
    fields = list(spec_fields(declared, stored))
    if fields and declared.entity == "project":
        return [*said, f"{', '.join(fields[:_LIMIT])} differ"]
    return [*said, f"{', '.join(fields[:_LIMIT])} differ: {_FIXED}"] if fields else said


def metadata_of(declared: Declared, stored: Mapping[str, Any]) -> Iterator[tuple[str, Any, Any]]:
    """(name, what is stored, what is declared)."""
    own = declared.document["metadata"]
    for name in CHANGEABLE:
        old, new = stored["metadata"].get(name), own.get(name)
        if name in own and _comparable(old) != _comparable(new):
            yield name, old, new
    there = stored["metadata"].get("aliases") or []
    if missing := [alias for alias in declared.aliases if alias not in there]:
        yield "aliases", there, missing


def spec_fields(declared: Declared, stored: Mapping[str, Any]) -> Iterator[str]:
    """Fields of the spec that differ. The path of files with the same digests does not count."""
    old, new = stored["spec"], declared.document["spec"]
    same_files = files_of(declared.document) and files_of(declared.document) == files_of(stored)
    for name, value in new.items():
        skipped = name == "path" and same_files
        if not skipped and value is not None and _without_nulls(old.get(name)) != _without_nulls(value):
            yield f"spec.{name}"


def unnamed(declared: Sequence[Declared], there: Sequence[tuple[str, str]]) -> list[ApplyRow]:
    """Rows for (type, name) that are not declared at all: versions of a declared name stay."""
    names = {(each.entity, str(each.document["name"])) for each in declared}
    gone: list[ApplyRow] = [
        {"action": "delete", "type": entity, "name": name, "file": "", "line": 0, "detail": "not declared"}
        for entity, name in there
        if (entity, name) not in names
    ]
    return sorted(gone, key=lambda row: (row["type"], row["name"]))


def changed(declared: Declared, stored: Mapping[str, Any]) -> dict[str, Any]:
    """The stored document with the metadata that is declared (and of a project the spec)."""
    own = {name: new for name, _, new in metadata_of(declared, stored) if name != "aliases"}
    spec = {**stored["spec"], **declared.document["spec"]} if declared.entity == "project" else stored["spec"]
    return {**stored, "metadata": {**stored["metadata"], **own}, "spec": spec}


def _told(name: str, old: Any, new: Any) -> str:
    if name == "aliases":
        return f"alias {', '.join(new)}"
    shown = [("none" if value in (None, "", []) else str(value)) for value in (old, new)]
    return f"{name} {' → '.join(each if len(each) <= 40 else each[:39] + '…' for each in shown)}"


def _comparable(value: Any) -> Any:
    if isinstance(value, list):
        return sorted(map(str, value))
    return _without_nulls(value) or ""


def _without_nulls(part: Any) -> Any:
    if isinstance(part, dict):
        return {name: _without_nulls(value) for name, value in part.items() if value is not None}
    return [_without_nulls(value) for value in part] if isinstance(part, list) else part
