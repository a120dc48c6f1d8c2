"""The runtime folder of a home: sockets and slots. Its path is short, since a Unix socket's has 107 bytes at most."""

from __future__ import annotations

import hashlib
import os
import stat
import tempfile
from pathlib import Path

from dh_kernel.errors import Unavailable

_LONGEST = 60  # bytes that leave room for the sockets' own names


def runtime_folder(home: Path) -> Path:
    """The folder, with `wake/`, `zygotes/` and `slots/`; made if absent. Raises Unavailable if another user has it."""
    key = hashlib.sha256(os.fsencode(home.resolve())).hexdigest()[:12]
    folder = _base() / key
    for place in (folder.parent, folder, folder / "wake", folder / "zygotes", folder / "slots"):
        _own(place)
    return folder


def _base() -> Path:
    given = os.environ.get("XDG_RUNTIME_DIR")
    if given and os.path.isdir(given) and len(os.fsencode(given)) < _LONGEST and os.stat(given).st_uid == os.getuid():
        return Path(given) / "dh"
    temporary = tempfile.gettempdir()
    short = temporary if len(os.fsencode(temporary)) < _LONGEST - 14 else "/tmp"
    return Path(short) / f"dh-{os.getuid()}"


def _own(folder: Path) -> None:
    """Make a folder that only we can enter, or make sure that it is one."""
    try:
        folder.mkdir(mode=0o700)
    except FileExistsError:
        found = folder.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or found.st_mode & 0o077:
            raise Unavailable(
                f"{folder} is not a folder that only you can enter, so runs can't be started safely.",
                "Remove it, or set XDG_RUNTIME_DIR to a private folder.",
            ) from None
