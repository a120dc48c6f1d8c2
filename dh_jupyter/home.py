"""The home folder: where it is, that nobody else can read it, and `broker.json`, by which clients find the broker."""

from __future__ import annotations

import json
import os
import tempfile
import uuid
from pathlib import Path

from dh_kernel._version import __version__
from dh_kernel.broker import HOME_VARIABLE, is_alive

PLACE = "place.json"
IDENTITY = "identity"


def home_folder(configured: str, root: Path) -> Path:
    """The configured folder, else DH_HOME, else `.dh` in the server's root folder."""
    named = configured or os.environ.get(HOME_VARIABLE)
    return Path(named).expanduser().absolute() if named else root.expanduser().absolute() / ".dh"


def make_private(home: Path) -> None:
    """Create the folder, for its owner alone."""
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    home.chmod(0o700)


def moved_from(home: Path) -> str | None:
    """Where the home lay when a broker last worked in it, if that was elsewhere."""
    try:
        place = json.loads((home / PLACE).read_text(encoding="utf-8"))["path"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return str(place) if place != str(home) else None


def note_place(home: Path) -> None:
    """Remember where the home lies now."""
    document = json.dumps({"path": str(home)})
    place = home / PLACE
    if not place.exists() or place.read_text(encoding="utf-8") != document:
        made = home / f".{PLACE}-{os.getpid()}"
        made.write_text(document, encoding="utf-8")
        os.replace(made, place)


def identity_of(home: Path) -> str:
    """Which home it is, wherever it lies: made once, by the broker that is first."""
    path = home / IDENTITY
    if not path.exists():
        made = home / f".{IDENTITY}-{os.getpid()}-{uuid.uuid4().hex[:8]}"
        made.write_text(uuid.uuid4().hex, encoding="utf-8")
        try:
            os.link(made, path)  # fails if another broker was faster, and is there whole
        except FileExistsError:
            pass
        except OSError:  # a disk that knows no links
            os.replace(made, path)
        made.unlink(missing_ok=True)
    return path.read_text(encoding="utf-8").strip()


def other_broker(home: Path) -> int | None:
    """The process of another broker that lives on this home, as broker.json says."""
    try:
        pid = int(json.loads((home / "broker.json").read_text(encoding="utf-8"))["pid"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return pid if pid != os.getpid() and is_alive(pid) else None


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
