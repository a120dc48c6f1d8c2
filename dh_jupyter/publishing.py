"""Publishing a model: a name that others use, an alias, an entry in MLflow's registry, and who, when and why."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, cast

from dh_kernel.errors import Invalid, NotFound
from dh_kernel.refs import NAME, key_of, parse

from .clock import as_text, seconds

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dh_kernel._contract import Entity

    from .catalogue import Catalogue
    from .tracking.tracker import Tracker


INSIST = "Publish another version, or insist on this one (in a cell or shell: --force)."


def publish(
    catalogue: Catalogue, tracker: Tracker, project: str, ident: str, asked: Mapping[str, Any], user: str
) -> Entity:
    """Publish model `ident` as asked ({name, alias, note, force}); doing it twice is doing it once. Returns the version.

    Raises Invalid for a model that is not fit and no `force`, Unavailable for a registry that can't be reached. The
    registry comes first: what it refuses has no version and moves no alias.
    """
    from .catalogue.aliases import check as check_alias

    name, alias, note = (_text(asked, word) for word in ("name", "alias", "note"))
    if asked.get("force") not in (None, True, False):
        raise Invalid("$.force: it must be true or false.")
    if alias:
        check_alias(alias)
    source = catalogue.get(project, "model", ident)
    if not asked.get("force"):
        _check_fit(catalogue, source)
    name = name or source["name"]
    wanted = source if name == source["name"] else _named(source, name)
    entry = tracker.publish(wanted, name, alias or None, note)
    if wanted is not source:
        catalogue.create("model", wanted, project=project, user=user, on_duplicate="keep")
    if alias:
        catalogue.set_alias(project, "model", name, alias, wanted["id"], user, note)
    return _recorded(catalogue, wanted["id"], project, _record(source, alias, note, entry, user), user)


def published_id(source_id: str, name: str) -> str:
    """The id of a model under another name: derived, so that publishing twice gives one version."""
    return hashlib.sha256(f"dh-published-1\0{source_id}\0{name}".encode()).hexdigest()[:32]


def _named(source: Entity, name: str) -> Entity:
    """The model under another name: a version of that with the same files and the same origin, yet to be stored."""
    metadata: Mapping[str, Any] = source["metadata"]
    kept = ("description", "labels", "relationships")
    project, kind, ident = source["project"], source["kind"], published_id(source["id"], name)
    document = {
        "kind": kind,
        "name": name,
        "project": project,
        "id": ident,
        "key": key_of(project, "model", kind, name, ident),
        "metadata": {word: metadata[word] for word in kept if word in metadata},
        "spec": source["spec"],
        "status": {word: value for word, value in source["status"].items() if word != "publication"},
    }
    return cast("Entity", document)


def _check_fit(catalogue: Catalogue, model: Entity) -> None:
    """Raise Invalid for a model that is not ready, or whose run did not succeed."""
    state = model["status"].get("state", "CREATED")
    reference = model["metadata"].get("reference", model["id"])
    if state == "ERROR":
        raise Invalid(f"{reference} is in error.", INSIST)
    for edge in model["metadata"].get("relationships", ()):
        if edge["type"] == "produced_by":
            _check_run(catalogue, reference, model["project"], edge.get("dest", ""))


def _check_run(catalogue: Catalogue, model: str, project: str, key: str) -> None:
    """A run that is not there any more can't be asked."""
    try:
        run = catalogue.resolve(key, project=project, expect="run") if parse(key).entity == "run" else None
    except (NotFound, Invalid):
        return
    if run is not None and run["status"].get("state") in ("ERROR", "STOPPED"):
        word = "failed" if run["status"]["state"] == "ERROR" else "was stopped"
        name = run["metadata"].get("reference", run["id"])
        raise Invalid(f"{model} was made by {name}, which {word}.", INSIST)


def _record(source: Entity, alias: str, note: str, entry: Mapping[str, Any], user: str) -> dict[str, Any]:
    record = {"by": user, "time": as_text(seconds()), "source": source["key"], "registry": dict(entry)}
    return record | {word: value for word, value in (("alias", alias), ("note", note)) if value}


def _recorded(catalogue: Catalogue, ident: str, project: str, record: dict[str, Any], user: str) -> Entity:
    stored = catalogue.get(project, "model", ident)
    changed = {**stored, "status": {**stored["status"], "publication": record}}
    return catalogue.update(project, "model", ident, changed, user=user)


def _text(asked: Mapping[str, Any], word: str) -> str:
    value = asked.get(word) or ""
    if not isinstance(value, str):
        raise Invalid(f"$.{word}: it must be text.")
    if word != "note" and value and not NAME.fullmatch(value):
        raise Invalid(
            f"$.{word}: '{value[:80]}' can't be a name.", "a-z, A-Z, 0-9 and . _ + -, at most 256, as in 'churn_2'."
        )
    return value
