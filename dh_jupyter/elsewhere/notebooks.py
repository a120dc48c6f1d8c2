"""Moves a notebook's kernel to a run and back: the same kernel for Jupyter and its clients, in another place."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC
from typing import TYPE_CHECKING, Any

from dh_kernel.errors import Conflict, DHError, Invalid, NotFound, Unavailable
from dh_kernel.rundir import RunFolder

from ..runs.attempts import handle_of
from ..runs.options import options_of
from ..runs.states import FINISHED
from ..runs.stream import follow
from .asking import Asking
from .asking import Broker as Address
from .channels import Line
from .documents import function_document, key_variable, port_of, run_document
from .provisioner import RunProvisioner

if TYPE_CHECKING:
    from jupyter_server.services.kernels.kernelmanager import AsyncMappingKernelManager

    from dh_kernel._contract import Entity, KernelPlace, KernelRequest

    from ..broker import Broker

log = logging.getLogger("dh_jupyter.elsewhere")
NOT_OURS = "Only the kernel of a notebook that this server has started can move."


@dataclass
class Place:
    """A kernel's place elsewhere. Without `provisioner` nothing is connected to it yet."""

    project: str
    run_id: str
    user: str
    variable: str  # under which its run gets the key
    before: Any  # Jupyter's own provisioner, which knows the kernel's ports: what a return goes back to
    provisioner: RunProvisioner | None = None
    asking: Asking | None = None
    tasks: list[asyncio.Task[None]] = field(default_factory=list)


class Notebooks:
    """Of one server, on its loop. `idle`: seconds without execution after which a kernel elsewhere is ended; 0: never."""

    def __init__(
        self, manager: AsyncMappingKernelManager, broker: Broker, idle: float, now: Callable[[], float] = time.time
    ) -> None:
        self._manager: Any = manager
        self._broker = broker
        self._idle = idle
        self._now = now
        self._places: dict[str, Place] = {}  # where kernels are
        self._asked: dict[str, Place] = {}  # where they may go
        self._moving: set[asyncio.Task[None]] = set()

    # -- what a kernel asks ------------------------------------------------------------------------------------------

    def where(self, kernel_id: str) -> KernelPlace:
        """On this machine, or elsewhere."""
        place = self._places.get(kernel_id)
        project, run = (place.project, place.run_id) if place else ("", "")
        return {"project": project, "run": run, "idle": self._idle}

    async def start(self, kernel_id: str, project: str, asked: KernelRequest, user: str) -> Entity:
        """The run to which the kernel can then move. Raises DHError, with nothing started."""
        kernel = self._kernel(kernel_id)
        variable = key_variable(kernel_id)
        document = run_document(asked, variable)
        self._check_can_be_reached(document["spec"])
        await self._leave(self._asked.pop(kernel_id, None))
        if getattr(kernel, "curve_publickey", None):
            raise Invalid(
                "Kernels whose sockets are encrypted by Jupyter (transport_encryption) can't move.",
                "What is carried to a cluster is encrypted anyway.",
            )
        key = kernel.session.key.decode()
        run = await self._broker.call(self._create, project, document, asked, (variable, key), user)
        now = self._places.get(kernel_id)
        before = now.before if now else kernel.provisioner
        self._asked[kernel_id] = Place(project, run["id"], user, variable, before)
        return run

    def _create(
        self, project: str, document: dict[str, Any], asked: KernelRequest, key: tuple[str, str], user: str
    ) -> Entity:
        wanted = function_document(asked.get("requirements") or ())
        function, _ = self._broker.catalogue.create("function", wanted, project=project, user=user, on_duplicate="keep")
        document["spec"]["function"] = function["key"]
        self._broker.secret_values.lend(project, *key)
        try:
            return self._broker.runs.create(project, document, user)
        except BaseException:
            self._broker.secret_values.take_back(project, key[0])
            raise

    async def move(self, kernel_id: str, run_id: str) -> None:
        """To the run that `start` has started, once it has opened its door. Returns when the way there is good; the kernel
        that there is ends soon after. Raises DHError, and then it stays."""
        kernel, place = self._kernel(kernel_id), self._asked.get(kernel_id)
        if place is None or place.run_id != run_id:
            raise NotFound(
                "This kernel is not on its way to that run.", "Ask for a place first: %dh kernel --profile NAME"
            )
        line = await self._line(kernel, place)
        address = Address(self._broker.url(), kernel._launch_args["env"]["DH_TOKEN"])
        provisioner = RunProvisioner(parent=kernel, kernel_id=kernel_id, kernel_spec=kernel.kernel_spec)
        try:
            told = {"base": address.base, "project": place.project}
            await provisioner.attach(line, f"store://{place.project}/run/{run_id}", told)
        except (OSError, DHError) as error:
            await self._leave(self._asked.pop(kernel_id, None))
            raise Unavailable(f"The kernel's run can't be reached: {error}.", "%dh logs RUN says more.") from error
        place.provisioner, place.asking = provisioner, Asking(line, address)
        del self._asked[kernel_id]
        self._soon(self._swap(kernel_id, kernel, place))

    async def back(self, kernel_id: str) -> None:
        """To this machine, soon. Raises Invalid if it is here."""
        kernel, place = self._kernel(kernel_id), self._places.get(kernel_id)
        if place is None:
            raise Invalid("This notebook's kernel runs on this machine.", "There is nowhere to come back from.")
        self._soon(self._return(kernel_id, kernel, place))

    def removed(self, kernel_id: str) -> None:
        """The kernel has ended: its run ends, too."""
        for places in (self._places, self._asked):
            if kernel_id in places:
                self._soon(self._leave(places.pop(kernel_id), "its notebook needs it no more"))

    async def close(self) -> None:
        """The server stops."""
        for kernel_id in self._places:
            self._manager.get_kernel(kernel_id).stop_restarter()
        for place in [*self._places.values(), *self._asked.values()]:
            await self._leave(place, "its server has stopped")
        self._places, self._asked = {}, {}
        for task in self._moving:
            task.cancel()

    # -- parts -------------------------------------------------------------------------------------------------------

    def _kernel(self, kernel_id: str) -> Any:
        if not kernel_id or kernel_id not in self._manager:
            raise Invalid(NOT_OURS, "In a script or a job: %dh run NAME --on kubernetes")
        return self._manager.get_kernel(kernel_id)

    def _check_can_be_reached(self, spec: Mapping[str, Any]) -> None:
        name = options_of({}, {}, spec, self._broker.profiles.get).get("executor", "local")
        if not hasattr(self._broker.executor(name), "reach"):
            raise Invalid(
                f"Kernels can't run on '{name}': nothing comes through to what runs there.", "Take another --on."
            )

    async def _line(self, kernel: Any, place: Place) -> Line:
        run = await self._broker.call(self._broker.catalogue.get, place.project, "run", place.run_id)
        folder = self._broker.runs.observe.folder(run)
        port = port_of(RunFolder(folder).read_metrics(0)[0])
        if port is None or run["status"].get("state") in FINISHED:
            raise Conflict(
                "The kernel's run has no open door (any more).", "%dh kernel --profile NAME asks for another."
            )
        executor: Any = self._broker.executor(run["spec"].get("executor", "local"))
        handle = handle_of(run["id"], run["status"]["attempt"])
        reach = functools.partial(self._broker.call, executor.reach, handle, folder, port)
        return Line(reach, kernel.session.key.decode())

    async def _swap(self, kernel_id: str, kernel: Any, place: Place) -> None:
        """As a restart, in another place."""
        assert place.provisioner is not None
        assert place.asking is not None
        before, self._places[kernel_id] = self._places.get(kernel_id), place
        place.tasks = [asyncio.create_task(self._watch_run(kernel_id, place))]
        place.asking.start()
        try:
            await self._restart(kernel, place.provisioner)
        except Exception:
            log.exception("kernel %s could not start elsewhere; it starts here again", kernel_id)
            await self._return(kernel_id, kernel, place)
            return
        await self._leave(before, "its notebook has moved on")
        if self._idle:
            place.tasks.append(asyncio.create_task(self._watch_idle(kernel_id, kernel)))

    async def _return(self, kernel_id: str, kernel: Any, place: Place) -> None:
        try:
            await self._restart(kernel, place.before)
        finally:
            if self._places.get(kernel_id) is place:
                del self._places[kernel_id]
            await self._leave(place, "its notebook is on the server's machine again")

    async def _restart(self, kernel: Any, provisioner: Any) -> None:
        """The kernel keeps its id, key and ports, so that who is connected finds it again. What runs in it now is cut off:
        the cells that wait would else run in the old one."""
        await kernel.shutdown_kernel(now=True, restart=True)
        kernel.provisioner = provisioner
        await kernel.start_kernel(**kernel._launch_args)
        kernel.execution_state, kernel.last_activity = "starting", _moment(self._now())
        self._tell(kernel, "restart")

    @staticmethod
    def _tell(kernel: Any, what: str) -> None:
        """To all who are connected, as Jupyter itself tells a kernel's restarts and death."""
        if kernel._restarter is not None:
            kernel._restarter._fire_callbacks(what)

    async def _watch_run(self, kernel_id: str, place: Place) -> None:
        """Its run may end by itself, or be stopped in the panel: then the kernel is dead."""
        with contextlib.suppress(NotFound):
            async for _ in follow(self._broker.runs, self._broker.call, place.project, place.run_id, -1):
                continue
        if self._broker.runs.closing or place.provisioner is None:
            return
        if self._places.get(kernel_id) is place and kernel_id in self._manager:
            self._manager.get_kernel(kernel_id).stop_restarter()
            place.provisioner.run_ended()
            self._soon(self._end(kernel_id))

    async def _watch_idle(self, kernel_id: str, kernel: Any) -> None:
        while (left := self._idle - (self._now() - kernel.last_activity.timestamp())) > 0 or _is_busy(kernel):
            await asyncio.sleep(max(left, 0.05) if not _is_busy(kernel) else min(self._idle, 60.0))
        log.info("kernel %s was idle for %g seconds, and is ended", kernel_id, self._idle)
        if kernel_id in self._places:
            kernel.stop_restarter()
            await self._leave(self._places.pop(kernel_id), f"nothing was executed for {self._idle / 60:g} minutes")
        self._soon(self._end(kernel_id))

    async def _end(self, kernel_id: str) -> None:
        """The kernel is gone; who looks at the notebook sees that, and can start another."""
        if kernel_id in self._manager:
            kernel = self._manager.get_kernel(kernel_id)
            await self._manager.shutdown_kernel(kernel_id, now=True)
            self._tell(kernel, "dead")

    async def _leave(self, place: Place | None, why: str = "it was not needed") -> None:
        """The run ends; the key with it."""
        if place is None:
            return
        for task in place.tasks:
            if task is not asyncio.current_task():
                task.cancel()
        if place.asking is not None:
            place.asking.close()
        if place.provisioner is None or not await place.provisioner.detach(why):
            with contextlib.suppress(
                NotFound, RuntimeError
            ):  # deleted; or the broker is closed, and the run ends alone
                await self._broker.call(self._broker.runs.stop, place.project, place.run_id, place.user)
        self._broker.secret_values.take_back(place.project, place.variable)

    def _soon(self, work: Any) -> None:
        task: asyncio.Task[None] = asyncio.ensure_future(work)
        self._moving.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._moving.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("a kernel could not be moved", exc_info=error)


def _is_busy(kernel: Any) -> bool:
    return bool(kernel.execution_state == "busy")


def _moment(seconds: float) -> Any:
    from datetime import datetime

    return datetime.fromtimestamp(seconds, UTC)
