"""Who may do what in which project. One door, for every route and for every reference into another project.

The truth is in the catalogue: a project's own user, and the shares of it (`sharing.py`). It is read when it is first asked
for, and again after a project or a share has come, gone or changed.
"""

from __future__ import annotations

import itertools
import threading
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from dh_kernel.errors import Forbidden

from ..catalogue.query import MAX_PAGE, Query
from .asking import asking
from .roles import Role, role_of

if TYPE_CHECKING:
    from dh_kernel._contract import Entity

    from ..catalogue import Catalogue

EVERYBODY = "*"  # to share with it is to share with all who may use the server
Roles = dict[str, dict[str, Role]]  # project → user → role


class Members:
    """Thread-safe. Where it is not `enabled`, everybody may do everything."""

    def __init__(self, catalogue: Catalogue, *, enabled: bool, admins: Iterable[str]) -> None:
        """`admins` may do everything in every project."""
        self.enabled = enabled
        self._catalogue = catalogue
        self._admins = frozenset(admins)
        self._lock = threading.Lock()
        self._roles: Roles | None = None

    def forget(self) -> None:
        """Something has changed: read it again when it is next asked for."""
        with self._lock:
            self._roles = None

    def is_admin(self, user: str) -> bool:
        """Whether somebody may do everything."""
        return not self.enabled or user in self._admins

    def role(self, user: str, project: str) -> Role:
        """In a project. One that is not there is everybody's: what is asked of it will be a miss."""
        if self.is_admin(user):
            return Role.ADMIN
        found = self._known.get(project)
        return Role.ADMIN if found is None else max(found.get(user, Role.NOBODY), found.get(EVERYBODY, Role.NOBODY))

    def check(self, user: str, project: str, needed: Role) -> None:
        """Raise Forbidden, with who could help, unless the user's role is enough."""
        has = self.role(user, project)
        if has >= needed:
            return
        owners = [name for name, role in self._known[project].items() if role is Role.ADMIN and name != EVERYBODY]
        what = f"'{user}' is {has.word} of it" if has else f"'{user}' has no role in it"
        raise Forbidden(
            f"This needs the role {needed.word} in project '{project}', and {what}.",
            f"Ask for it: {', '.join(sorted(owners)[:5])}.",
        )

    def check_foreign(self, project: str) -> None:
        """Whoever asks just now names something of another project: may they read there?"""
        user = asking()
        if user is not None and self.enabled:
            self.check(user, project, Role.VIEWER)

    def visible(self, user: str, at_least: Role = Role.VIEWER) -> frozenset[str] | None:
        """The projects in which a user has that role; None for all."""
        if self.is_admin(user):
            return None
        return frozenset(project for project in self._known if self.role(user, project) >= at_least)

    def roles(self, user: str) -> dict[str, Role]:
        """Of a user, by project."""
        found = {project: self.role(user, project) for project in self._known}
        return {project: role for project, role in found.items() if role}

    @property
    def _known(self) -> Roles:
        with self._lock:
            if self._roles is None:
                self._roles = self._read()
            return self._roles

    def _read(self) -> Roles:
        found: Roles = {each["name"]: {each["user"]: Role.ADMIN} for each in self._all("project")}
        for share in self._all("share"):
            status: Any = share["status"]
            members = found.setdefault(share["project"], {})
            user = str(share["spec"]["user"])
            members[user] = max(members.get(user, Role.NOBODY), role_of(str(status.get("role") or "")))
        return found

    def _all(self, entity: str) -> Iterator[Entity]:
        for number in itertools.count():
            page = self._catalogue.list(
                entity, query=Query(kinds_all=True), page=number, size=MAX_PAGE, sort=[("created", "ASC")]
            )
            yield from page["content"]
            if page["last"]:
                return
