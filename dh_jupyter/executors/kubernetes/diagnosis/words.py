"""Amounts of what a cluster has, as a person reads them, and what to type for more or less of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dh_kernel.errors import Invalid

from ....quantities import parse_quantity, show_bytes

_BYTES = ("memory", "storage", "ephemeral-storage")
_OPTIONS = {"cpu": ("cpu", "--cpu"), "memory": ("mem", "--memory"), "ephemeral-storage": ("disk", "--disk")}


def bare(resource: str) -> str:
    """`requests.nvidia.com/gpu` is `nvidia.com/gpu`."""
    return resource.removeprefix("requests.").removeprefix("limits.")


def number(amount: str) -> float | None:
    """`8Gi` in bytes, `500m` in cores; None for what is no quantity."""
    try:
        return parse_quantity(amount, "")
    except Invalid:
        return None


def amount_of(resource: str, amount: str) -> str:
    """`2 nvidia.com/gpu`, `8Gi of memory`, `500m of cpu`."""
    kind, count = bare(resource), number(amount)
    if kind in _BYTES and count is not None:
        return f"{show_bytes(count)} of {kind}"
    return f"{amount} {'of ' if kind == 'cpu' else ''}{kind}"


def asking(resource: str, amount: str) -> tuple[str, Mapping[str, Any] | None]:
    """How a run asks for that much: the option to type, and the same as a change of its options. None if it can't."""
    kind, count = bare(resource), number(amount)
    if "/" in kind:
        return f"--gpu {amount}", {"resources": {"gpu": amount}}
    if kind not in _OPTIONS or not count:
        return "", None
    field, flag = _OPTIONS[kind]
    shown = whole_units(count) if kind in _BYTES else amount
    return f"{flag} {shown}", {"resources": {field: shown}}


def whole_units(count: float) -> str:
    """Bytes as a quantity that may be typed: no fractions, never more than `count`."""
    for power, unit in ((30, "Gi"), (20, "Mi"), (10, "Ki")):
        if count >= 1 << power and count % (1 << power) == 0:
            return f"{int(count) >> power}{unit}"
    return str(int(count))


def next_size(limit: str) -> str:
    """The next power of two above a limit: 8Gi after 6Gi, 16Gi after 8Gi."""
    count = number(limit)
    return whole_units(1 << max(int(count), 1 << 20).bit_length()) if count else ""


def sentence(text: str) -> str:
    """With a full stop, and no line ends."""
    flat = " ".join(text.split()).rstrip(".")
    return f"{flat}." if flat else ""


def shortened(text: str, most: int = 300) -> str:
    """Long texts of others without their middle."""
    flat = " ".join(text.split())
    return flat if len(flat) <= most else f"{flat[: most // 2]} … {flat[-most // 2 :]}"


def joined(parts: list[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    return " and ".join(filter(None, [", ".join(parts[:-1]), *parts[-1:]]))
