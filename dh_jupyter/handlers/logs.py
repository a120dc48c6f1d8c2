"""A run's log as Core gives it: an array of documents whose content is base64."""

from __future__ import annotations

import base64
from typing import Any

from jupyter_server.auth.decorator import authorized
from tornado.web import authenticated

from ..clock import as_seconds
from .base import DhHandler


class LogsHandler(DhHandler):
    """`GET …/runs/ID/logs`."""

    @authenticated
    @authorized
    async def get(self, project: str, ident: str) -> None:
        """What there is so far; `[]` if nothing is."""
        self.answer(await self.broker.call(self._logs, project, ident))

    def _logs(self, project: str, ident: str) -> list[dict[str, Any]]:
        run = self.broker.catalogue.get(project, "run", ident)
        text = self.broker.runs.observe.log_text(project, ident)
        return [_log(run, text)] if text else []


def _log(run: Any, text: str) -> dict[str, Any]:
    return {
        "id": f"{run['id'].lower()}-main",
        "kind": "log",
        "name": "main",
        "project": run["project"],
        "run": run["id"],
        "user": run.get("user", ""),
        "metadata": {"project": run["project"], "name": "main"},
        "spec": {"run": run["id"], "timestamp": int(as_seconds(run["metadata"]["updated"]) * 1000)},
        "status": {"state": "CREATED"},
        "content": base64.b64encode(text.encode(errors="replace")).decode(),
    }
