"""One pod on this node, from the first sight of it to its deletion."""

import asyncio
import contextlib
import logging
import re
import shutil
import signal
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import aiohttp

from .api import ApiClient, ApiError, Object
from .container import Container, Machine
from .environment import environment_of, gpu_count
from .gpus import Gpus
from .status import pod_status, terminated, timestamp, waiting
from .volumes import MissingReference, References, Volumes

log = logging.getLogger(__name__)

LONGEST_BACKOFF = 300.0
RETRY_SECONDS = 1.0  # for references that are missing
IMAGE_SECONDS = 1.0  # from ErrImagePull to ImagePullBackOff
SERVER_RETRY_SECONDS = 0.5
DEADLINE_GRACE = 2
DEADLINE_MESSAGE = "Pod was active on the node longer than the specified deadline"
T = TypeVar("T")
LOST_MESSAGE = "The container could not be located when the pod was terminated"


@dataclass(frozen=True)
class Host:
    """What a pod needs to know of its node."""

    node: str
    api: ApiClient
    machine: Machine
    folder: Path
    gpus: Gpus
    absent_images: re.Pattern[str]
    restart_backoff: float


class Stopped(Exception):
    """The pod is to end: deleted, or over its deadline."""


class Pod:
    def __init__(self, manifest: Object, host: Host) -> None:
        self.manifest = manifest
        self.finished = False
        self._host = host
        self._folder = host.folder / "pods" / self.uid
        self._folder.mkdir(parents=True, exist_ok=True)
        self._init_containers = self._make_containers("initContainers")
        self._containers = self._make_containers("containers")
        self._started_at = timestamp()
        self._stop_reason = ""
        self._stop = asyncio.Event()
        self._stopping: asyncio.Task[None] | None = None
        self.gone = False

    @property
    def uid(self) -> str:
        return self.manifest["metadata"]["uid"]

    @property
    def name(self) -> str:
        return self.manifest["metadata"]["name"]

    @property
    def namespace(self) -> str:
        return self.manifest["metadata"]["namespace"]

    @property
    def terminating(self) -> bool:
        return bool(self.manifest["metadata"].get("deletionTimestamp"))

    def container(self, name: str) -> Container | None:
        everyone = self._init_containers + self._containers
        return next((item for item in everyone if item.state.name == name), None)

    def update(self, manifest: Object) -> None:
        """A newer version of the object; a deletion begins to stop the pod."""
        self.manifest = manifest
        if self.terminating and not self._stop_reason:
            self.stop("Deleted", manifest["metadata"].get("deletionGracePeriodSeconds", 30))

    def vanish(self) -> None:
        """The object is gone (deleted by force): end at once, report nothing."""
        self.gone = True
        self.stop("Deleted", 0)

    def stop(self, reason: str, grace: float) -> None:
        self._stop_reason = reason
        self._stop.set()
        self._stopping = asyncio.create_task(self._signal_containers(grace))

    def kill(self) -> None:
        for container in self._init_containers + self._containers:
            container.signal(signal.SIGKILL)

    async def run(self) -> None:
        phase, why = "Failed", {}
        try:
            if self.manifest["status"].get("phase") == "Running":
                self._lose_containers()  # of a kubelet before us
            else:
                phase = await self._live()
        except Stopped:
            pass
        except (ApiError, OSError, KeyError, ValueError) as error:
            log.exception("pod %s", self.name)
            why = {"reason": "Error", "message": str(error)}
        self._host.gpus.release(self.uid)
        if self._stop_reason == "DeadlineExceeded":
            phase, why = "Failed", {"reason": "DeadlineExceeded", "message": DEADLINE_MESSAGE}
        await self._report(phase, **why)
        self.finished = True

    async def confirm_deletion(self) -> None:
        """Tells the API server that nothing of the pod runs any more, and forgets its files."""
        if not self.gone:
            precondition = {"gracePeriodSeconds": 0, "preconditions": {"uid": self.uid}}
            await self._insist(lambda: self._host.api.delete(self._path, precondition))
        shutil.rmtree(self._folder, ignore_errors=True)

    async def _live(self) -> str:
        """Runs its containers; the phase it ended in."""
        spec = self.manifest["spec"]
        await self._pull_images()
        volumes = await self._until_found(self._make_volumes, self._report_failed_mount)
        policy = spec.get("restartPolicy", "Always")
        init_policy = "Never" if policy == "Never" else "OnFailure"
        deadline = self._start_deadline(spec.get("activeDeadlineSeconds"))
        try:
            for container in self._init_containers:
                if await self._run_container(container, volumes, init_policy, "Pending"):
                    return "Failed"
            codes = await self._run_together(volumes, policy)
        finally:
            if deadline:
                deadline.cancel()
        return "Failed" if any(codes) else "Succeeded"

    async def _run_together(self, volumes: dict[str, Path], policy: str) -> list[int]:
        runs = (self._run_container(container, volumes, policy, "Running") for container in self._containers)
        results = await asyncio.gather(*runs, return_exceptions=True)
        for result in results:
            if isinstance(result, BaseException):
                raise result
        return [code for code in results if isinstance(code, int)]

    async def _run_container(self, container: Container, volumes: dict[str, Path], policy: str, phase: str) -> int:
        """Runs and restarts it as the policy says; the last exit code."""
        environment = await self._until_found(
            lambda: self._environment(container),
            lambda error: self._report_config_error(container, error),
        )

        async def started() -> None:
            if self._stop_reason:  # between the last check and the start
                container.signal(signal.SIGKILL)
            await self._report(phase)

        while True:
            self._check_stop()
            code = await container.run(volumes, environment, started)
            if self._stop_reason or policy == "Never" or (policy == "OnFailure" and code == 0):
                return code
            await self._back_off(container)

    async def _back_off(self, container: Container) -> None:
        state = container.state
        delay = min(self._host.restart_backoff * 2**state.restarts, LONGEST_BACKOFF)
        state.last_state = state.state
        state.state = waiting("CrashLoopBackOff", f"back-off {delay:g}s restarting failed container")
        await self._report("Running")
        await self._pause(delay)
        state.restarts += 1

    async def _pull_images(self) -> None:
        """Nothing is pulled; an image that matches the node's `absent_images` never arrives."""
        images = [container.spec["image"] for container in self._containers]
        absent = [image for image in images if self._host.absent_images.search(image)]
        if not absent:
            return
        failed = f'Failed to pull image "{absent[0]}": not found'
        await self._wait_for_image("ErrImagePull", failed)
        await self._event("Warning", "Failed", failed)
        await self._pause(IMAGE_SECONDS)
        back_off = f'Back-off pulling image "{absent[0]}"'
        await self._wait_for_image("ImagePullBackOff", back_off)
        await self._event("Normal", "BackOff", back_off)
        await self._stop.wait()
        raise Stopped

    async def _wait_for_image(self, reason: str, message: str) -> None:
        for container in self._containers:
            container.state.state = waiting(reason, message)
        await self._event("Warning", "Failed", f"Error: {reason}")
        await self._report("Pending")

    async def _make_volumes(self) -> dict[str, Path]:
        claims = self._host.folder.parent / "claims"  # of all nodes, as a network's volume
        folder = self._folder / "volumes"
        return await Volumes(self._host.api, self.manifest, folder, claims).make()

    async def _environment(self, container: Container) -> dict[str, str]:
        references = References(self._host.api, self.namespace)
        gpus = self._host.gpus.take(self.uid, container.state.name, gpu_count(container.spec))
        server = self._host.api.server
        return await environment_of(container.spec, self.manifest, references, gpus, server)

    async def _until_found(
        self,
        attempt: Callable[[], Awaitable[T]],
        complain: Callable[[str], Awaitable[None]],
    ) -> T:
        """Tries until what the pod refers to exists; complains about the first failure."""
        complained = False
        while True:
            try:
                return await attempt()
            except MissingReference as error:
                if not complained:
                    await complain(str(error))
                    complained = True
            except aiohttp.ClientError:
                pass  # the API server is away
            await self._pause(RETRY_SECONDS)

    async def _report_failed_mount(self, error: str) -> None:
        await self._event("Warning", "FailedMount", f"MountVolume.SetUp failed for volume: {error}")
        await self._report("Pending")

    async def _report_config_error(self, container: Container, error: str) -> None:
        container.state.state = waiting("CreateContainerConfigError", error)
        await self._event("Warning", "Failed", f"Error: {error}")
        await self._report("Pending")

    def _start_deadline(self, limit: int | None) -> asyncio.TimerHandle | None:
        if limit is None:
            return None

        def expire() -> None:
            if not self._stop_reason:
                self.stop("DeadlineExceeded", DEADLINE_GRACE)

        return asyncio.get_running_loop().call_later(limit, expire)

    async def _signal_containers(self, grace: float) -> None:
        if grace:
            for container in self._init_containers + self._containers:
                container.signal(signal.SIGTERM)
            await asyncio.sleep(grace)
        self.kill()

    async def _pause(self, seconds: float) -> None:
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(self._stop.wait(), seconds)
        self._check_stop()

    def _check_stop(self) -> None:
        if self._stop_reason:
            raise Stopped

    def _lose_containers(self) -> None:
        for container in self._init_containers + self._containers:
            lost = terminated(137, "ContainerStatusUnknown", self._started_at, LOST_MESSAGE)
            container.state.state = lost

    def _make_containers(self, group: str) -> list[Container]:
        specs = self.manifest["spec"].get(group) or []
        return [Container(spec, self.manifest, self._folder, self._host.machine) for spec in specs]

    @property
    def _path(self) -> str:
        return f"/api/v1/namespaces/{self.namespace}/pods/{self.name}"

    async def _report(self, phase: str, **why: str) -> None:
        if self.gone:
            return
        states = [container.state for container in self._containers]
        init_states = [container.state for container in self._init_containers]
        status = pod_status(self.manifest, phase, states, init_states, self._started_at)
        body = {"metadata": {"uid": self.uid}, "status": {**status, **why}}
        await self._insist(lambda: self._host.api.patch(f"{self._path}/status", body))

    async def _event(self, kind: str, reason: str, message: str) -> None:
        about = {"kind": "Pod", "apiVersion": "v1", "namespace": self.namespace}
        about |= {"name": self.name, "uid": self.uid}
        event = {
            "metadata": {"generateName": f"{self.name[:50]}."},
            "involvedObject": about,
            "type": kind,
            "reason": reason,
            "message": message,
            "firstTimestamp": timestamp(),
            "lastTimestamp": timestamp(),
            "count": 1,
            "source": {"component": "kubelet", "host": self._host.node},
        }
        path = f"/api/v1/namespaces/{self.namespace}/events"
        await self._insist(lambda: self._host.api.post(path, event))

    async def _insist(self, request: Callable[[], Awaitable[Object]]) -> None:
        """Repeats while the API server is away; an answer that the object is gone is an answer."""
        while True:
            try:
                await request()
                return
            except ApiError as error:
                if error.status < 500:
                    if error.status not in (404, 409):
                        log.warning("pod %s: %s", self.name, error)
                    return
            except (aiohttp.ClientError, OSError):
                pass
            await asyncio.sleep(SERVER_RETRY_SECONDS)
