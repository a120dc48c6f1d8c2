"""The zygotes of a home: which there are, which serves a run, when another is started. They outlive us and are found again."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from . import variables
from .launch import DETACHED

MOST = 4  # zygotes of a home; the least recently used goes
IDLE = 15 * 60.0  # seconds without an order, after which one ends by itself
_REFUSED = 10 * 60.0  # seconds for which we remember that a set of modules can't be forked
_STARTING = 30.0  # seconds that one may import, before a second try
_COMPANIONS = {  # imported with the first by what the worker does with it
    "pandas": ("pyarrow.parquet",),
    "sklearn": ("mlflow.sklearn",),
    "lightgbm": ("mlflow.sklearn",),
    "xgboost": ("mlflow.sklearn",),
}


@dataclass(frozen=True)
class Kind:
    """What a zygote is: the same kind serves the same runs."""

    python: str
    archive: str
    modules: tuple[str, ...]
    packages: str = ""  # digest of what was installed when it was started: later versions need another one

    @property
    def key(self) -> str:
        """Name of its socket."""
        return hashlib.sha256(
            "\0".join([self.python, self.archive, self.packages, *self.modules]).encode()
        ).hexdigest()[:12]


def kind_for(python: str, archive: Path, imports: Iterable[str], packages: str) -> Kind:
    """The kind of zygote for a function that imports such modules. Only what others wrote is worth a preload."""
    foreign = {name for name in imports if name.partition(".")[0] not in sys.stdlib_module_names | {"dh_kernel"}}
    companions = {companion for name in foreign for companion in _COMPANIONS.get(name, ())}
    return Kind(python, str(archive), tuple(sorted(foreign | companions)), packages)


class Zygotes:
    """A folder of sockets."""

    def __init__(self, runtime: Path, home: Path) -> None:
        self._folder = runtime / "zygotes"
        self._home = home

    def find(self, kind: Kind) -> Path | None:
        """The socket of a zygote for this kind, if one answers now: of just this kind, else of the bare one."""
        for candidate in (kind, replace(kind, modules=())):
            path = self._folder / candidate.key
            try:
                os.utime(path)
                return path
            except FileNotFoundError:
                continue
        return None

    def forget(self, path: Path) -> None:
        """It did not answer: it is dead, or too busy to be of use."""
        path.unlink(missing_ok=True)

    def start(self, kind: Kind) -> None:
        """Start one unless it is there, is being started or can't be. Waits for no import."""
        path = self._folder / kind.key
        if path.exists() or _younger(path.with_suffix(".refused"), _REFUSED):
            return
        starting = path.with_suffix(".starting")
        if _younger(starting, _STARTING):
            return
        starting.touch()
        self._make_room()
        self._spawn(kind, path)

    def _spawn(self, kind: Kind, path: Path) -> None:
        wanted = {
            "socket": str(path),
            "archive": kind.archive,
            "preload": kind.modules,
            "home": str(self._home),
            "idle": IDLE,
        }
        with open(path.with_suffix(".log"), "wb") as log:
            subprocess.run(
                [kind.python, DETACHED, "zygote"],
                input=json.dumps(wanted).encode(),
                stdout=log,
                stderr=log,
                start_new_session=True,
                env=variables.of_zygote(),
                cwd="/",
                check=False,
            )

    def _make_room(self) -> None:
        paths = sorted(self.living(), key=_last_use)
        for path in paths[: max(0, len(paths) - MOST + 1)]:
            end(path)

    def living(self) -> list[Path]:
        """Sockets of all zygotes."""
        return [path for path in self._folder.iterdir() if not path.suffix]


def end(zygote: Path) -> None:
    """Ask one to end; what it forked goes on."""
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
        client.settimeout(1.0)
        client.connect(str(zygote))
        message = b'{"quit": true}'
        client.sendall(len(message).to_bytes(8, "big") + message)
    zygote.unlink(missing_ok=True)


def _younger(path: Path, seconds: float) -> bool:
    try:
        return time.time() - path.stat().st_mtime < seconds
    except FileNotFoundError:
        return False


def _last_use(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return 0.0
