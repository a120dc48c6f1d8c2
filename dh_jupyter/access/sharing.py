"""With whom a project is shared: as Core records it (core-api, section 11), and with a role of ours."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from dh_kernel.errors import Invalid, NotFound

from .roles import role_of

if TYPE_CHECKING:
    from dh_kernel._contract import Entity

    from ..catalogue import Catalogue

LONGEST = 256


def share(catalogue: Catalogue, project: str, with_user: str, owner: str, role: str = "") -> dict[str, str]:
    """Share a project; to do it twice is to do it once, and with another role to change that. Raises Invalid."""
    if not with_user or len(with_user) > LONGEST or not with_user.isprintable():
        raise Invalid("'user' is missing or can't be a name.", "POST …/share?user=NAME")
    if with_user == owner:
        raise Invalid("A project can't be shared with oneself.")
    status = {"role": role_of(role).word}
    ident = hashlib.sha256(f"dh-share-1\0{project}\0{with_user}".encode()).hexdigest()[:32]
    document = {"kind": "share", "name": ident, "id": ident, "spec": {"user": with_user}, "status": status}
    stored, existing = catalogue.create("share", document, project=project, user=owner, on_duplicate="keep")
    if existing and role and stored["status"].get("role") != status["role"]:
        stored = catalogue.update(project, "share", ident, {"status": status}, user=owner)
    return _as_core(stored)


def shares(catalogue: Catalogue, project: str) -> list[dict[str, str]]:
    """All of a project, the oldest first. Raises NotFound if there is no such project."""
    found = catalogue.list("share", project=project, size=1000, sort=[("created", "ASC")])["content"]
    return [_as_core(each) for each in found]


def unshare(catalogue: Catalogue, project: str, ident: str) -> None:
    """Take one back by its id. Raises Invalid and NotFound."""
    if not ident:
        raise Invalid("'id' is missing.", "DELETE …/share?id=ID; GET …/share tells the ids.")
    try:
        catalogue.delete(project, "share", ident, cascade=False)
    except NotFound as error:
        raise NotFound(f"There is no share '{ident[:64]}' of project '{project}'.") from error


def _as_core(stored: Entity) -> dict[str, str]:
    spec: Any = stored["spec"]
    status: Any = stored["status"]
    return {
        "id": stored["id"],
        "project": stored["project"],
        "entity": "project",
        "entityId": stored["project"],
        "owner": stored["user"],
        "user": str(spec["user"]),
        "role": role_of(str(status.get("role") or "")).word,
        "issuedTime": stored["metadata"]["created"],
    }
