"""What Kubernetes calls a kind of GPU: the resource that a device plug-in offers. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

NVIDIA = "nvidia.com/gpu"
_BY_MAKER = {"nvidia": NVIDIA, "amd": "amd.com/gpu", "intel": "gpu.intel.com/i915"}
_SLICE = re.compile(r"(?:nvidia-)?(mig-\d+g\.\d+gb(?:\.\w+)?)$")


def resource_of(placement: Mapping[str, Any]) -> str:
    """The profile's `gpu_resource`; else by its `gpu_type`: a resource's own name (it has a slash), a slice of a GPU
    (mig-1g.10gb), or a name that begins with its maker (amd-mi300x); NVIDIA's where nothing is said."""
    if placement.get("gpu_resource"):
        return str(placement["gpu_resource"])
    kind = str(placement.get("gpu_type") or "").lower()
    if "/" in kind:
        return str(placement["gpu_type"])
    if found := _SLICE.match(kind):
        return f"nvidia.com/{found[1]}"
    return _BY_MAKER.get(kind.partition("-")[0], NVIDIA)
