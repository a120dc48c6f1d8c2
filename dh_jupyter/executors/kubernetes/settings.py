"""What the administrator says about the cluster; empty texts mean that Kubernetes' own custom decides."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath

USER = 65532  # "nonroot" of distroless images, and of nobody else
GRACE = 30.0  # seconds between SIGTERM and SIGKILL, in which a pod delivers what there is


@dataclass(frozen=True)
class KubernetesSettings:
    """`volume`: CLAIM or CLAIM:PATH, a claim that holds the broker's home, and where the broker sees its root (default: at
    the home itself). Without it pods hand over to the store, which they see at `s3_endpoint` (default: where we do). `user`:
    numeric; None = the broker's own where files are shared (65532 for root), else 65532."""

    kubeconfig: str = ""
    context: str = ""
    namespace: str = ""  # empty: the context's, or that of the broker's own pod
    project_namespaces: str = ""  # e.g. dh-{project}: each project has its own
    impersonate: str = ""  # e.g. {user}: a run's objects are made by its user's rights
    image: str = ""  # any with Python 3.9 or newer; empty: Python's own, of the broker's version
    volume: str = ""
    s3_endpoint: str = ""
    queue: str = ""  # Kueue's LocalQueue
    priorities: Mapping[str, str] = field(default_factory=dict)  # classes by purpose: interactive, sweep, schedule
    service_account: str = ""
    user: int | None = None
    grace: float = GRACE
    keep: int = 24 * 3600  # seconds that a finished Job stays to be looked at

    @property
    def claim(self) -> str:
        """The claim's name; empty: there is none."""
        return self.volume.partition(":")[0]

    def root_of_claim(self, home: PurePosixPath) -> PurePosixPath:
        """Where the broker sees what lies at the claim's root."""
        said = self.volume.partition(":")[2]
        return PurePosixPath(said) if said else home
