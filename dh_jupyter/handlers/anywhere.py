"""The routes without a project, as Core has them for administrators: the project is the entity's own."""

from __future__ import annotations

from typing import Any

from jupyter_server.auth.decorator import authorized
from tornado.web import RequestHandler, authenticated

from dh_kernel.errors import Invalid

from .entities import SINGULAR, CatalogueHandler


class Anywhere(CatalogueHandler):
    """Finds the project first, so that roles, verbs and answers are those of the route with a project."""

    async def check_role(self) -> None:
        """In the project that is found; a list has none. What is nowhere is a miss of the verb."""
        if self.current_user is not None and "project" not in self.path_kwargs:
            self.path_kwargs.update(await self.broker.call(self._found))
        await super().check_role()

    def _found(self) -> dict[str, Any]:
        """`project`, for those verbs that take one. Raises Invalid for an id that several projects have."""
        if "ident" not in self.path_kwargs:
            return {"project": str(self.document().get("project") or "")} if self.request.method == "POST" else {}
        from ..catalogue import Query

        entity, ident = SINGULAR[str(self.path_kwargs["plural"])], str(self.path_kwargs["ident"])
        query = Query(ids=ident, versions="all", kinds_all=True)
        found = [each["project"] for each in self.list_visible(entity, query, {})["content"] if each["id"] == ident]
        if len(found) > 1:
            raise Invalid(f"'{ident}' is in several projects.", f"Ask for one: /-/{sorted(found)[0]}/…")
        return {"project": found[0] if found else ""}


class AllHandler(Anywhere):
    """All of a type, of all projects."""

    @authenticated
    @authorized
    async def get(self, plural: str) -> None:
        """A page."""
        self.answer(await self.broker.call(self.list_visible, SINGULAR[plural], self.query(), self.paging()))


def all_of(handler: type[CatalogueHandler]) -> type[RequestHandler]:
    """The list of all projects, and `handler`'s way to make one, in the project that the body names."""
    kept = {"get": AllHandler.get, "delete": RequestHandler._unimplemented_method}
    return type(f"All{handler.__name__}", (Anywhere, handler), kept)


def one_of_all(handler: type[CatalogueHandler]) -> type[RequestHandler]:
    """`handler`, asked by an id alone."""
    return type(f"Any{handler.__name__}", (Anywhere, handler), {})
