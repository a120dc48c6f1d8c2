"""*Save and Export Notebook As → Job script*: Jupyter's own route has no room for a name of two words, which the menu shows."""

from __future__ import annotations

from jupyter_core.utils import ensure_async
from jupyter_server.auth.decorator import authorized
from jupyter_server.base.handlers import path_regex
from jupyter_server.nbconvert.handlers import NbconvertFileHandler
from tornado.web import authenticated

NAME = "job script"  # the exporter's entry point


class JobScriptHandler(NbconvertFileHandler):
    """`/nbconvert/job%20script/PATH`."""

    @authenticated
    @authorized
    async def get(self, path: str) -> None:
        """The script; with `download=true` as a file."""
        await ensure_async(super().get(NAME, path))


JOB_SCRIPT = [(rf"/nbconvert/job%20script{path_regex}", JobScriptHandler)]
