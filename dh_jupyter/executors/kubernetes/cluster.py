"""What talks to a cluster: one client, maker and keeper for each namespace that runs are in."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from dataclasses import replace

from dh_kernel.errors import Invalid

from .client import Client
from .collecting import Collector
from .creating import Creator
from .delivery import Way
from .gpus import Gpus
from .keeper import Keeper
from .settings import KubernetesSettings

_NAMESPACE = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
PROJECT, USER = "{project}", "{user}"


class Cluster:
    """A namespace of a cluster that was found."""

    def __init__(self, settings: KubernetesSettings, way: Way, changed: Callable[[str], None]) -> None:
        """Raises NotInstalled, Invalid or Unavailable if there is none to find. Asks it nothing yet."""
        self.client = Client(settings)
        self.creator = Creator(self.client, settings)
        self.keeper = Keeper(self.client, changed, way, self.creator.give_to_job)
        self.gpus = Gpus(self.client, self.keeper.view.kueue)
        self.collector = Collector(self.client, self.keeper.view.jobs, self.creator.forget)


class Clusters:
    """By namespace, each found when it is first needed, and looked for again if it was not there. Thread-safe."""

    def __init__(self, settings: KubernetesSettings) -> None:
        self._settings = settings
        self._found: dict[str, Cluster] = {}
        self._lock = threading.Lock()

    def of(self, project: str, way: Way, changed: Callable[[str], None]) -> Cluster:
        """Raises as Cluster does."""
        namespace = namespace_of(project, self._settings)
        with self._lock:
            if namespace not in self._found:
                self._found[namespace] = Cluster(replace(self._settings, namespace=namespace), way, changed)
            return self._found[namespace]

    def close(self) -> None:
        """Stop watching."""
        for cluster in list(self._found.values()):
            cluster.keeper.close()


def namespace_of(project: str, settings: KubernetesSettings) -> str:
    """The project's, where each has its own; the one of all where it has not. Raises Invalid for a name that is none."""
    if not project or PROJECT not in settings.project_namespaces:
        return settings.namespace
    name = settings.project_namespaces.replace(PROJECT, project)
    if not _NAMESPACE.fullmatch(name):
        raise Invalid(
            f"Runs of project '{project}' can't be in a namespace of its own: '{name}' is no name of one.",
            "Names of projects that run on Kubernetes have lower-case letters, digits and hyphens.",
        )
    return name


def account_of(user: str, settings: KubernetesSettings) -> str:
    """Whose rights count when a run's objects are made; empty: the server's. Raises Invalid for a run of nobody."""
    if not settings.impersonate:
        return ""
    if not user:
        raise Invalid(
            "The run has no user, by whose rights in the cluster it could start.", "Log in, and run it again."
        )
    return settings.impersonate.replace(USER, user)
