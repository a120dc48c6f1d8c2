"""What a control plane of the bed is, and what the two have in common."""

import ssl
import urllib.error
import urllib.request
from pathlib import Path
from typing import Protocol

from .certs import ADMIN_TOKEN


class Plane(Protocol):
    """A control plane on loopback. `server` is its URL, known before it starts."""

    server: str

    def start(self) -> None:
        """Returns when the API answers and the default service account exists."""

    def stop_apiserver(self) -> None:
        """An outage: connections break and are refused; what is stored stays."""

    def start_apiserver(self) -> None:
        """Ends the outage. Watches from before it answer 410 Expired."""


class PlaneNotBuilt(Exception):
    """The real plane's programs are not there; the message says how to get them."""


def answers(server: str, pki: Path, path: str, method: str = "GET") -> bool:
    """Whether the administrator gets a 200 from the API server."""
    headers = {"Authorization": f"Bearer {ADMIN_TOKEN}"}
    request = urllib.request.Request(server + path, headers=headers, method=method)
    tls = ssl.create_default_context(cafile=str(pki / "ca.crt"))
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=tls))
    try:
        with opener.open(request, timeout=5) as response:
            return response.status == 200
    except (urllib.error.URLError, OSError):
        return False


DEFAULT_ACCOUNT = "/api/v1/namespaces/default/serviceaccounts/default"
