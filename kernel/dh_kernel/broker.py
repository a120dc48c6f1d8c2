"""Where the broker is: told by the Jupyter server, or written in the home folder. `launch.py` starts one if there is none."""

from __future__ import annotations

import json
import os
import stat
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from .errors import Forbidden

URL_VARIABLE = "DH_SERVER_URL"
TOKEN_VARIABLE = "DH_TOKEN"
HOME_VARIABLE = "DH_HOME"
PROBE_TIMEOUT = 5.0


@dataclass(frozen=True)
class Address:
    """A broker's address: `url` is that of its `/dh` routes, without a slash at the end."""

    url: str
    token: str
    how: str = "told by the Jupyter server"  # for `%dh doctor`

    @property
    def path(self) -> str:
        """The path part of `url`."""
        return urlsplit(self.url).path

    def __repr__(self) -> str:
        return f"Address({self.url})"  # the token stays out of outputs and logs


def home() -> Path:
    """The home folder: DH_HOME, else the nearest `.dh/` upwards from here, else `~/.dh`. It need not exist."""
    named = os.environ.get(HOME_VARIABLE)
    if named:
        return Path(named).expanduser().absolute()
    here = Path.cwd()
    for folder in (here, *here.parents):
        if (folder / ".dh").is_dir():
            return folder / ".dh"
    return Path.home() / ".dh"


def told_broker() -> Address | None:
    """What our server extension has put into the kernel's environment."""
    url, token = os.environ.get(URL_VARIABLE), os.environ.get(TOKEN_VARIABLE)
    return Address(routes_url(url), token) if url and token else None


def written_broker(folder: Path) -> Address | None:
    """The broker that `broker.json` names, if it is alive and answers. Raises Forbidden if others can read the file."""
    path = folder / "broker.json"
    try:
        _check_private(path)
        written = json.loads(path.read_text(encoding="utf-8"))
        address = Address(routes_url(written["url"]), written["token"], f"written in {path}")
        alive = is_alive(int(written["pid"]))
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return None
    return address if alive and answers(address) else None


def routes_url(url: str) -> str:
    """The URL of the `/dh` routes, from that of the server or of the routes themselves."""
    base = url.rstrip("/")
    return base if base.endswith("/dh") else f"{base}/dh"


def _check_private(path: Path) -> None:
    """It holds a token: a file that others can read is not trusted, nor one that another user wrote."""
    facts = path.stat()
    mine = not hasattr(os, "getuid") or facts.st_uid == os.getuid()
    if os.name == "posix" and (stat.S_IMODE(facts.st_mode) & 0o077 or not mine):
        raise Forbidden(f"{path} can be read or written by others.", f"chmod 600 {path}, or remove it and try again.")


def is_alive(pid: int) -> bool:
    """Whether a process of that number exists."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def answers(address: Address) -> bool:
    """Whether a broker answers there, and takes the token."""
    import http.client

    parts = urlsplit(address.url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.hostname or "localhost", parts.port, timeout=PROBE_TIMEOUT)
    try:
        connection.request("GET", f"{address.path}/api/auth", headers={"Authorization": f"Bearer {address.token}"})
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
