"""Runs: post, delete, stop, retry. (Lists, reading and changing are as of all entities.)"""

from __future__ import annotations

from typing import Any

from jupyter_server.auth.decorator import authorized
from tornado.web import authenticated

from dh_kernel.errors import Invalid

from ..runs.inputs import with_keys
from ..validation import check_new, check_shape
from .base import DhHandler
from .entities import EntitiesHandler, EntityHandler


class RunsHandler(EntitiesHandler):
    """All runs of a project."""

    @authenticated
    @authorized
    async def post(self, project: str, plural: str = "runs") -> None:
        """Start one."""
        posted = with_keys(self.document())
        check_new("run", posted)
        as_core = not self.is_our_client
        self.answer(await self.broker.call(self.broker.runs.create, project, posted, self.user_name, as_core=as_core))


class RunsTogetherHandler(DhHandler):
    """`POST …/runs/together {runs}`."""

    @authenticated
    @authorized
    async def post(self, project: str) -> None:
        """Start several that differ in their arguments: as many of them as begin at once where they are to run."""
        asked = self.document()
        check_shape("RunsRequest", asked)
        posted = [with_keys(one) for one in asked["runs"]]
        for one in posted:
            check_new("run", one)
        begun = await self.broker.call(self.broker.runs.create_some, project, posted, self.user_name)
        self.answer({"runs": begun})


class RunHandler(EntityHandler):
    """One run."""

    @authenticated
    @authorized
    async def delete(self, project: str, plural: str, ident: str) -> None:
        """Delete it, and its folder. Answers the run, DELETING, as Core does. Our clients ask to stop it first."""
        ended = not self.is_our_client
        self.answer(await self.broker.call(self.broker.runs.delete, project, ident, unfinished=ended))


class StopHandler(DhHandler):
    """`POST …/stop`."""

    @authenticated
    @authorized
    async def post(self, project: str, ident: str) -> None:
        """Ask it to end; a finished run stays as it is."""
        self.answer(await self.broker.call(self.broker.runs.stop, project, ident, self.user_name))


class EventHandler(DhHandler):
    """`POST …/{build,run,resume,delete}`: Core's other events."""

    @authenticated
    @authorized
    async def post(self, project: str, ident: str, event: str) -> None:
        """One that is not legal now changes nothing; answers the run."""
        if event == "delete":
            self.answer(await self.broker.call(self.broker.runs.delete, project, ident, unfinished=True))
        else:
            from ..runs.foreign import take_event

            catalogue = self.broker.catalogue
            self.answer(await self.broker.call(take_event, catalogue, project, ident, event, self.user_name))


class EnvironmentHandler(DhHandler):
    """`GET …/environment`."""

    @authenticated
    @authorized
    async def get(self, project: str, ident: str) -> None:
        """What was installed where the run ran."""
        self.answer(await self.broker.call(self._environment, project, ident))

    def _environment(self, project: str, ident: str) -> Any:
        return self.broker.runs.observe.environment(self.broker.catalogue.get(project, "run", ident))


class RetryHandler(DhHandler):
    """`POST …/retry {changes}`."""

    @authenticated
    @authorized
    async def post(self, project: str, ident: str) -> None:
        """A new run like this one, with changes."""
        changes = self.document().get("changes", {})
        if not isinstance(changes, dict):
            raise Invalid("$.changes: it must be an object.", 'e.g. {"changes": {"resources": {"mem": "16Gi"}}}')
        check_new("run", {"kind": "python+job:run", "spec": changes})
        self.answer(await self.broker.call(self.broker.runs.retry, project, ident, changes, self.user_name))
