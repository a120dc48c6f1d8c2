"""An attempt as a Job. Pure: from what is asked, the settings and the server's version to the very document that is posted.

The rules are Kubernetes' Pod Security "restricted", and what its documentation says of Jobs; a field that a server is too
old for is left out, since it would drop it silently.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

from ..base import Submission
from ..threads import THREADS
from . import beside, nodes
from .accelerators import resource_of
from .names import THEN, Identity, secret_of
from .objects import CODE, JOB, VARIABLE, WORKER
from .queues import held_back, labels_of, priority_of, queue_of
from .settings import USER, KubernetesSettings
from .volumes import volume_of

Object = dict[str, Any]
Version = tuple[int, int]

CONTAINER = "worker"
WORK = "/dh/work"
CODE_VOLUME, WORKER_VOLUME = "dh-code", "dh-worker"
INSTALLING = 1800  # seconds that requirements may take, beside the run's own time
DELIVERING = 600  # and to hand over what came out
PENDING = 7 * 24 * 3600  # the most that a Job may wait: the outer of the three timers, never the first to end a run
POD_FAILURE_POLICY: Version = (1, 26)
POD_REPLACEMENT_POLICY: Version = (1, 29)
_OURS = (42, 43, 44, 45)  # exit codes by which the worker says that another attempt would end alike


@dataclass(frozen=True)
class Shared:
    """A part of the claim that holds the home: where the pod sees it, and as what it lies there; `by_index`: that is a folder,
    of which each pod has what its number names."""

    path: PurePosixPath
    sub_path: str
    read_only: bool = True
    by_index: bool = False


@dataclass(frozen=True)
class Place:
    """Names of what was made for the attempt, and what it shares with the broker."""

    worker_map: str
    code_map: str = ""
    claim: str = ""
    shared: tuple[Shared, ...] = ()
    command: tuple[str, ...] = field(default=("python3", f"/dh/worker/{WORKER}", "--pod", f"/dh/job/{JOB}"))


def manifest(
    submission: Submission, identity: Identity, place: Place, settings: KubernetesSettings, server: Version
) -> Object:
    """The Job."""
    labels = identity.labels()
    spec: Object = {
        **_size(submission, server),
        **held_back(submission, settings),
        "ttlSecondsAfterFinished": settings.keep,
        **_outer_timer(submission, settings),
        **_policies(submission, server),
        "template": {
            "metadata": {"labels": {**labels, **nodes.labels_of(submission)}, **_others(submission, {})},
            "spec": _pod(submission, identity, place, settings),
        },
    }
    own = {**labels, **labels_of(submission, settings)}
    queued = beside.annotations_for(submission, queue_of(submission.placement, settings))
    metadata = {"name": identity.job, "labels": own, **_others(submission, queued)}
    return {"apiVersion": "batch/v1", "kind": "Job", "metadata": metadata, "spec": spec}


def secret_name(submission: Submission, identity: Identity) -> str:
    """Of the Secret with what its pods are told."""
    others = (one.handle for one in (*submission.then, *submission.beside))
    return secret_of(identity.job, (submission.handle, *others))


def _size(submission: Submission, server: Version) -> Object:
    """No second pod: another attempt is the broker's to decide, and it has a name of its own."""
    if submission.beside:
        return beside.size_of(1 + len(submission.beside), server)
    return {"backoffLimit": 0, **nodes.size_of(submission, server)}


def _others(submission: Submission, more: Mapping[str, str]) -> Object:
    """Which attempts its pod has after the first, or its other pods have."""
    noted = {THEN: " ".join(one.handle for one in submission.then)} if submission.then else {}
    noted.update(beside.annotations_of(submission), **more)
    return {"annotations": noted} if noted else {}


def _outer_timer(submission: Submission, settings: KubernetesSettings) -> Object:
    """Guards against a Job that nobody looks after. It must not fire first: it takes the pods' logs along."""
    bound = _inner_timer(submission, settings)
    in_turn = 1 + len(submission.beside)  # where there is room for one at a time
    return {"activeDeadlineSeconds": in_turn * bound + PENDING} if bound else {}


def _inner_timer(submission: Submission, settings: KubernetesSettings) -> int | None:
    """Of the pod: time to run, and what is around it, which the worker's own timer leaves out; None without a time limit."""
    if submission.timeout is None:
        return None
    installing = INSTALLING if submission.requirements or submission.packages else 0
    each = math.ceil(submission.timeout) + DELIVERING
    return (1 + len(submission.then)) * each + installing + math.ceil(settings.grace)


def _policies(submission: Submission, server: Version) -> Object:
    """A pod that was evicted or preempted ends the attempt at once: the broker counts attempts, and makes the next."""
    found: Object = {}
    if server >= POD_FAILURE_POLICY and not submission.beside:  # there each failure ends its own index
        codes = {"containerName": CONTAINER, "operator": "In", "values": list(_OURS)}
        found["podFailurePolicy"] = {
            "rules": [
                {"action": "FailJob", "onExitCodes": codes, "onPodConditions": []},  # 1.27's schema demands the list
                {"action": "FailJob", "onPodConditions": [{"type": "DisruptionTarget", "status": "True"}]},
            ]
        }
    if server >= POD_REPLACEMENT_POLICY:
        found["podReplacementPolicy"] = "Failed"
    return found


def _pod(submission: Submission, identity: Identity, place: Place, settings: KubernetesSettings) -> Object:
    wanted = submission.placement
    volumes = [volume_of(asked, number) for number, asked in enumerate(wanted.get("volumes") or ())]
    bound = _inner_timer(submission, settings)
    pod: Object = {
        "restartPolicy": "Never",
        "terminationGracePeriodSeconds": math.ceil(settings.grace),
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "securityContext": _pod_security(_user(settings)),
        "containers": [_container(submission, identity, place, settings, [mount for _, mount in volumes])],
        "volumes": [*_own_volumes(submission, identity, place), *(volume for volume, _ in volumes)],
    }
    if bound:
        pod["activeDeadlineSeconds"] = bound
    if settings.service_account:
        pod["serviceAccountName"] = settings.service_account
    if wanted.get("image_pull_secrets"):
        pod["imagePullSecrets"] = [{"name": name} for name in wanted["image_pull_secrets"]]
    return {**pod, **nodes.names_of(submission, identity), **_scheduling(wanted), **priority_of(submission, settings)}


def _scheduling(wanted: Mapping[str, Any]) -> Object:
    fields = {
        "node_selector": "nodeSelector",
        "tolerations": "tolerations",
        "runtime_class": "runtimeClassName",
    }
    found = {theirs: wanted[ours] for ours, theirs in fields.items() if wanted.get(ours)}
    return {**found, **_away_from(wanted.get("avoid_nodes") or ())}


def _away_from(nodes: Iterable[str]) -> Object:
    """By their names: who put them aside has no right to mark them."""
    fields = [{"key": "metadata.name", "operator": "NotIn", "values": [name]} for name in nodes]
    terms = {"nodeSelectorTerms": [{"matchFields": fields}]}
    return {"affinity": {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": terms}}} if fields else {}


def _user(settings: KubernetesSettings) -> int:
    return USER if settings.user is None else settings.user


def _pod_security(user: int) -> Object:
    """`user` 0 is the administrator's own word, and the only way out of "restricted"."""
    base: Object = {
        "runAsUser": user,
        "runAsGroup": user,
        "fsGroup": user,
        "seccompProfile": {"type": "RuntimeDefault"},
    }
    return {**base, "runAsNonRoot": True} if user else base


def _container(
    submission: Submission, identity: Identity, place: Place, settings: KubernetesSettings, mounts: list[Object]
) -> Object:
    return {
        "name": CONTAINER,
        "image": submission.placement.get("image") or settings.image,
        "command": list(place.command),
        "workingDir": WORK,
        "env": [*nodes.variables_of(submission, identity), *_plain(submission), *_from_secret(submission, identity)],
        "resources": _resources(submission),
        "volumeMounts": [*_own_mounts(submission, place), *mounts],
        "terminationMessagePolicy": "FallbackToLogsOnError",
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        },
    }


def _plain(submission: Submission) -> list[Object]:
    """HOME and the like first, so that the run's own words win. `$` is doubled: $(NAME) would be expanded."""
    ours = {
        "HOME": "/tmp",
        "PYTHONUNBUFFERED": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        "MPLBACKEND": "Agg",
        **dict.fromkeys(THREADS, str(math.ceil(submission.resources.cpu))),  # else one for each core of the node
    }
    return [{"name": name, "value": value.replace("$", "$$")} for name, value in {**ours, **submission.env}.items()]


def _from_secret(submission: Submission, identity: Identity) -> list[Object]:
    secret = secret_name(submission, identity)
    return [
        {"name": name, "valueFrom": {"secretKeyRef": {"name": secret, "key": VARIABLE + name}}}
        for name in sorted(submission.secrets)
    ]


def _resources(submission: Submission) -> Object:
    """Memory, disk and devices: requests are limits, so that what ends a run is predictable. Of CPU only a request."""
    asked = submission.resources
    both: Object = {}
    if asked.memory is not None:
        both["memory"] = str(asked.memory)
    if asked.disk is not None:
        both["ephemeral-storage"] = str(asked.disk)
    if asked.gpu:
        both[resource_of(submission.placement)] = str(asked.gpu)
    cpu = {"cpu": f"{max(1, round(asked.cpu * 1000))}m"}
    return {"requests": {**cpu, **both}, **({"limits": both} if both else {})}


def _own_volumes(submission: Submission, identity: Identity, place: Place) -> list[Object]:
    disk = {"sizeLimit": str(submission.resources.disk)} if submission.resources.disk is not None else {}
    most = submission.placement.get("shared_memory") or submission.resources.memory
    memory = {"sizeLimit": str(most)} if most is not None else {}
    told = [{"key": beside.key_of(index), "path": str(index)} for index in range(1 + len(submission.beside))]
    items = told if submission.beside else [{"key": JOB, "path": JOB}]
    secret = {"secretName": secret_name(submission, identity), "items": items, "defaultMode": 0o444}
    found: list[Object] = [
        {"name": WORKER_VOLUME, "configMap": {"name": place.worker_map, "defaultMode": 0o444}},
        {"name": "dh-job", "secret": secret},
        {"name": "dh-work", "emptyDir": disk},
        {"name": "dh-tmp", "emptyDir": dict(disk)},
        {"name": "dh-shm", "emptyDir": {"medium": "Memory", **memory}},
    ]
    if place.code_map:
        found.append({"name": CODE_VOLUME, "configMap": {"name": place.code_map, "defaultMode": 0o444}})
    if place.claim:
        found.append({"name": "dh-home", "persistentVolumeClaim": {"claimName": place.claim}})
    return found


def _own_mounts(submission: Submission, place: Place) -> list[Object]:
    told: Object = {"name": "dh-job", "mountPath": "/dh/job", "readOnly": True}
    if submission.beside:
        told.update(mountPath=f"/dh/job/{JOB}", subPathExpr=beside.NUMBER)
    found: list[Object] = [
        {"name": WORKER_VOLUME, "mountPath": "/dh/worker", "readOnly": True},
        told,
        {"name": "dh-work", "mountPath": WORK},
        {"name": "dh-tmp", "mountPath": "/tmp"},
        {"name": "dh-shm", "mountPath": "/dev/shm"},
    ]
    if place.code_map:
        found.append({"name": CODE_VOLUME, "mountPath": str(PurePosixPath(code_path()).parent), "readOnly": True})
    return [*found, *map(_mount_of, place.shared)]


def _mount_of(part: Shared) -> Object:
    where = {"subPathExpr": f"{part.sub_path}/{beside.NUMBER}"} if part.by_index else {"subPath": part.sub_path}
    mount: Object = {"name": "dh-home", "mountPath": str(part.path), **where}
    return {**mount, "readOnly": True} if part.read_only else mount


def code_path() -> str:
    """Where the pod finds the code's archive."""
    return f"/dh/code/{CODE}"
