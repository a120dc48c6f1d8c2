"""GET pods/NAME/log: checks the request, then passes it on to the kubelet of the pod's node."""

import ssl
from pathlib import Path

import aiohttp
from aiohttp import web

from .errors import ApiError, bad_request, not_found
from .objects import Object, field
from .resources import NODES, Key
from .store import Store

NO_TIMEOUT = aiohttp.ClientTimeout(total=None)


class PodLogs:
    def __init__(self, store: Store, pki: Path) -> None:
        self._store = store
        self._tls = ssl.create_default_context(cafile=str(pki / "ca.crt"))
        client = pki / "apiserver-kubelet-client"
        self._tls.load_cert_chain(client.with_suffix(".crt"), client.with_suffix(".key"))

    async def answer(self, request: web.Request, key: Key) -> web.StreamResponse:
        pod = self._store.require(key)
        container = _container(pod, request.query.get("container", ""))
        node_name = pod["spec"].get("nodeName")
        if not node_name:
            return web.Response(status=204)  # not scheduled yet: an empty log
        node = self._store.get(Key(NODES, "", node_name))
        if node is None:
            raise not_found(Key(NODES, "", node_name)._replace(resource=key.resource))
        port = field(node, "status.daemonEndpoints.kubeletEndpoint.Port")
        url = f"https://127.0.0.1:{port}/containerLogs/{key.namespace}/{key.name}/{container}"
        options = {name: value for name, value in request.query.items() if name != "container"}
        return await self._relay(request, url, options)

    async def _relay(self, request: web.Request, url: str, options: dict[str, str]) -> web.StreamResponse:
        connector = aiohttp.TCPConnector(ssl=self._tls)
        try:
            async with (
                aiohttp.ClientSession(connector=connector, timeout=NO_TIMEOUT) as session,
                session.get(url, params=options) as upstream,
            ):
                if upstream.status != 200:
                    raise _kubelet_refusal(upstream.status, await upstream.text())
                response = web.StreamResponse(headers={"Content-Type": "text/plain"})
                await response.prepare(request)
                async for chunk in upstream.content.iter_any():
                    await response.write(chunk)
                return response
        except aiohttp.ClientConnectorError as error:
            message = f"Get {url!r}: dial tcp: {error.strerror}"
            raise ApiError(500, "InternalError", message) from None


def _container(pod: Object, asked: str) -> str:
    spec = pod["spec"]
    names = [item["name"] for item in (spec.get("initContainers") or []) + spec["containers"]]
    name = pod["metadata"]["name"]
    if not asked and len(names) > 1:
        raise bad_request(f"a container name must be specified for pod {name}, choose one of: [{' '.join(names)}]")
    if asked and asked not in names:
        raise bad_request(f"container {asked} is not valid for pod {name}")
    return asked or names[0]


def _kubelet_refusal(status: int, text: str) -> ApiError:
    return ApiError(status, "BadRequest" if status == 400 else "NotFound", text.strip())
