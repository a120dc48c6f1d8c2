"""A profile's volumes, in the shape of DigitalHub's Core, as Kubernetes writes them. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .names import slug

Object = dict[str, Any]


def volume_of(asked: Mapping[str, Any], number: int) -> tuple[Object, Object]:
    """The pod's volume and the container's mount. Names that Kubernetes does not take are made over."""
    name = f"v{number}-{slug(str(asked['name']), 40)}"
    spec = dict(asked.get("spec") or {})
    return {"name": name, **_source(asked, spec)}, {"name": name, "mountPath": asked["mount_path"]}


def _source(asked: Mapping[str, Any], spec: Object) -> Object:
    kind = asked["volume_type"]
    size = str(spec.get("size") or spec.get("size_limit") or "")
    if kind in ("persistent_volume_claim", "shared_volume"):
        return {
            "persistentVolumeClaim": {"claimName": spec.get("claim_name") or spec.get("claimName") or asked["name"]}
        }
    if kind == "image":
        return {"image": {"reference": spec.get("reference") or spec.get("image") or asked["name"]}}
    if kind == "ephemeral":
        return {"ephemeral": {"volumeClaimTemplate": {"spec": _claim(spec, size)}}}
    medium = {"medium": spec["medium"]} if spec.get("medium") else {}
    return {"emptyDir": {**medium, **({"sizeLimit": size} if size else {})}}


def _claim(spec: Object, size: str) -> Object:
    kind = spec.get("storage_class") or spec.get("storageClassName")
    return {
        "accessModes": ["ReadWriteOnce"],
        "resources": {"requests": {"storage": size or "10Gi"}},
        **({"storageClassName": kind} if kind else {}),
    }
