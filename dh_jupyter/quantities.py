"""Quantities as Kubernetes writes them (`8Gi`, `500m`, `2`) and as a person reads them."""

from __future__ import annotations

import re

from dh_kernel.errors import Invalid

_UNITS = {
    "": 1.0, "m": 1e-3, "k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12, "P": 1e15,
    "Ki": 2.0**10, "Mi": 2.0**20, "Gi": 2.0**30, "Ti": 2.0**40, "Pi": 2.0**50,
}  # fmt: skip
_QUANTITY = re.compile(r"(\d+)([a-zA-Z]*)")


def parse_quantity(text: str, path: str) -> float:
    """The number that `text` stands for: bytes for memory, cores for cpu. `path` names the field in the error."""
    match = _QUANTITY.fullmatch(text)
    if not match or match[2] not in _UNITS:
        raise Invalid(
            f"{path}: '{text}' is not a quantity.",
            "Write digits and a unit, e.g. 8Gi, 500Mi, 2 (half a core is 500m).",
        )
    return int(match[1]) * _UNITS[match[2]]


def show_bytes(count: float) -> str:
    """`8Gi`, `8.2Gi`, `512Mi`: at most one decimal."""
    for unit in ("Ti", "Gi", "Mi", "Ki"):
        if count >= _UNITS[unit]:
            return f"{count / _UNITS[unit]:.1f}".removesuffix(".0") + unit
    return f"{count:.0f} bytes"


def show_seconds(seconds: float) -> str:
    """`0:42`, `4:12`, `1:04:12`."""
    whole = int(seconds)
    hours, minutes = divmod(whole // 60, 60)
    return f"{hours}:{minutes:02}:{whole % 60:02}" if hours else f"{minutes}:{whole % 60:02}"
