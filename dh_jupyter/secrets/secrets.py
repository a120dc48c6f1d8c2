"""Secrets as entities of a project: the catalogue has their names, `SecretValues` what they stand for.

A secret is usable when it has a value; its entity comes from whoever was first: a POST, as the public SDK does it, or the
first value that is kept under its name, as ours do.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from dh_kernel.errors import Forbidden, Invalid

from .values import SecretValues, checked, checked_name, no_secret

if TYPE_CHECKING:
    from dh_kernel._contract import Entity

    from ..catalogue import Catalogue

log = logging.getLogger("dh_jupyter.secrets")


class Secrets:
    """Every public method is one change, whole or not at all. `readable`: whether values are given out."""

    def __init__(self, catalogue: Catalogue, values: SecretValues, *, readable: bool = True) -> None:
        self._catalogue = catalogue
        self._values = values
        self._readable = readable

    def create(self, project: str, posted: Mapping[str, Any], user: str) -> Entity:
        """A name without a value. Raises Conflict if there is one of that name."""
        name = checked_name(posted.get("name") or "")
        made = _document(project, name)
        path = (posted.get("spec") or {}).get("path")
        if path not in (None, made["spec"]["path"]):
            raise Invalid("invalid or missing path in spec", f"spec.path must be {made['spec']['path']}.")
        document = {**made, **posted, "spec": {**(posted.get("spec") or {}), **made["spec"]}}
        with self._values.changing():
            return self._catalogue.create("secret", document, project=project, user=user)[0]

    def keep(self, project: str, given: Mapping[str, Any], user: str) -> bool:
        """Keep values by name; names that are not there are made. Returns whether all were there before."""
        if not given:
            raise Invalid("No secret is named.", 'Send {"NAME": "value"}.')
        for name, value in given.items():  # all are looked at before one is kept
            checked(checked_name(name), value)
        with self._values.changing():
            before = {name: self._find(project, name) for name in given}
            for name, value in given.items():
                self._keep(project, name, value, before[name], user)
        return all(before.values())

    def _keep(self, project: str, name: str, value: str, entity: Entity | None, user: str) -> None:
        made = entity or self._catalogue.create("secret", _document(project, name), project=project, user=user)[0]
        try:
            self._values.write(project, name, value)
        except Exception:
            if entity is None:
                self._catalogue.delete(project, "secret", made["id"], cascade=False)
            raise
        if entity is not None:  # says when and by whom
            self._catalogue.update(project, "secret", made["id"], {}, user=user)

    def read(self, project: str, names: list[str], user: str) -> dict[str, str]:
        """Values by name, as the public SDK asks for them. Raises NotFound, and Forbidden where values are not given out."""
        if not self._readable:
            raise Forbidden(
                "Values of secrets are not given out here.",
                "Run what needs them with --secret NAME, and read os.environ there.",
            )
        if not names:
            raise Invalid("'keys' is missing.", "e.g. ?keys=NAME")
        self._catalogue.get(project, "project", project)
        found = self._values.read_all(project, dict.fromkeys(names))
        log.info("%s read the secrets %s of %s", user, ", ".join(found), project)
        return found

    def delete(self, project: str, ident: str) -> None:
        """By id, with its value."""
        with self._values.changing():
            entity = self._catalogue.get(project, "secret", ident)
            self._values.remove(project, entity["name"])
            self._catalogue.delete(project, "secret", ident, cascade=False)

    def delete_name(self, project: str, name: str) -> None:
        """By name, with its value. Raises NotFound with the nearest name."""
        checked_name(name)
        with self._values.changing():
            if self._find(project, name) is None and name not in self._values.names(project):
                raise no_secret(name, self._values.names(project))
            self._values.remove(project, name)
            self._catalogue.delete_name(project, "secret", name, cascade=False)

    def state(self) -> tuple[bool, str]:
        """For the doctor: is it well, and what there is or the cure."""
        return self._values.state()

    def forget_project(self, project: str) -> None:
        """Values of a project that is gone."""
        self._values.remove_project(project)

    def _find(self, project: str, name: str) -> Entity | None:
        from ..catalogue import Query

        query = Query(name=name, kinds_all=True)
        found = self._catalogue.list("secret", project=project, query=query, size=1)["content"]
        return found[0] if found else None


def _document(project: str, name: str) -> dict[str, Any]:
    spec = {"path": f"secret://{name}", "provider": "kubernetes"}
    return {"kind": "secret", "name": name, "id": _id(project, name), "spec": spec}


def _id(project: str, name: str) -> str:
    """One id for one name, so that two brokers on one catalogue make the same entity."""
    return hashlib.sha256(f"dh-secret-1\0{project}\0{name}".encode()).hexdigest()[:32]
