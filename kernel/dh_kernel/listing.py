"""`ls`, `doctor`, and the parts of `show`: tables made of what the broker says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ._version import __version__
from .broker import home
from .display.entity import details, entity_word, reference_of, size
from .display.table import Table
from .display.words import clock, counted, cut, listed, number, ran_for, short_key, state_of
from .errors import DHError, Invalid, did_you_mean
from .refs import ENTITY_BY_WORD, WORD_BY_ENTITY, canonical_key, parse
from .session import PLURAL, Session, fits
from .states import SHOWN

if TYPE_CHECKING:
    from ._contract import Entity

PAGE = 25
_PROJECTS = 200  # shown at most
_SHORT_PAGE = 8  # of each type, where no type is asked for
_COLUMNS = ("reference", "what", "labels", "made", "by")


def entity_type(word: str) -> str:
    """Core's word for `dataset`, `datasets`, `dataitem`. Raises Invalid with the nearest right word."""
    singular = word[:-1] if word.endswith("s") else word
    for name in (word, singular):
        if name in ENTITY_BY_WORD or name in WORD_BY_ENTITY:
            return ENTITY_BY_WORD.get(name, name)
    raise Invalid(f"There are no things of type '{word}'.", did_you_mean(word, ENTITY_BY_WORD))


def is_type(word: str) -> bool:
    """Whether a word names a type, in the singular or plural."""
    return (word[:-1] if word.endswith("s") else word) in ENTITY_BY_WORD or word in ENTITY_BY_WORD


def list_entities(
    session: Session, kind: str | None, text: str, labels: Sequence[str], state: str, page: int, versions: bool
) -> Table:
    """The catalogue as a table; without a type a few of each."""
    query: dict[str, Any] = {"text": text, "labels": list(labels), "page": page - 1}
    if state:
        kind, states = "run" if kind is None else kind, stored_states(state)
        return _table(*_of_states(session, kind, query, states), page=page)
    if versions:
        query["versions"] = "all"
    kinds = [kind] if kind else list(dict.fromkeys(ENTITY_BY_WORD.values()))
    found, total = [], 0
    for one in kinds:
        answer = session.list(one, **query, size=PAGE if kind else _SHORT_PAGE)
        found += answer["content"]
        total += answer["totalElements"]
    return _table(found, total, page if kind else 0)


def stored_states(word: str) -> list[str]:
    """Core's states behind a shown one: `failed` → ERROR, `queued` → CREATED BUILT READY."""
    stored = [name for name, shown in SHOWN.items() if shown == word.lower() or name == word.upper()]
    if not stored:
        raise Invalid(f"There is no state '{word}'.", did_you_mean(word, dict.fromkeys(SHOWN.values())))
    return stored


def _of_states(session: Session, kind: str, query: Mapping[str, Any], states: list[str]) -> tuple[list[Entity], int]:
    pages = [session.list(kind, **query, state=one, size=PAGE) for one in states]
    found = sorted((entity for page in pages for entity in page["content"]), key=_created, reverse=True)
    return found[:PAGE], sum(page["totalElements"] for page in pages)


def _created(entity: Mapping[str, Any]) -> str:
    return str(entity["metadata"].get("created", ""))


def _table(found: Sequence[Entity], total: int, page: int = 0) -> Table:
    rows = [_row(entity) for entity in found]
    before = max(page - 1, 0) * PAGE
    hidden = total - before - len(rows)
    note = (
        f"{hidden:,} more" + (f": --page {page + 1}" if page else ": name a type, e.g. %dh ls run")
        if hidden > 0
        else ""
    )
    return Table(
        _COLUMNS,
        rows,
        note=note or ("" if rows else "Nothing found."),
        kind="list",
        keys=[one["key"] for one in found],
        documents=found,
        total=total,
    )


def _row(entity: Mapping[str, Any]) -> tuple[str, ...]:
    meta = entity["metadata"]
    aliases = "".join(f" @{alias}" for alias in meta.get("aliases") or [])
    made_by = meta.get("created_by") or entity.get("user", "")
    labels = listed(meta.get("labels") or [], 4)
    return (reference_of(entity) + aliases, _what(entity), labels, clock(meta.get("created")), made_by)


def _what(entity: Mapping[str, Any]) -> str:
    """A few words on an entity, by its type."""
    kind, spec, status = entity_word(entity), entity["spec"], entity["status"]
    if kind == "run":
        results = listed([f"{name} {number(value)}" for name, value in (status.get("results") or {}).items()], 3)
        why = cut((status.get("diagnosis") or {}).get("summary", ""), 60)
        return " · ".join(part for part in (state_of(entity), ran_for(status), why or results) if part)
    if kind == "dataset" and (spec.get("schema") or {}).get("fields"):
        return counted(len(spec["schema"]["fields"]), "column")
    if kind == "model":
        return str(spec.get("framework") or spec.get("flavor") or entity["kind"])
    return cut(entity["metadata"].get("description") or entity["kind"], 60)


def lineage(session: Session, entity: Mapping[str, Any]) -> Table:
    """What an entity comes from and what came of it."""
    parts = parse(entity["key"])
    edges = session.within(entity["project"]).get(PLURAL[parts.entity], entity["id"], "relationships")
    own = {canonical_key(entity["key"]): reference_of(entity)}

    def named(key: str) -> str:
        return own.get(canonical_key(key)) or short_key(key)

    rows = [(named(edge["source"]), edge["type"].replace("_", " "), named(edge["dest"])) for edge in edges]
    return Table(
        ("from", "is", "of"), rows, title=f"Lineage of {reference_of(entity)}", note="" if rows else "None known."
    )


def files(session: Session, entity: Mapping[str, Any]) -> Table:
    """The files of a dataset, model or artifact."""
    parts = parse(entity["key"])
    if parts.entity not in ("dataitem", "model", "artifact"):
        raise Invalid(f"{reference_of(entity)} has no files.", "Datasets, models and artifacts have.")
    found = entity["status"].get("files") or session.within(entity["project"]).get(
        PLURAL[parts.entity], entity["id"], "files", "info"
    )
    rows = [(one.get("path") or one.get("name", ""), size(one.get("size", 0))) for one in found]
    return Table(("file", "size"), rows, title=f"Files of {reference_of(entity)}", note=entity["spec"].get("path", ""))


def list_projects(session: Session) -> Table:
    """All projects, with a mark at the current one."""
    current = session.project
    found = session.client.get("/api/v1/projects", {"size": _PROJECTS})
    rows = [
        (
            "→" if one["name"] == current else "",
            one["name"],
            cut(one["metadata"].get("description") or "", 60),
            clock(one["metadata"].get("created")),
            one["metadata"].get("created_by") or one.get("user", ""),
        )
        for one in found["content"]
    ]
    hidden = found["totalElements"] - len(rows)
    note = f"{hidden:,} more" if hidden > 0 else "Another: %dh project NAME"
    return Table(
        ("", "project", "description", "made", "by"),
        rows,
        note=note,
        kind="list",
        keys=[one["key"] for one in found["content"]],
        documents=found["content"],
        total=found["totalElements"],
    )


def details_table(entity: Mapping[str, Any]) -> Table:
    """An entity's details as a table."""
    return Table(("", ""), details(entity))


def doctor(session: Session) -> Table:
    """Our own checks, then the server's rows; a bad row has its cure."""
    rows = [("kernel", "well", f"dh_kernel {__version__}"), ("home", "well", str(home()))]
    try:
        session.configuration()
        theirs = session.client.server_version
        rows.append(("broker", "well", f"{session.client.address.url}, {session.client.address.how}"))
        same = fits(theirs)
        cure = "" if same else f"; this kernel has {__version__}: pip install dh-kernel=={theirs}"
        rows.append(("versions", "well" if same else "BAD", f"server {theirs or 'does not say'}{cure}"))
        rows.append(("project", "well", session.project))
        rows += [
            (row["what"], "well" if row["ok"] else "BAD", row.get("detail", ""))
            for row in session.client.get("/api/doctor")
        ]
    except DHError as error:
        rows.append(
            ("broker", "BAD", " ".join(part for part in (error.message, *error.details[-3:], error.hint) if part))
        )
    bad = sum(row[1] == "BAD" for row in rows)
    note = "All is well." if not bad else f"{bad} of {len(rows)} rows are bad."
    return Table(("what", "is", "detail"), rows, note=note, bad=bad, widest=10_000)  # a cure is never cut
