"""Pods that do not begin: what schedulers, kubelets and registries were heard to say, put into scenes."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.executors.kubernetes.scenes import STUCK, WAITS, found_in, scene_of, tell, unscheduled, waiting

UNSCHEDULED = [
    (
        "0/9 nodes are available: 1 node(s) had untolerated taint {node-role.kubernetes.io/control-plane: }, 2 Insufficient nvidia.com/gpu, "
        "6 node(s) didn't match Pod's node affinity/selector. preemption: 0/9 nodes are available: 2 No preemption victims found for incoming "
        "pod, 7 Preemption is not helpful for scheduling.",
        "Waiting for a node: of 9 nodes, 1 is for the cluster itself, 2 have too few nvidia.com/gpu free and 6 have other labels than asked for.",
        WAITS,
    ),
    (
        "0/3 nodes are available: 1 node(s) had taint {dedicated: gpu}, that the pod didn't tolerate, 2 node(s) had untolerated taint {team: ml}.",
        "No node fits: of 3 nodes, 1 is kept for others (taint dedicated=gpu) and 2 are kept for others (taint team=ml).",
        STUCK,
    ),
    (
        "0/2 nodes are available: 2 Insufficient memory. preemption: 0/2 nodes are available: 2 No preemption victims found for incoming pod..",
        "Waiting for a node: all 2 have too little memory free.",
        WAITS,
    ),
    (
        "0/2 nodes are available: 1 Too many pods, 1 node(s) had untolerated taint {node.kubernetes.io/disk-pressure: }.",
        "Waiting for a node: of 2 nodes, 1 is full of pods and 1 is short of disk.",
        WAITS,
    ),
    (
        "0/1 nodes are available: 1 node(s) were unschedulable. preemption: 0/1 nodes are available: 1 Preemption is not helpful for scheduling.",
        "Waiting for a node: the only one is closed for new work.",
        WAITS,
    ),
    (
        "0/1 nodes are available: 1 node(s) had volume node affinity conflict.",
        "No node fits: the only one can't reach its volume.",
        STUCK,
    ),
    ("no nodes available to schedule pods", "The cluster has no nodes now.", WAITS),
    (
        "0/3 nodes are available: pod has unbound immediate PersistentVolumeClaims. preemption: 0/3 nodes are available: 3 Preemption is not helpful.",
        "Waiting for a volume: no storage is bound to a claim that it names.",
        WAITS,
    ),
    (
        '0/3 nodes are available: persistentvolumeclaim "data" not found.',
        "There is no volume claim 'data' in the namespace.",
        STUCK,
    ),
]


@pytest.mark.parametrize(("said", "summary", "state"), UNSCHEDULED, ids=lambda value: "")
def test_a_pod_without_a_node(said: str, summary: str, state: Any) -> None:
    scene = scene_of("gpus-of-no-node")
    unscheduled(scene)["message"] = said
    found = found_in(scene)
    assert found is not None
    assert (found.summary, (found.waiting, found.stuck)) == (summary, state)


def test_a_cluster_that_grows() -> None:
    scene = scene_of("labels-of-no-node")
    tell(scene, "TriggeredScaleUp", "pod triggered scale-up: [{gpu-pool 0->1 (max: 4)}]")
    found = found_in(scene)
    assert found is not None
    assert not found.stuck
    assert found.summary.endswith("The cluster starts a machine for it (gpu-pool: 0 → 1).")


def test_a_cluster_that_does_not_grow() -> None:
    scene = scene_of("gpus-of-no-node")
    tell(
        scene,
        "NotTriggerScaleUp",
        "pod didn't trigger scale-up: 1 max node group size reached, 2 Insufficient nvidia.com/gpu",
    )
    found = found_in(scene)
    assert found
    assert found.detail.startswith("The cluster starts no machine for it: 1 max node group size reached")


IMAGE = "docker.io/team/app:v9"
PULL = f'failed to pull and unpack image "{IMAGE}": failed to resolve reference "{IMAGE}": '
IMAGES = [
    ("ErrImagePull", f"rpc error: code = NotFound desc = {PULL}{IMAGE}: not found", "image_missing", STUCK),
    ("ErrImagePull", f"rpc error: code = Unknown desc = Error response from daemon: manifest for {IMAGE} not found: manifest unknown", "image_missing", STUCK),
    ("ErrImagePull", f"{PULL}pull access denied, repository does not exist or may require authorization: server message: insufficient_scope: authorization failed", "image_unauthorized", STUCK),
    ("ErrImagePull", f"{PULL}failed to authorize: failed to fetch anonymous token: unexpected status from GET request to https://ghcr.io/token: 401 Unauthorized", "image_unauthorized", STUCK),
    ("ErrImagePull", f"{PULL}unexpected status code [manifests v9]: 403 Forbidden", "image_unauthorized", STUCK),
    ("ErrImagePull", f'{PULL}failed to do request: Head "https://r.local/v2/x": tls: failed to verify certificate: x509: certificate signed by unknown authority', "image_tls", STUCK),
    ("ErrImagePull", f'{PULL}failed to do request: Head "https://r.local/v2/x": http: server gave HTTP response to HTTPS client', "image_tls", STUCK),
    ("ErrImagePull", f"{PULL}unexpected status code 429 Too Many Requests - Server message: toomanyrequests: You have reached your unauthenticated pull rate limit.", "image_rate", WAITS),
    ("ErrImagePull", f'{PULL}failed to do request: Head "https://r.local/v2/x": dial tcp: lookup r.local on 10.0.0.10:53: no such host', "image_unreachable", WAITS),
    ("ErrImagePull", f'{PULL}failed to do request: Head "https://r.local/v2/x": dial tcp 10.1.2.3:443: i/o timeout', "image_unreachable", WAITS),
    ("ErrImagePull", f'{PULL}failed to do request: Head "https://r.local/v2/x": net/http: TLS handshake timeout', "image_unreachable", WAITS),
    ("ErrImagePull", f'failed to pull and unpack image "{IMAGE}": no match for platform in manifest: not found', "image_platform", STUCK),
    ("ErrImagePull", f'failed to pull and unpack image "{IMAGE}": failed to extract layer: write /x: no space left on device', "image_disk", WAITS),
    ("ImagePullBackOff", f'Back-off pulling image "{IMAGE}": ErrImagePull: {PULL}{IMAGE}: not found', "image_missing", STUCK),
    ("InvalidImageName", 'Failed to apply default image tag "My/App": couldn\'t parse image name "My/App": invalid reference format: repository name must be lowercase', "image_name", STUCK),
    ("ErrImageNeverPull", f'Container image "{IMAGE}" is not present with pull policy of Never', "image_missing", STUCK),
    ("ErrImagePull", "something new", "image", WAITS),
]  # fmt: skip


@pytest.mark.parametrize(("reason", "said", "code", "state"), IMAGES, ids=lambda value: "")
def test_images(reason: str, said: str, code: str, state: Any) -> None:
    scene = scene_of("image-missing")
    waiting(scene).update(reason=reason, message=said)
    found = found_in(scene)
    assert found is not None
    assert (found.code, (found.waiting, found.stuck)) == (code, state)
    assert "registry.invalid/team/app:v9" in found.summary


def test_an_older_node_that_backs_off_tells_why_in_an_event() -> None:
    scene = scene_of("image-backing-off")
    waiting(scene).update(reason="ImagePullBackOff", message=f'Back-off pulling image "{IMAGE}"')
    for event in scene["events"]:
        if "Failed to pull" in event["message"]:
            event["message"] = (
                f'Failed to pull image "{IMAGE}": rpc error: code = Unknown desc = {PULL}toomanyrequests: slow down'
            )
    found = found_in(scene)
    assert found
    assert found.code == "image_rate"


WAITING = [
    ("CreateContainerConfigError", "couldn't find key level in ConfigMap runs/settings", "config_key", "The ConfigMap 'settings' has no key 'level'.", STUCK),
    ("CreateContainerConfigError", 'secret "dh-train-1-a1" not found', "objects_gone", "What it brings along is gone from the cluster: Secret 'dh-train-1-a1'.", STUCK),
    ("CreateContainerConfigError", 'container has runAsNonRoot and image has non-numeric user (app), cannot verify user is non-root (pod: "x", container: worker)', "image_root", "Its image would run as root, which the cluster forbids.", STUCK),
    ("CreateContainerConfigError", "failed to prepare subPath for volumeMount", "config", "Its container can't be set up: failed to prepare subPath for volumeMount.", STUCK),
    ("CreateContainerError", "context deadline exceeded", "start", "The node could not start its container: context deadline exceeded.", WAITS),
    ("RunContainerError", 'failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: exec: "python3": executable file not found in $PATH: unknown', "image_python", "Its image has no 'python3': a run needs an image with Python 3.9 or newer.", STUCK),
    ("RunContainerError", "exec /usr/bin/python3: argument list too long", "arguments", "Its arguments and variables together are too long for the system (128 KiB each).", STUCK),
    ("RunContainerError", "error running prestart hook #0: exit status 1, stderr: nvidia-container-cli: requirement error: unsatisfied condition: cuda>=12.8, please update your driver", "gpu_driver", "The node could not give it its GPU: driver and image do not fit, or the node is not set up for GPUs.", STUCK),
]  # fmt: skip


@pytest.mark.parametrize(("reason", "said", "code", "summary", "state"), WAITING, ids=lambda value: "")
def test_containers_that_do_not_start(reason: str, said: str, code: str, summary: str, state: Any) -> None:
    scene = scene_of("secret-missing")
    waiting(scene).update(reason=reason, message=said)
    found = found_in(scene)
    assert found is not None
    assert (found.code, found.summary, (found.waiting, found.stuck)) == (code, summary, state)


EVENTS = [
    ("FailedMount", 'MountVolume.SetUp failed for volume "dh-code" : configmap "dh-code-0123" not found', "objects_gone"),
    ("FailedMount", 'MountVolume.SetUp failed for volume "key" : references non-existent secret key: token', "config_key"),
    ("FailedMount", "Unable to attach or mount volumes: unmounted volumes=[v0-data], unattached volumes=[v0-data dh-work]: timed out waiting for the condition", "volume"),
    ("FailedMount", 'MountVolume.SetUp failed for volume "pvc-1" : mount failed: exit status 32\nmount.nfs: Connection refused', "volume"),
    ("FailedAttachVolume", 'Multi-Attach error for volume "pvc-1" Volume is already exclusively attached to one node and can\'t be attached to another', "volume_busy"),
    ("FailedCreatePodSandBox", 'Failed to create pod sandbox: rpc error: code = Unknown desc = failed to get sandbox runtime: no runtime for "nvidia" is configured', "runtime_class"),
    ("FailedCreatePodSandBox", 'Failed to create pod sandbox: rpc error: code = Unknown desc = failed to setup network for sandbox "x": plugin type="calico" failed (add): no more addresses', "sandbox"),
]  # fmt: skip


@pytest.mark.parametrize(("reason", "said", "code"), EVENTS, ids=lambda value: "")
def test_events_of_a_pod_that_does_not_begin(reason: str, said: str, code: str) -> None:
    scene = scene_of("volume-missing")
    scene["events"] = [event for event in scene["events"] if event["reason"] == "Scheduled"]
    tell(scene, reason, said)
    found = found_in(scene)
    assert found is not None
    assert found.waiting
    assert found.code == code


def test_how_far_a_pod_is_where_nothing_is_wrong() -> None:
    scene = scene_of("volume-missing")
    scene["events"] = []
    found = found_in(scene)
    assert found
    assert (found.code, found.summary, found.cure) == ("starting", "Starting its container.", "")
    tell(scene, "Pulling", f'Pulling image "{IMAGE}"')
    found = found_in(scene)
    assert found
    assert found.summary == f"Fetching its image {IMAGE}."
