"""The objects beside the Job: ConfigMaps that are named by what they hold, and the attempt's Secret. Pure.

A ConfigMap is immutable, and shared by all attempts with the same content until none needs it (collecting.py). Whatever
holds a link or a secret's value is in the attempt's Secret, which goes with its Job.
"""

from __future__ import annotations

import base64
import hashlib
import io
import json
import zipfile
from collections.abc import Mapping
from typing import Any

from .names import MANAGED, Identity

Object = dict[str, Any]

WORKER = "worker.pyz"
CODE = "code.zip"
JOB = "job.json"
LARGEST = 700 * 1024  # bytes in a ConfigMap; its limit is 1 MiB with all around it, as base64
VARIABLE = "env."  # before a secret's name, as a key
_DATE = (1980, 1, 1, 0, 0, 0)


def content_map(kind: str, key: str, data: bytes) -> Object:
    """An immutable ConfigMap `dh-KIND-DIGEST` with one file."""
    digest = hashlib.sha256(data).hexdigest()
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": f"dh-{kind}-{digest[:12]}", "labels": {MANAGED: "dh", "app.kubernetes.io/part-of": "dh"}},
        "immutable": True,
        "binaryData": {key: base64.b64encode(data).decode()},
    }


def zipped(files: Mapping[str, bytes]) -> bytes:
    """The same files are the same bytes."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(files):
            info = zipfile.ZipInfo(name, _DATE)
            info.external_attr = 0o644 << 16
            archive.writestr(info, files[name], zipfile.ZIP_DEFLATED)
    return made.getvalue()


def attempt_secret(
    identity: Identity, name: str, documents: Mapping[str, Mapping[str, Any]], secrets: Mapping[str, str]
) -> Object:
    """What the pods are told, and the values of the run's secrets, each under its own key."""
    texts = {key: json.dumps(document) for key, document in documents.items()}
    texts.update({VARIABLE + name: value for name, value in secrets.items()})
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": name, "labels": identity.labels()},
        "type": "Opaque",
        "data": {name: base64.b64encode(text.encode()).decode() for name, text in texts.items()},
    }


def owned_by(job: Object) -> Object:
    """The patch (strategic merge) by which an object goes with a Job, beside what else it goes with."""
    metadata = job["metadata"]
    owner = {"apiVersion": "batch/v1", "kind": "Job", "name": metadata["name"], "uid": metadata["uid"]}
    return {"metadata": {"ownerReferences": [owner]}}
