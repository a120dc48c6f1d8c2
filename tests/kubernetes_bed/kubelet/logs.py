"""The part of the kubelet's HTTPS API that the API server uses: container logs, with follow."""

import asyncio
import datetime
import os
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from aiohttp import web

from ..forwarding import forward
from .pod import Pod
from .status import ContainerState

FOLLOW_SECONDS = 0.05
NO_LIMIT = 1 << 60
FindPod = Callable[[str, str], Pod | None]


@dataclass(frozen=True)
class Selection:
    """Which part of a log is wanted; `since` is a timestamp, compared as text."""

    follow: bool = False
    previous: bool = False
    timestamps: bool = False
    since: str = ""
    tail: int | None = None
    limit: int = NO_LIMIT

    @classmethod
    def of(cls, query: Mapping[str, str]) -> "Selection":
        since = query.get("sinceTime", "")
        if "sinceSeconds" in query:
            ago = datetime.timedelta(seconds=int(query["sinceSeconds"]))
            since = (datetime.datetime.now(datetime.UTC) - ago).strftime("%Y-%m-%dT%H:%M:%S")
        return cls(
            follow=query.get("follow") == "true",
            previous=query.get("previous") == "true",
            timestamps=query.get("timestamps") == "true",
            since=since.removesuffix("Z"),
            tail=int(query["tailLines"]) if "tailLines" in query else None,
            limit=int(query.get("limitBytes", NO_LIMIT)),
        )

    def first(self, lines: list[bytes]) -> list[bytes]:
        """What is wanted of the lines that are there when the request comes."""
        recent = [line for line in lines if line.split(b" ", 1)[0].decode() >= self.since]
        if self.tail is None:
            return recent
        return recent[-self.tail :] if self.tail else []

    def shown(self, line: bytes) -> bytes:
        return line if self.timestamps else line.split(b" ", 1)[1]


async def serve_logs(pki: Path, identity: str, port: int, find_pod: FindPod) -> web.AppRunner:
    """Clients need a certificate of the bed's CA, as the API server has."""
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=str(pki / "ca.crt"))
    tls.load_cert_chain(pki / f"{identity}.crt", pki / f"{identity}.key")
    tls.verify_mode = ssl.CERT_REQUIRED

    async def answer(request: web.Request) -> web.StreamResponse:
        return await _answer(request, find_pod)

    async def answer_forward(request: web.Request) -> web.StreamResponse:
        if find_pod(request.match_info["namespace"], request.match_info["pod"]) is None:
            return web.Response(status=404, text=f'pod "{request.match_info["pod"]}" not found')
        return await forward(request, int(request.query["port"]))

    application = web.Application()
    application.router.add_get("/containerLogs/{namespace}/{pod}/{container}", answer)
    application.router.add_get("/portForward/{namespace}/{pod}", answer_forward)
    runner = web.AppRunner(application, access_log=None, handler_cancellation=True, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port, ssl_context=tls).start()
    return runner


async def _answer(request: web.Request, find_pod: FindPod) -> web.StreamResponse:
    wanted = request.match_info
    pod = find_pod(wanted["namespace"], wanted["pod"])
    container = pod and pod.container(wanted["container"])
    if not container:
        return web.Response(status=404, text=f'pod "{wanted["pod"]}" not found')
    state, selection = container.state, Selection.of(request.query)
    where = f'container "{wanted["container"]}" in pod "{wanted["pod"]}"'
    if selection.previous and len(state.log_files) < 2:
        return web.Response(status=400, text=f"previous terminated {where} not found")
    if not state.log_files:
        return web.Response(status=400, text=f"{where} is waiting to start: {_why(state)}")
    response = web.StreamResponse(headers={"Content-Type": "text/plain"})
    await response.prepare(request)
    try:
        path = state.log_files[-2 if selection.previous else -1]
        with path.open("rb") as file:
            await _send(
                response,
                file,
                selection,
                lambda: not state.running or not os.path.samestat(path.stat(), os.fstat(file.fileno())),
            )
    except ConnectionResetError:
        pass  # the reader left
    return response


async def _send(
    response: web.StreamResponse, file: BinaryIO, selection: Selection, is_over: Callable[[], bool]
) -> None:
    """Until nothing more is written to the file: its container has ended, or it was rotated away."""
    left = selection.limit
    lines = selection.first(file.readlines())
    while True:
        for line in lines:
            part = selection.shown(line)[:left]
            await response.write(part)
            left -= len(part)
            if left <= 0:
                return
        over = is_over()  # asked before the last read, so that nothing is missed
        lines = file.readlines()
        if not lines:
            if over or selection.previous or not selection.follow:
                return
            await asyncio.sleep(FOLLOW_SECONDS)


def _why(state: ContainerState) -> str:
    reason = state.state.get("waiting", {}).get("reason", "ContainerCreating")
    pulling = reason in ("ErrImagePull", "ImagePullBackOff")
    return "trying and failing to pull image" if pulling else reason
