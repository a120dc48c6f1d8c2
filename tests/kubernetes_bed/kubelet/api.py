"""The kubelet's client: its own certificate, JSON in and out, a watch that reconnects."""

import asyncio
import json
import logging
import ssl
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aiohttp

log = logging.getLogger(__name__)

Object = dict[str, Any]
MERGE_PATCH = "application/merge-patch+json"
STRATEGIC_PATCH = "application/strategic-merge-patch+json"
WATCH_SECONDS = 300
RECONNECT_SECONDS = 0.3


class ApiError(Exception):
    def __init__(self, status: int, message: str) -> None:
        super().__init__(f"{status} {message}")
        self.status = status


class ApiClient:
    def __init__(self, server: str, pki: Path, identity: str) -> None:
        tls = ssl.create_default_context(cafile=str(pki / "ca.crt"))
        tls.load_cert_chain(pki / f"{identity}.crt", pki / f"{identity}.key")
        self.server = server
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(ssl=tls, limit=64),
            headers={"User-Agent": "process-kubelet"},
        )

    async def close(self) -> None:
        await self._session.close()

    async def get(self, path: str) -> Object:
        return await self._call("GET", path)

    async def post(self, path: str, body: Object) -> Object:
        return await self._call("POST", path, body)

    async def patch(self, path: str, body: Object, kind: str = STRATEGIC_PATCH) -> Object:
        return await self._call("PATCH", path, body, kind)

    async def delete(self, path: str, options: Object) -> Object:
        return await self._call("DELETE", path, options)

    async def follow(
        self,
        path: str,
        listed: Callable[[list[Object]], None],
        changed: Callable[[str, Object], None],
    ) -> None:
        """Forever: the list, then its changes; any error begins again with the list."""
        while True:
            try:
                page = await self.get(path)
                listed(page["items"])
                await self._watch(path, page["metadata"]["resourceVersion"], changed)
            except (ApiError, aiohttp.ClientError, OSError) as error:
                log.info("watch of %s: %r", path, error)
                await asyncio.sleep(RECONNECT_SECONDS)

    async def _watch(self, path: str, version: str, changed: Callable[[str, Object], None]) -> None:
        options = f"watch=1&allowWatchBookmarks=true&timeoutSeconds={WATCH_SECONDS}"
        url = f"{self.server}{path}&{options}&resourceVersion={version}"
        timeout = aiohttp.ClientTimeout(total=None)
        async with self._session.get(url, timeout=timeout) as response:
            rest = b""
            async for chunk in response.content.iter_any():
                *lines, rest = (rest + chunk).split(b"\n")
                for line in lines:
                    event = json.loads(line)
                    if event["type"] == "ERROR":
                        raise ApiError(event["object"]["code"], event["object"]["message"])
                    if event["type"] != "BOOKMARK":
                        changed(event["type"], event["object"])

    async def _call(self, method: str, path: str, body: Object | None = None, kind: str = "application/json") -> Object:
        data = None if body is None else json.dumps(body)
        headers = {"Content-Type": kind}
        async with self._session.request(method, self.server + path, data=data, headers=headers) as response:
            answer = await response.json(content_type=None)
            if response.status >= 300:
                raise ApiError(response.status, answer.get("message", ""))
            return answer
