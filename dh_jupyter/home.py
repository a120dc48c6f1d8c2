"""The home folder: where it is, that nobody else can read it, and `broker.json`, by which clients find the broker."""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path

from dh_kernel._version import __version__
from dh_kernel.broker import HOME_VARIABLE


def home_folder(configured: str, root: Path) -> Path:
    """The configured folder, else DH_HOME, else `.dh` in the server's root folder."""
    named = configured or os.environ.get(HOME_VARIABLE)
    return Path(named).expanduser().absolute() if named else root.expanduser().absolute() / ".dh"


def make_private(home: Path) -> None:
    """Create the folder, for its owner alone."""
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    home.chmod(0o700)


def write_address(home: Path, url: str, token: str) -> None:
    """Write broker.json, 0600 and at once complete."""
    document = {"url": url, "token": token, "pid": os.getpid(), "version": __version__, "home": str(home)}
    handle, name = tempfile.mkstemp(prefix=".broker-", dir=home)  # made 0600
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        json.dump(document, file)
    os.replace(name, home / "broker.json")


def remove_address(home: Path, token: str) -> None:
    """Remove broker.json, if it still names us."""
    path = home / "broker.json"
    try:
        written = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return
    if isinstance(written, dict) and written.get("token") == token:
        path.unlink(missing_ok=True)
