"""Files that were downloaded, kept for the next time: each under what it is, never under where it was."""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from ..errors import Forbidden

MOST = 20 * 1024**3  # bytes; what was not used for longest goes first


def cache_folder() -> Path:
    """`cache/files` of the home, else of this user in the temporary folder."""
    home = os.environ.get("DH_HOME")
    if home:
        return Path(home) / "cache" / "files"
    uid = os.getuid() if hasattr(os, "getuid") else 0
    return Path(tempfile.gettempdir()) / f"dh-files-{uid}"


def cached(identity: str, name: str, fill: Callable[[Path], None]) -> Path:
    """The file or folder `name` of that identity (its URI and version); `fill` makes it at a path if it is not there."""
    root = cache_folder()
    place = root / hashlib.sha256(identity.encode()).hexdigest()[:32]
    found = place / name
    if not place.exists():
        _make_private(root)
        _made(root, place, name, fill)
    with contextlib.suppress(OSError):
        os.utime(place)
    return found


def _make_private(root: Path) -> None:
    """In the temporary folder anybody could have made it before us."""
    root.mkdir(mode=0o700, parents=True, exist_ok=True)
    if hasattr(os, "getuid") and root.stat().st_uid != os.getuid():
        raise Forbidden(f"{root} belongs to somebody else.", "Set DH_HOME to a folder of your own.")


def _made(root: Path, place: Path, name: str, fill: Callable[[Path], None]) -> None:
    with tempfile.TemporaryDirectory(prefix=".new-", dir=root) as folder:
        made = Path(folder) / "made"
        made.mkdir()
        fill(made / name)
        with contextlib.suppress(OSError):  # another process was faster: it has the same
            os.rename(made, place)
    prune(root, keep=place)


def prune(root: Path, keep: Path, most: int = MOST) -> None:
    """Remove what was not used for longest until the rest has at most `most` bytes."""
    found = []
    for place in root.iterdir():
        with contextlib.suppress(OSError):
            if place != keep and not place.name.startswith("."):
                found.append((place.stat().st_mtime, _size(place), place))
    room = most - _size(keep)
    for _used, size, place in sorted(found, reverse=True, key=lambda one: one[0]):
        room -= size
        if room < 0:
            shutil.rmtree(place, ignore_errors=True)


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
