"""What no cluster has: a request for it is a slip of the pen, and would wait for ever. Pure."""

from __future__ import annotations

from dh_kernel.errors import Invalid

from ..base import Resources

CORES = 1024
MEMORY = 64 << 40  # bytes
DEVICES = 64
DISK = 1 << 50  # bytes


def check_is_thinkable(wanted: Resources) -> None:
    """Raise Invalid for more than the largest machines have."""
    for asked, most, what, option in (
        (wanted.cpu, CORES, "CPU cores", "--cpu"),
        (wanted.gpu, DEVICES, "GPUs", "--gpu"),
        (wanted.memory or 0, MEMORY, "bytes of memory", "--memory"),
        (wanted.disk or 0, DISK, "bytes of disk", "--disk"),
    ):
        if asked > most:
            raise Invalid(f"{asked:g} {what} were asked for; no node has so many.", f"Ask for less: {option}.")
