"""What a pod is told."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

from dh_jupyter.executors.base import Submission
from dh_jupyter.executors.kubernetes.manifest import Place, manifest
from dh_jupyter.executors.kubernetes.names import Identity
from dh_jupyter.executors.kubernetes.prepared import Handling, document_of
from dh_jupyter.executors.kubernetes.settings import KubernetesSettings
from dh_jupyter.validation import faults_of


def test_packages_are_installed_where_the_pod_may_write() -> None:
    """Its root is read-only, and of the home it sees its own attempt only."""
    submission = Submission("r1-1", Path("/dh/runs/demo/r1/1"), requirements=("lightgbm",))
    document = document_of(
        submission, Handling("/dh/work/run", {"id": "r1"}, {}, {"kind": "folder"}), KubernetesSettings()
    )
    assert [fault for fault in faults_of("PodDocument", document) if "$.run" not in fault] == []
    job = manifest(submission, Identity("r1", 1, "demo", "f"), Place("w"), KubernetesSettings(), (1, 34))
    (container,) = job["spec"]["template"]["spec"]["containers"]
    assert container["securityContext"]["readOnlyRootFilesystem"] is True
    written = [PurePosixPath(mount["mountPath"]) for mount in container["volumeMounts"] if not mount.get("readOnly")]
    assert any(PurePosixPath(document["cache"]).is_relative_to(mount) for mount in written)
