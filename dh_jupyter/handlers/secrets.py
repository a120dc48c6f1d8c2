"""Secrets: names as entities, values apart. (Reading and changing an entity is as of all.)"""

from __future__ import annotations

from typing import ClassVar

from jupyter_server.auth.decorator import authorized
from tornado.web import authenticated

from dh_kernel.errors import Invalid

from ..access.roles import Role
from ..validation import check_new
from .base import DhHandler
from .entities import EntitiesHandler, EntityHandler


class SecretsHandler(EntitiesHandler):
    """All secrets of a project, without values."""

    @authenticated
    @authorized
    async def post(self, project: str, plural: str = "secrets") -> None:
        """Create one; its value comes by `PUT …/secrets/data`."""
        posted = self.document()
        check_new("secret", posted)
        self.answer(await self.broker.call(self.broker.secrets.create, project, posted, self.user_name))

    @authenticated
    @authorized
    async def delete(self, project: str, plural: str = "secrets") -> None:
        """`?name=`: it, and its value."""
        name = self.argument("name")
        if not name:
            raise Invalid("'name' is missing.", "DELETE …/secrets?name=NAME deletes it and its value.")
        await self.broker.call(self.broker.secrets.delete_name, project, name)
        self.done()


class SecretHandler(EntityHandler):
    """One secret, without its value."""

    @authenticated
    @authorized
    async def delete(self, project: str, plural: str, ident: str) -> None:
        """Delete it and its value."""
        await self.broker.call(self.broker.secrets.delete, project, ident)
        self.done()


class SecretDataHandler(DhHandler):
    """Values."""

    roles: ClassVar[dict[str, Role]] = {"GET": Role.MEMBER}

    @authenticated
    @authorized
    async def get(self, project: str) -> None:
        """`?keys=NAME[&keys=…]` → `{"NAME": "value"}`; 403 where values are not given out."""
        self.set_header("Cache-Control", "no-store")
        names = self.get_query_arguments("keys")
        self.answer(await self.broker.call(self.broker.secrets.read, project, names, self.user_name))

    @authenticated
    @authorized
    async def put(self, project: str) -> None:
        """`{"NAME": "value"}`; the answer is empty, and says in `X-Dh-Existing` whether it was there."""
        if await self.broker.call(self.broker.secrets.keep, project, self.document(), self.user_name):
            self.set_header("X-Dh-Existing", "true")
        self.done()
