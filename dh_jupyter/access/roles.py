"""The roles of a project, and which one a request needs. Pure."""

from __future__ import annotations

from enum import IntEnum

from dh_kernel.errors import Invalid, did_you_mean

READING = frozenset({"GET", "HEAD", "OPTIONS"})


class Role(IntEnum):
    """Each may do what those before it may."""

    NOBODY = 0
    VIEWER = 1  # reads: entities, files, logs, metrics
    MEMBER = 2  # and makes, changes, runs, deletes; reads secrets
    ADMIN = 3  # and shares, deletes the project, reads its audit log

    @property
    def word(self) -> str:
        """As it is written on the wire."""
        return self.name.lower()

    @property
    def as_core(self) -> str:
        """As Core names it in `/api/auth`."""
        return {Role.ADMIN: "ROLE_ADMIN", Role.MEMBER: "ROLE_USER", Role.VIEWER: "ROLE_VIEWER"}.get(self, "")


GIVEN = (Role.VIEWER, Role.MEMBER, Role.ADMIN)


def role_of(word: str) -> Role:
    """The role that a word means; none is a member, as everybody is with whom Core shares. Raises Invalid."""
    found = {role.word: role for role in GIVEN}
    if (word or "member") not in found:
        raise Invalid(f"There is no role '{word[:40]}'.", did_you_mean(word, found))
    return found[word or "member"]


def needed(verb: str, exceptions: dict[str, Role]) -> Role:
    """For a request; a route names those of its verbs that need more, or less, than they seem to."""
    return exceptions.get(verb, Role.VIEWER if verb in READING else Role.MEMBER)
