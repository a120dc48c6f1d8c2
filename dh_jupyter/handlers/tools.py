"""Opening web tools, and passing on what their pages ask. Only whom Jupyter lets in comes through."""

from __future__ import annotations

import functools
import importlib.util
from typing import TYPE_CHECKING, Any

from jupyter_server.auth.decorator import authorized
from jupyter_server.utils import url_path_join
from tornado.web import HTTPError, authenticated

from dh_kernel.errors import Forbidden

from ..access.roles import Role
from .base import DhHandler, Shared
from .problems import problem_of

if TYPE_CHECKING:
    from tornado.web import Application

    from ..broker import Broker
    from ..tools import Place, Tool, Tools

KEPT = ("Authorization", "Cookie", "X-Xsrftoken", "Origin", "Referer")  # Jupyter's: tools learn none of them
READING = ("GET", "HEAD", "OPTIONS")


class ToolHandler(DhHandler):
    """`POST /-/P/tools/NAME`."""

    roles = {"POST": Role.MEMBER}  # noqa: RUF012

    @authenticated
    @authorized
    async def post(self, project: str, name: str) -> None:
        """Starts the tool if it does not run. `{run}`, an id, is what its page is to show; the answer is a ToolPage."""
        from ..tools import check_installed, tool_of
        from ..tools.table import ADDRESS
        from ..tracking.process import without_password

        tool = tool_of(name)
        check_alone(self)
        tools: Tools = self.settings["dh_tools"]
        if address := tool.elsewhere(tools.place(tool)):
            self.answer({"title": tool.title, "url": without_password(address), "external": True})
            return
        check_installed(tool, lambda module: importlib.util.find_spec(module) is not None)
        run = str(self.document().get("run") or "")
        key = await self.broker.call(_subject, self.broker, tool, tools.place(tool), project, run) if run else ""
        pass_on(self.application, self.base_url)
        await tools.open(tool)
        self.answer({"title": tool.title, "url": tool.page(url_path_join(self.base_url, ADDRESS, name), key)})


def _subject(broker: Broker, tool: Tool, place: Place, project: str, run_id: str) -> str:
    """The key of the run that a tool is to show. Raises NotFound."""
    from ..sweeps.journal import journal_folder
    from ..tools.running import PATIENCE
    from ..tools.studies import note

    run = broker.catalogue.get(project, "run", run_id)
    if tool.is_told:  # by a process that imports MLflow first, as the tool does
        broker.tracker.catch_up(run, PATIENCE)
    if tool.is_of_sweeps:
        broker.sweeps.ledger(project, run_id)  # which says where it lies, if not here
        note(place.studies, run, journal_folder(broker.home, project, run_id))
    return run["key"]


def check_alone(handler: Shared) -> None:
    """Raise Forbidden for one of several users with roles: tools show all projects, and know no users."""
    if not handler.broker.members.is_admin(handler.user_name):
        raise Forbidden("This tool shows all projects, and here each has its own members.", "Ask an administrator.")


def pass_on(application: Application, base_url: str) -> None:
    """From now on, below the tools' address. The package that does it is loaded with the first tool."""
    from ..tools.table import ADDRESS

    if "dh_tools_passed_on" not in application.settings:
        pattern = url_path_join(base_url, ADDRESS, r"(?P<name>[a-z]+)(?P<path>/.*)")
        application.add_handlers(".*", [(pattern, passing())])
        application.settings["dh_tools_passed_on"] = True


@functools.cache
def passing() -> type[Any]:
    """The handler that passes requests on to a tool's socket, as jupyter-server-proxy does."""
    from jupyter_server_proxy.handlers import LocalProxyHandler

    class Passing(Shared, LocalProxyHandler):  # type: ignore[misc]
        """Whoever has no identity gets 403, and no other page may change anything through it."""

        def get_login_url(self) -> str:
            """A form inside a tab would be of no use: Lab asks for the password."""
            raise HTTPError(403)

        async def prepare(self, *args: Any, **kwargs: Any) -> None:
            """Identity, then what a tool needs of it."""
            await super().prepare(*args, **kwargs)
            await self.broker.ready()
            check_alone(self)
            if self.request.method not in READING and not self.check_origin():
                raise HTTPError(403, "Another page may not do this.")

        async def proxy(self, name: str, path: str) -> Any:
            """To the tool, which is started again if it has ended."""
            from ..tools import tool_of
            from ..tools.table import ADDRESS

            tools: Tools = self.settings["dh_tools"]
            self.unix_socket = str(await tools.open(tool_of(name)))
            self.proxy_base = f"{ADDRESS}/{name}"
            return await super().proxy(0, path)

        @authenticated
        async def get(self, name: str, path: str) -> Any:
            """No tool of ours has a WebSocket."""
            return await self.proxy(name, path)

        head = post = put = patch = delete = options = get

        def proxy_request_headers(self) -> dict[str, str]:
            """Without what is Jupyter's. For the tool the request is one of this machine."""
            headers = self.request.headers.copy()
            for name in KEPT:
                headers.pop(name, None)
            headers["Host"] = "localhost"
            return dict(headers)

        def write_error(self, status_code: int, **kwargs: Any) -> None:
            """In words, for a person."""
            problem = problem_of(
                kwargs.get("exc_info", (None, None))[1], status_code, known=self.current_user is not None
            )
            self.set_status(status_code if status_code in (403, 404) else problem["status"])
            self.set_header("Content-Type", "text/plain; charset=UTF-8")
            self.finish(" ".join([problem["message"], problem.get("hint", "")]))

    return Passing
