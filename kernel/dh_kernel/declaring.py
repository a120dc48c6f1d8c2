"""Files that say what a project should hold: `import`, `apply` and `diff` of them. The broker reads and compares; this
side sends the files, and those that they refer to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from .bringing import bring, brought
from .display.table import Table
from .display.words import counted
from .errors import Invalid, NotFound
from .paths import is_folder, typed_path
from .refs import WORD_BY_ENTITY, is_reference
from .session import Session

DECLARATION = "dh.yaml"
READ = (".yaml", ".yml", ".json")
_MOST = 32 * 1024 * 1024  # characters of all files together; what is larger is data, and goes another way
_WORDS = {
    "create": ("to create", "created"),
    "unchanged": ("unchanged", "unchanged"),
    "change": ("would change", "changed"),
    "delete": ("would be deleted", "deleted"),
}


def is_declaration(text: str) -> bool:
    """Whether a word names files rather than a thing of the catalogue."""
    if is_reference(text):
        return False
    return text.lower().endswith(READ) or is_folder(text)


def apply(
    session: Session, path: str, *, do: bool, prune: bool = False, update: bool = False, project: str = ""
) -> Table:
    """The plan as a table, done with `do`. `project`: into this one, whatever the files say.

    Raises Invalid with file and line for what can't be; nothing is made then.
    """
    folder, files = read_files(typed_path(path))
    asked: dict[str, Any] = {"current": session.project}
    if project:
        asked["into"] = project
    plan = _whole_plan(session, asked, folder, files)
    if do:
        asked.update({"do": True, "prune": prune, "update": update})
        plan = _done(session, asked, plan, folder, files)
    return table_of(plan, prune=prune, update=update)


def read_files(path: Path) -> tuple[Path, dict[str, str]]:
    """(the folder, its documents by name); of a folder all YAML and JSON that lies directly in it."""
    if not path.exists():
        raise NotFound(
            f"There is no '{path}' below {Path.cwd()}.", f"%dh export project DIR writes {DECLARATION} there."
        )
    if path.is_file():
        return path.parent, {path.name: _text(path)}
    found = sorted(one for one in path.iterdir() if one.suffix.lower() in READ and not one.name.startswith("."))
    if not found:
        raise NotFound(f"There is no YAML in '{path}'.", f"%dh export project {path} writes it.")
    return path, {one.name: _text(one) for one in found}


def _whole_plan(session: Session, asked: Mapping[str, Any], folder: Path, files: dict[str, str]) -> dict[str, Any]:
    """The plan, once nothing is wanted any more; what is wanted is read into `files`."""
    plan = _post(session, asked, files)
    while plan["wanted"]:
        for wanted in plan["wanted"]:
            files[wanted["path"]] = _text(_beside(folder, wanted))
        plan = _post(session, asked, files)
    return plan


def _done(
    session: Session, asked: Mapping[str, Any], plan: Mapping[str, Any], folder: Path, files: Mapping[str, str]
) -> dict[str, Any]:
    """All of it, or nothing; files that came along first, into a project that is there."""
    rows = brought(plan["rows"], folder)
    if not rows:
        return _post(session, asked, files)
    is_new = any(row["type"] == "project" and row["action"] == "create" for row in plan["rows"])
    if is_new:
        _post(session, {**asked, "types": ["project"], "prune": False}, files)
    try:
        there = session.within(plan["project"])
        done: dict[str, Any] = bring(
            there, rows, folder, lambda paths: _post(session, {**asked, "paths": paths}, files)
        )
    except BaseException:
        if is_new:
            session.client.request("DELETE", f"/api/v1/projects/{plan['project']}")
        raise
    return {**done, "rows": [_as_planned(row, plan["rows"]) for row in done["rows"]]}


def _as_planned(row: Mapping[str, Any], planned: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    """The project was made a moment before the rest."""
    is_project = row["type"] == "project"
    return next((one for one in planned if is_project and one["type"] == "project"), row)


def _beside(folder: Path, wanted: Mapping[str, Any]) -> Path:
    """Where a file lies that a document names: below its folder, and nowhere else; the SDK writes paths of where it was."""
    root = folder.resolve()
    for one in (wanted["path"], Path(wanted["path"].replace("\\", "/")).name):
        found = (root / one).resolve()
        if found.is_relative_to(root) and found.is_file():
            return found
    raise NotFound(
        f"{wanted['file']}:{wanted['line']} names '{wanted['path']}', which is not in {folder}.",
        "Put it there, or mend the name.",
    )


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise Invalid(f"{path} is not text: {error.reason}.", "Write it as UTF-8.") from error
    except OSError as error:
        raise NotFound(f"{path} can't be read: {error.strerror or error}.") from error


def _post(session: Session, asked: Mapping[str, Any], files: Mapping[str, str]) -> dict[str, Any]:
    if sum(map(len, files.values())) > _MOST:
        raise Invalid(f"These are more than {_MOST // 2**20} MiB of documents.", "Apply them in parts.")
    sent = [{"path": name, "text": text} for name, text in files.items()]
    found: dict[str, Any] = session.client.post("/api/v1/apply", {**asked, "files": sent})
    return found


# -- what is shown -----------------------------------------------------------------------------------------------------


def table_of(plan: Mapping[str, Any], *, prune: bool = False, update: bool = False) -> Table:
    """A row for each thing; what is the same is counted, and not listed."""
    done = {"create": plan["done"], "change": plan["done"] and update, "delete": plan["done"] and prune}
    rows = [row for row in plan["rows"] if row["action"] != "unchanged"]
    cells = [
        (_word(row, done), f"{WORD_BY_ENTITY.get(row['type'], row['type'])}/{row['name']}", _where(row), row["detail"])
        for row in rows
    ]
    counts = [(action, sum(row["action"] == action for row in plan["rows"])) for action in _WORDS]
    said = [f"{count:,} {_WORDS[action][bool(done.get(action))]}" for action, count in counts if count]
    title = f"project {plan['project']}: {' · '.join(said) or counted(0, 'document')}"
    return Table(("what", "thing", "where", "detail"), cells, title, _note(plan, done), widest=100)


def _word(row: Mapping[str, Any], done: Mapping[str, bool]) -> str:
    is_fixed = row["action"] == "change" and "spec." in row["detail"] and row["type"] != "project"
    return _WORDS[row["action"]][bool(done.get(row["action"])) and not is_fixed]


def _where(row: Mapping[str, Any]) -> str:
    return f"{row['file']}:{row['line']}" if row["file"] else ""


def _note(plan: Mapping[str, Any], done: Mapping[str, bool]) -> str:
    actions = {row["action"] for row in plan["rows"]}
    left = [
        f"--{option} {says}"
        for action, option, says in (("change", "update", "changes"), ("delete", "prune", "deletes"))
        if action in actions and not done[action]
    ]
    hints = [f"%dh apply … {' · '.join(left)}."] if left else []
    if not plan["done"] and "create" in actions:
        hints.insert(0, "Nothing was done: %dh apply does it.")
    return " ".join(hints)
