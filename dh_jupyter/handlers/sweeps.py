"""Trials of a sweep, and what is asked of one while it goes on. (It is started, stopped and retried as every run is.)"""

from __future__ import annotations

from typing import Any

from jupyter_server.auth.decorator import authorized
from tornado.web import authenticated

from dh_kernel.errors import Invalid

from .base import DhHandler


class TrialsHandler(DhHandler):
    """`GET …/runs/ID/trials`."""

    @authenticated
    @authorized
    async def get(self, project: str, ident: str) -> None:
        """`?after=&size=&sort=number|value|seconds&state=` → a TrialPage; `?numbers=3,5` → those, with what they reported."""
        words = {name: self.argument(name) for name in ("after", "sort", "state")}
        size, numbers = self.number("size", 100), self.argument("numbers")
        if numbers:
            self.answer(await self.broker.call(self._chosen, project, ident, numbers))
            return
        self.answer(await self.broker.call(self._page, project, ident, size=size, **words))

    def _page(self, project: str, ident: str, **asked: Any) -> Any:
        from ..sweeps.shown import page

        ledger, _ = self.broker.sweeps.ledger(project, ident)
        return page(ident, ledger, **asked)

    def _chosen(self, project: str, ident: str, numbers: str) -> Any:
        from ..sweeps.shown import chosen

        ledger, _ = self.broker.sweeps.ledger(project, ident)
        return chosen(ident, ledger, numbers)


class ChampionHandler(DhHandler):
    """`GET …/runs/ID/trials/champion`."""

    @authenticated
    @authorized
    async def get(self, project: str, ident: str) -> None:
        """A Champion: the model with that alias which a run of the sweep's function made, and what that run reached; an
        empty object if there is none."""
        self.answer(await self.broker.call(self.broker.sweeps.champion, project, ident))


class TrialColumnsHandler(DhHandler):
    """`GET …/runs/ID/trials/columns`."""

    @authenticated
    @authorized
    async def get(self, project: str, ident: str) -> None:
        """`?since=REVISION&details=true` → TrialColumns: all trials, or those that have changed since; with details also what
        they reported and noted."""
        since, details = self.number("since", 0), self.argument("details") == "true"
        self.answer(await self.broker.call(self._columns, project, ident, since, details))

    def _columns(self, project: str, ident: str, since: int, details: bool) -> Any:
        from ..sweeps.shown import columns

        ledger, spec = self.broker.sweeps.ledger(project, ident)
        return columns(ident, ledger, spec, since, details=details)


class ImportanceHandler(DhHandler):
    """`GET …/runs/ID/trials/importance`."""

    @authenticated
    @authorized
    async def get(self, project: str, ident: str) -> None:
        """How much each parameter decides about the first objective: `{parameter: share}`, together 1."""
        self.answer(await self.broker.call(self.broker.sweeps.importance, project, ident))


class SweepHandler(DhHandler):
    """`POST …/runs/ID/sweep/{pause,resume,extend,enqueue}`."""

    @authenticated
    @authorized
    async def post(self, project: str, ident: str, event: str) -> None:
        """Answers the sweep's run. `extend {trials, timeout}` adds; `enqueue {parameters}` picks the next trial's."""
        body = self.document()
        entry = {"op": event, **_READ[event](body)}
        self.answer(await self.broker.call(self.broker.sweeps.ask, project, ident, entry))


class StopTrialHandler(DhHandler):
    """`POST …/runs/ID/sweep/stop-trial {number}`."""

    @authenticated
    @authorized
    async def post(self, project: str, ident: str) -> None:
        """Answers the trial's run."""
        number = self.document().get("number")
        if not isinstance(number, int) or isinstance(number, bool):
            raise Invalid("$.number: it must be the number of a trial.", 'e.g. {"number": 7}')
        stop = self.broker.sweeps.stop_trial
        self.answer(await self.broker.call(stop, project, ident, number, self.user_name))


def _extension(body: dict[str, Any]) -> dict[str, Any]:
    found = {name: body[name] for name in ("trials", "timeout") if body.get(name) is not None}
    if not found:
        raise Invalid("Nothing to add was named.", 'e.g. {"trials": 50} or {"timeout": 3600}')
    for name, value in found.items():
        whole = isinstance(value, int) or (name == "timeout" and isinstance(value, float))
        if not whole or isinstance(value, bool) or not 0 < value <= 10**9:
            raise Invalid(f"$.{name}: {str(value)[:40]!r} is not a number above 0.")
    return found


def _picked(body: dict[str, Any]) -> dict[str, Any]:
    if not isinstance(body.get("parameters"), dict):
        raise Invalid("$.parameters: it must be an object.", 'e.g. {"parameters": {"lr": 0.01}}')
    return {"p": body["parameters"]}


_READ: dict[str, Any] = {"pause": lambda body: {}, "resume": lambda body: {}, "extend": _extension, "enqueue": _picked}
