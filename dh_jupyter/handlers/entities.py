"""Entities of all types: lists, create, read, change, delete, and what hangs on them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from jupyter_server.auth.decorator import authorized
from tornado.web import authenticated

from dh_kernel.errors import Invalid

from ..removal import remove_files
from ..validation import check_all_new, check_change, check_new
from .base import DhHandler

if TYPE_CHECKING:
    from ..catalogue import Query

SINGULAR = {
    "artifacts": "artifact",
    "dataitems": "dataitem",
    "models": "model",
    "functions": "function",
    "workflows": "workflow",
    "containerimages": "containerimage",
    "extensions": "extension",
    "triggers": "trigger",
    "tasks": "task",
    "runs": "run",
    "secrets": "secret",
}


class CatalogueHandler(DhHandler):
    """A handler that asks for lists; decides which kinds the client can read."""

    @property
    def kinds_all(self) -> bool:
        """The public SDK breaks on kinds it does not know; our clients and who asks for them get all."""
        return self.is_our_client or self.argument("kinds") == "all"

    def query(self) -> Query:
        """Core's list filters, and ours."""
        from ..catalogue import Query

        words = (
            "q",
            "name",
            "kind",
            "user",
            "state",
            "ids",
            "created",
            "updated",
            "function",
            "workflow",
            "task",
            "action",
            "text",
            "after",
        )
        given: dict[str, Any] = {word: self.argument(word) or None for word in words}
        labels = tuple(label for label in self.get_query_arguments("labels") if label)
        versions = "all" if self.argument("versions") == "all" else "latest"
        return Query(**given, labels=labels, versions=versions, kinds_all=self.kinds_all)  # type: ignore[arg-type]

    def list_visible(self, entity: str, query: Query, paging: dict[str, Any]) -> Any:
        """A page of what lies in those projects that who asks may see."""
        visible = self.broker.members.visible(self.user_name)
        return self.broker.catalogue.list(entity, query=replace(query, projects=visible), **paging)

    def paging(self) -> dict[str, Any]:
        """`page`, `size` and `sort` of a list."""
        sort = [_sort(each) for each in self.get_query_arguments("sort") if each]
        return {"page": self.number("page", 0), "size": self.number("size", 25), "sort": sort or None}


def _sort(asked: str) -> tuple[str, str]:
    """`name,ASC` → ("name", "ASC")."""
    name, _, direction = asked.partition(",")
    if direction.upper() not in ("", "ASC", "DESC"):
        raise Invalid(f"unknown sort direction '{direction}'", "ASC or DESC.")
    return name, direction.upper() or "ASC"


class EntitiesHandler(CatalogueHandler):
    """All of a type in a project."""

    @authenticated
    @authorized
    async def get(self, project: str, plural: str) -> None:
        """A page."""
        found = self.broker.catalogue.list
        self.answer(
            await self.broker.call(found, SINGULAR[plural], project=project, query=self.query(), **self.paging())
        )

    @authenticated
    @authorized
    async def post(self, project: str, plural: str) -> None:
        """Create; with `?on_duplicate=keep` what is there already is answered. Of a list all or none."""
        entity, posted = SINGULAR[plural], self.document_or_list()
        created = await self.broker.call(
            self._create_all, entity, posted if isinstance(posted, list) else [posted], project
        )
        if created and all(existing for _, existing in created):
            self.set_header("X-Dh-Existing", "true")
        if isinstance(posted, list):
            self.answer([each for each, _ in created])
            return
        self.answer(created[0][0])
        if entity == "function":
            await self.broker.call(self.broker.registered, created[0][0])

    def _create_all(self, entity: str, posted: list[Any], project: str) -> list[tuple[Any, bool]]:
        check_all_new(entity, posted)
        keep = self.argument("on_duplicate") == "keep"
        options: Any = {"user": self.user_name, "on_duplicate": "keep" if keep else "error"}
        created = self.broker.catalogue.create_many(entity, posted, project=project, **options)
        for made, existing in created if entity == "dataitem" else ():
            if not existing:
                self.broker.stores.make_place(made)
        return created

    @authenticated
    @authorized
    async def delete(self, project: str, plural: str) -> None:
        """All versions of a name."""
        name, cascade = self.argument("name"), self.flag("cascade")
        if not name:
            raise Invalid("'name' is missing.", f"DELETE …/{plural}?name=NAME deletes all versions of it.")
        gone = await self.broker.call(
            self.broker.catalogue.delete_name, project, SINGULAR[plural], name, cascade=cascade
        )
        await self.broker.call_store(remove_files, self.broker, gone, cascade=cascade)
        self.done()


class EntityHandler(CatalogueHandler):
    """One entity."""

    @authenticated
    @authorized
    async def get(self, project: str, plural: str, ident: str) -> None:
        """It."""
        self.answer(await self.broker.call(self.broker.catalogue.get, project, SINGULAR[plural], ident))

    @authenticated
    @authorized
    async def put(self, project: str, plural: str, ident: str) -> None:
        """Change it."""
        entity, document = SINGULAR[plural], self.document()
        check_change(entity, document)
        update = self.broker.catalogue.update
        self.answer(await self.broker.call(update, project, entity, ident, document, user=self.user_name))

    @authenticated
    @authorized
    async def delete(self, project: str, plural: str, ident: str) -> None:
        """Delete it."""
        entity, cascade = SINGULAR[plural], self.flag("cascade")
        gone = await self.broker.call(self.broker.catalogue.delete, project, entity, ident, cascade=cascade)
        await self.broker.call_store(remove_files, self.broker, gone, cascade=cascade)
        self.done()


class TasksHandler(EntitiesHandler):
    """All tasks of a project."""

    @authenticated
    @authorized
    async def post(self, project: str, plural: str = "tasks") -> None:
        """Create one, of a function or workflow of the project."""
        posted = self.document()
        check_new("task", posted)
        self.answer(await self.broker.call(self._create, project, posted))

    def _create(self, project: str, posted: dict[str, Any]) -> Any:
        from ..runs.tasks import check_task

        catalogue = self.broker.catalogue
        check_task(project, posted, catalogue.resolve)
        return catalogue.create("task", posted, project=project, user=self.user_name)[0]


class TasksOfHandler(CatalogueHandler):
    """Tasks of a function or workflow, as a plain array."""

    @authenticated
    @authorized
    async def get(self, project: str, plural: str, ident: str) -> None:
        """The newest first."""
        self.answer(await self.broker.call(self._tasks, project, SINGULAR[plural], ident))

    def _tasks(self, project: str, entity: str, ident: str) -> Any:
        from ..catalogue import Query

        owner = self.broker.catalogue.get(project, entity, ident)
        wanted = {entity: f"{owner['kind']}://{project}/{owner['name']}:{ident}", "kinds_all": self.kinds_all}
        return self.broker.catalogue.list("task", project=project, query=Query(**wanted), size=1000)["content"]  # type: ignore[arg-type]


class RunsOfHandler(CatalogueHandler):
    """Runs of a task, as a plain array."""

    @authenticated
    @authorized
    async def get(self, project: str, ident: str) -> None:
        """The newest first."""
        self.answer(await self.broker.call(self._runs, project, ident))

    def _runs(self, project: str, ident: str) -> Any:
        from ..catalogue import Query

        task = self.broker.catalogue.get(project, "task", ident)
        query = Query(task=f"{task['kind']}://{project}/{ident}", kinds_all=self.kinds_all)
        return self.broker.catalogue.list("run", project=project, query=query, size=1000)["content"]


class ResolveHandler(DhHandler):
    """What a reference, a key or an executable string means."""

    @authenticated
    @authorized
    async def get(self, project: str) -> None:
        """`?ref=…[&type=…]`."""
        ref = self.argument("ref")
        if not ref:
            raise Invalid("'ref' is missing.", "e.g. ?ref=dataset/flights@3")
        expect = self.argument("type") or None
        self.answer(await self.broker.call(self.broker.catalogue.resolve, ref, project=project, expect=expect))


class LabelsHandler(CatalogueHandler):
    """Labels in use."""

    @authenticated
    @authorized
    async def get(self, project: str) -> None:
        """`?label=PREFIX`."""
        paging = self.paging()
        size, page = paging["size"], paging["page"]
        labels = self.broker.catalogue.labels
        self.answer(await self.broker.call(labels, project, self.argument("label"), page=page, size=size))
