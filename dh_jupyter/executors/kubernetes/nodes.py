"""One attempt on several machines: an Indexed Job of as many pods, and a headless Service by which they find each other.

Each pod has the variables that torch.distributed and torchrun read, for one process or one launcher on each machine.
"""

from __future__ import annotations

from typing import Any

from dh_kernel.errors import Invalid

from ..base import Submission
from .names import MANAGED, PREFIX, Identity

Object = dict[str, Any]
NODES = PREFIX + "nodes"  # a label: pods that may talk to each other (deploy/network-policy.yaml)
PORT = 29500  # torch's own custom
OLDEST = (1, 24)
_INDEX = "metadata.annotations['batch.kubernetes.io/job-completion-index']"


def size_of(submission: Submission, server: tuple[int, int]) -> Object:
    """Of the Job's spec. Raises Invalid where the server would make as many pods that are all the first."""
    nodes = submission.nodes
    if nodes == 1:
        return {"completions": 1, "parallelism": 1}
    if server < OLDEST:
        version = ".".join(map(str, server))
        raise Invalid(
            f"Several machines need Kubernetes 1.24 or newer; the cluster has {version}.", "Leave --nodes out."
        )
    return {"completions": nodes, "parallelism": nodes, "completionMode": "Indexed"}


def labels_of(submission: Submission) -> dict[str, str]:
    """Of the pods, beside their others."""
    return {NODES: str(submission.nodes)} if submission.nodes > 1 else {}


def names_of(submission: Submission, identity: Identity) -> Object:
    """Of the pods' spec: each is known as JOB-RANK.SERVICE."""
    return {"subdomain": identity.job} if submission.nodes > 1 else {}


def variables_of(submission: Submission, identity: Identity) -> list[Object]:
    """Who is first, how many there are, and which one this is."""
    if submission.nodes == 1:
        return []
    first = f"{identity.job}-0.{identity.job}"
    each = str(max(1, submission.resources.gpu))
    said = {
        "MASTER_ADDR": first,
        "MASTER_PORT": str(PORT),
        "WORLD_SIZE": str(submission.nodes),
        "LOCAL_RANK": "0",
        "PET_MASTER_ADDR": first,
        "PET_MASTER_PORT": str(PORT),
        "PET_NNODES": str(submission.nodes),
        "PET_NPROC_PER_NODE": each,
    }
    ranks = ("RANK", "NODE_RANK", "GROUP_RANK", "PET_NODE_RANK")
    return [
        *({"name": name, "value": value} for name, value in said.items()),
        *({"name": name, "valueFrom": {"fieldRef": {"fieldPath": _INDEX}}} for name in ranks),
    ]


def service_of(identity: Identity) -> Object:
    """It tells addresses from a pod's start on: the first one waits for the others, and is not ready by then."""
    labels = {"app.kubernetes.io/instance": identity.job, MANAGED: "dh"}
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": identity.job, "labels": identity.labels()},
        "spec": {
            "clusterIP": "None",
            "publishNotReadyAddresses": True,
            "selector": labels,
            "ports": [{"name": "rendezvous", "port": PORT}],
        },
    }
