"""What `%dh doctor` shows of the broker: rows of (what, is it well, detail or cure)."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from dh_kernel import plugins
from dh_kernel._version import __version__
from dh_kernel.errors import DHError

from .disks import explained, file_system, is_network
from .home import other_broker
from .runs.ownership import shown
from .tracking.process import without_password

if TYPE_CHECKING:
    from .broker import Broker

LOW = 1024**3  # bytes free below which a run will soon fail


def examine(broker: Broker) -> list[dict[str, Any]]:
    """`[{what, ok, detail}]`."""
    return [{"what": what, "ok": ok, "detail": detail} for what, ok, detail in _rows(broker)]


def _rows(broker: Broker) -> Iterator[tuple[str, bool, str]]:
    python = ".".join(map(str, sys.version_info[:3]))
    yield "server", True, f"dh-jupyter {__version__}, Python {python}, process {os.getpid()}"
    yield from _home(broker)
    yield from _catalogue(broker)
    yield "store", *broker.stores.state()
    for name in plugins.names(plugins.EXECUTORS):
        yield from _executor(broker, name)
    yield "secrets", *broker.secrets.state()
    yield "profiles", *broker.profiles.state()
    yield from _tracking(broker)


def _home(broker: Broker) -> Iterator[tuple[str, bool, str]]:
    free = shutil.disk_usage(broker.home).free
    shown = f"{broker.home}, {free / 2**30:.1f} GiB free"
    yield "home", free > LOW, shown if free > LOW else f"{shown}: make room"
    kind = file_system(broker.home.resolve())
    if is_network(kind):
        yield (
            "home's disk",
            False,
            f"{kind}: another machine's. Safe for one broker, and slow; better a local disk (DH_HOME)",
        )
    try:
        tempfile.TemporaryFile(dir=broker.home).close()
    except OSError as error:
        yield "home's disk", False, " ".join(str(explained(error, "It")).splitlines())
    if other := other_broker(broker.home):
        yield "other broker", True, f"process {other} serves this home too; both share the work"
    private = broker.home.stat().st_mode & 0o077 == 0
    yield "rights", private, "the home is yours alone" if private else f"others can read it: chmod 700 {broker.home}"


def _catalogue(broker: Broker) -> Iterator[tuple[str, bool, str]]:
    where = broker.catalogue.address if broker.settings.catalogue_url else "catalogue.sqlite in the home"
    count = broker.catalogue.list("project", size=1)["totalElements"]
    yield "catalogue", True, f"{where}, {count} project{'' if count == 1 else 's'}"
    for place, since in broker.runs.ownership.others().items():
        yield "other brokers", True, f"{place} is {'at work' if since is None else f'not running since {shown(since)}'}"


def _executor(broker: Broker, name: str) -> Iterator[tuple[str, bool, str]]:
    try:
        yield from ((f"{name}: {what}", ok, detail) for what, ok, detail in broker.executor(name).doctor())
    except DHError as error:
        yield f"executor {name}", False, str(error)


def _tracking(broker: Broker) -> Iterator[tuple[str, bool, str]]:
    ok, said = broker.tracker.health()
    where = f"MLflow at {without_password(broker.tracker.uri)}"
    yield "tracking", ok, where if ok else f"{where}: {said}"
