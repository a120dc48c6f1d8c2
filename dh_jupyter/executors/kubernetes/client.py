"""Requests to the API server: JSON in, JSON out. Kubernetes' own client finds the address and the credentials, no more.

Its models check every field of every object by themselves, at a cost that a watch of a thousand pods can't bear, and they
know only the fields of their own version.
"""

from __future__ import annotations

import contextlib
import copy
import importlib
import json
import random
import socket
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlencode

import urllib3

from dh_kernel.errors import Invalid, NotInstalled, Unavailable

from .clock import Clock
from .refusals import Refused
from .settings import KubernetesSettings

if TYPE_CHECKING:
    from urllib3.response import BaseHTTPResponse, HTTPResponse

    from .forwarding import Forwarder

Object = dict[str, Any]
JSON = "application/json"
STRATEGIC = "application/strategic-merge-patch+json"

CONNECT, READ = 10.0, 30.0  # seconds
TRIES = 5
_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 20.0
_ACCOUNT = Path("/var/run/secrets/kubernetes.io/serviceaccount/namespace")


class Unreachable(Exception):
    """No answer came."""


class Client:
    """One cluster, by one identity. Thread-safe. `close` ends pauses between tries."""

    def __init__(self, settings: KubernetesSettings) -> None:
        """Raises NotInstalled or Invalid. Asks the cluster nothing yet."""
        self._configuration, self.namespace = _configured(settings)
        self._pool: urllib3.PoolManager = _pool(self._configuration)
        self.clock = Clock()
        self._as = ""
        self._versions: list[tuple[int, int]] = []  # of the server, once it was asked; all that act for others share it
        self._closing = threading.Event()
        self._open: set[Lines] = set()
        self._forwarder: Forwarder | None = None

    def close(self) -> None:
        """Give up what is waited for, and what is read."""
        self._closing.set()
        for lines in self._open.copy():
            lines.stop()
        if self._forwarder is not None:
            self._forwarder.close()
        self._pool.clear()

    def reach(self, pod: str, port: int) -> socket.socket:
        """A connection to a port of a pod, on its loopback address. Raises Refused or Unavailable."""
        from .forwarding import Forwarder

        if self._forwarder is None:
            self._forwarder = Forwarder(self._configuration, self._authorization)
        return self._forwarder.connect(self.path("pods", pod), port)

    def acting_for(self, account: str) -> Client:
        """The same cluster, asked as somebody else by whoever may do that; empty: as ourselves."""
        other = copy.copy(self)
        other._as = account
        return other

    @property
    def version(self) -> tuple[int, int]:
        """The server's, e.g. (1, 31): asked once, whoever asks."""
        if not self._versions:
            said = self.call("GET", "/version")
            self._versions.append((int(said["major"]), int("".join(filter(str.isdigit, said["minor"])))))
        return self._versions[0]

    def path(self, plural: str, name: str = "", *, group: str = "") -> str:
        """Of objects in our namespace: `pods`, or with a group like `batch/v1`."""
        base = f"/apis/{group}" if group else "/api/v1"
        return f"{base}/namespaces/{self.namespace}/{plural}{f'/{name}' if name else ''}"

    # -- one request -------------------------------------------------------------------------------------------------

    def once(
        self, method: str, path: str, body: Any = None, *, kind: str = JSON, query: Mapping[str, Any] | None = None
    ) -> Object:
        """The answer. Raises Refused or Unreachable."""
        response = self._request(method, path, body, kind, query, stream=False)
        data = response.data
        if response.status >= 300:
            raise Refused.of(response.status, data, response.headers)
        try:
            return json.loads(data)  # type: ignore[no-any-return]
        except ValueError as error:
            raise Unreachable(f"what answered is no Kubernetes: {data[:100]!r}") from error

    def call(
        self, method: str, path: str, body: Any = None, *, kind: str = JSON, query: Mapping[str, Any] | None = None
    ) -> Object:
        """As `once`, and again after a pause where that may help: only for what may be done twice. Raises the last."""
        for number in range(TRIES):
            try:
                return self.once(method, path, body, kind=kind, query=query)
            except (Refused, Unreachable) as error:
                if number == TRIES - 1 or not _may_go_well_later(error) or self.pause(number, error):
                    raise
        raise AssertionError("unreachable")

    def pause(self, number: int, error: Exception | None = None) -> bool:
        """Wait before the next try: longer each time, by chance so that not all come back at once, or as long as the server
        says. True if we are being closed."""
        told = error.retry_after if isinstance(error, Refused) else None
        longest = min(_LONGEST_PAUSE, _FIRST_PAUSE * 2**number)
        return self._closing.wait(told if told is not None else random.uniform(longest / 2, longest))

    @contextlib.contextmanager
    def lines(self, path: str, query: Mapping[str, Any], read_timeout: float) -> Iterator[Lines]:
        """A streamed answer. Raises Refused or Unreachable, also while it is read."""
        response = self._request("GET", path, None, JSON, query, stream=True, read_timeout=read_timeout)
        lines = Lines(cast("HTTPResponse", response))
        self._open.add(lines)
        try:
            if response.status >= 300:
                raise Refused.of(response.status, response.read(), response.headers)
            if self._closing.is_set():
                lines.stop()
            yield lines
        finally:
            self._open.discard(lines)
            with contextlib.suppress(Exception):  # it may be broken already, in as many ways as there are
                response.close()

    def _request(
        self,
        method: str,
        path: str,
        body: Any,
        kind: str,
        query: Mapping[str, Any] | None,
        *,
        stream: bool,
        read_timeout: float = READ,
    ) -> BaseHTTPResponse:
        try:
            response = self._pool.request(
                method,
                f"{self._configuration.host}{path}{'?' + urlencode(query) if query else ''}",
                body=None if body is None else json.dumps(body).encode(),
                headers={"Accept": JSON, "Content-Type": kind, "User-Agent": "dh-jupyter", **self._authorization()},
                timeout=urllib3.Timeout(connect=CONNECT, read=read_timeout),
                retries=False,
                redirect=False,
                preload_content=not stream,
            )
        except (urllib3.exceptions.HTTPError, OSError) as error:
            raise Unreachable(reason_of(error)) from error
        self.clock.hear(response.headers.get("Date"))
        return response

    def _authorization(self) -> dict[str, str]:
        """Asked each time: a token may have been renewed."""
        found = self._configuration.auth_settings().get("BearerToken")
        ours = {"Authorization": str(found["value"])} if found else {}
        return {**ours, "Impersonate-User": self._as} if self._as else ours


class Lines:
    """Whole lines of an answer as they come, without their ends. `stop` may be called from another thread."""

    def __init__(self, response: HTTPResponse) -> None:
        self._response = response

    def __iter__(self) -> Iterator[bytes]:
        for batch in self.batches():
            yield from batch

    def batches(self) -> Iterator[list[bytes]]:
        """The lines that came together; the last one may be unfinished."""
        rest = b""
        try:
            while chunk := self._response.read1(1 << 16):  # what has come; `stream` would wait for so much
                *whole, rest = (rest + chunk).split(b"\n")
                if whole:
                    yield whole
        except (urllib3.exceptions.HTTPError, OSError, ValueError, AttributeError) as error:  # the last two: `stop`
            raise Unreachable(reason_of(error)) from error
        if rest:
            yield [rest]

    def stop(self) -> None:
        """End the reading."""
        with contextlib.suppress(Exception):  # whatever is wrong with the connection, it is not read any more
            self._response.shutdown()


def reason_of(error: BaseException) -> str:
    """The innermost cause, in a few words."""
    inner = getattr(error, "reason", None)
    text = str(inner if isinstance(inner, BaseException) else error)
    return text.rpartition(": ")[2].strip("<>()' ") or type(error).__name__


def _may_go_well_later(error: Exception) -> bool:
    return isinstance(error, Unreachable) or (isinstance(error, Refused) and error.may_go_well_later)


def _configured(settings: KubernetesSettings) -> tuple[Any, str]:
    """The client's configuration, and our namespace: a kubeconfig's if there is one, else that of the pod we are in."""
    try:
        config: Any = importlib.import_module("kubernetes.config")
    except ImportError as error:
        raise NotInstalled(
            "Runs on Kubernetes need the package kubernetes.", "pip install 'dh-jupyter[kubernetes]'"
        ) from error
    configuration: Any = importlib.import_module("kubernetes.client").Configuration()
    configuration.keep_alive = True  # a connection whose other end is gone is noticed
    try:
        if settings.kubeconfig or not _ACCOUNT.exists():
            _check_there_is_one(settings, config.KUBE_CONFIG_DEFAULT_LOCATION)
            options = {"config_file": settings.kubeconfig or None, "context": settings.context or None}
            config.load_kube_config(client_configuration=configuration, **options)
            return configuration, settings.namespace or _namespace_of(config, options)
        config.load_incluster_config(client_configuration=configuration)
        return configuration, settings.namespace or _ACCOUNT.read_text().strip()
    except (config.ConfigException, OSError, ValueError) as error:
        raise Invalid(
            f"The kubeconfig can't be used: {error}.", "Mend it: kubectl get pods says whether it works."
        ) from error


def _check_there_is_one(settings: KubernetesSettings, standard: str) -> None:
    paths = [settings.kubeconfig] if settings.kubeconfig else standard.split(":")
    if not any(Path(path).expanduser().exists() for path in paths):
        raise Unavailable(
            f"There is no cluster to run on: no kubeconfig at {' or '.join(paths)}.",
            "Set KUBECONFIG or c.DhExtension.kubernetes_kubeconfig, then start the server again.",
        )


def _namespace_of(config: Any, options: Mapping[str, Any]) -> str:
    contexts, active = config.list_kube_config_contexts(config_file=options["config_file"])
    named = next((one for one in contexts if one["name"] == options["context"]), active)
    return str(named["context"].get("namespace") or "default")


def _pool(configuration: Any) -> urllib3.PoolManager:
    configuration.connection_pool_maxsize = 32
    connected: Any = importlib.import_module("kubernetes.client").ApiClient(configuration)
    return connected.rest_client.pool_manager  # type: ignore[no-any-return]
