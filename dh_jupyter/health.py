"""Whether the broker can do its work, and how much of it there is: for a cluster's probes, and for Prometheus."""

from __future__ import annotations

import logging
import shutil
from collections import Counter
from typing import TYPE_CHECKING

from dh_kernel._version import __version__

from .catalogue.query import Query
from .runs.states import SHOWN, UNFINISHED

if TYPE_CHECKING:
    from .broker import Broker

log = logging.getLogger(__name__)


def is_ready(broker: Broker) -> bool:
    """Whether it has started, does not stop, and its catalogue answers. May block."""
    if not broker.is_open:
        return False
    try:
        if hasattr(broker, "catalogue"):
            broker.catalogue.list("project", size=1)
    except Exception:
        log.warning("the catalogue does not answer", exc_info=True)
        return False
    return True


def metrics(broker: Broker) -> bytes:
    """In Prometheus' text format. Runs that are over are not counted: there may be very many."""
    from prometheus_client import CollectorRegistry, Gauge, generate_latest

    registry = CollectorRegistry()
    Gauge("dh_info", "The broker's version", ["version"], registry=registry).labels(__version__).set(1)
    free = Gauge("dh_home_free_bytes", "Space that is left on the disk of the home", registry=registry)
    free.set(shutil.disk_usage(broker.home).free)
    if hasattr(broker, "catalogue"):
        runs = Gauge("dh_runs", "Runs that are not over, by state", ["state"], registry=registry)
        for state, number in _unfinished(broker).items():
            runs.labels(state).set(number)
    return generate_latest(registry)


def _unfinished(broker: Broker) -> Counter[str]:
    """By the words that people see."""
    found: Counter[str] = Counter()
    for state in sorted(UNFINISHED):
        asked = Query(state=state, versions="all", kinds_all=True)
        found[SHOWN[state]] += broker.catalogue.list("run", query=asked, size=1)["totalElements"]
    return found
