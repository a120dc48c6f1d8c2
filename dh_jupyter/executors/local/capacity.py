"""What this machine has, and the refusal of what it can never give."""

from __future__ import annotations

import functools
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from dh_kernel.errors import Invalid

from ..base import Resources


@dataclass(frozen=True)
class Capacity:
    """Cores, devices by the names that CUDA_VISIBLE_DEVICES takes, bytes of memory."""

    cpu: int
    gpus: tuple[str, ...]
    memory: int

    def check(self, wanted: Resources, home: Path) -> None:
        """Raise Invalid for what can never be met."""
        if wanted.cpu > self.cpu:
            raise Invalid(
                f"{wanted.cpu:g} CPU cores were asked for; this machine has {self.cpu}.",
                f"Ask for --cpu {self.cpu} or less.",
            )
        if wanted.gpu > len(self.gpus):
            raise Invalid(self._no_gpu(wanted.gpu), "Ask for fewer, or run elsewhere: --on EXECUTOR.")
        if wanted.memory is not None and wanted.memory > self.memory:
            raise Invalid(_too_much("memory", wanted.memory, self.memory), "Ask for less: --memory.")
        if wanted.disk is not None and wanted.disk > (total := shutil.disk_usage(home).total):
            raise Invalid(_too_much("disk", wanted.disk, total), "Ask for less: --disk.")

    def _no_gpu(self, wanted: int) -> str:
        has = f"{len(self.gpus)} GPUs" if len(self.gpus) > 1 else "one GPU" if self.gpus else "no GPU"
        return f"{wanted} GPU{'s' if wanted > 1 else ''} asked for; this machine has {has}."


def _too_much(what: str, wanted: int, has: int) -> str:
    return f"{wanted / 2**30:,.1f} GiB of {what} asked for; this machine has {has / 2**30:,.1f} GiB."


def usable_cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def total_memory() -> int:
    """Bytes of this machine's memory."""
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


@functools.cache
def visible_gpus() -> tuple[str, ...]:
    """Devices: those that the server may see, else all that nvidia-smi names."""
    told = os.environ.get("CUDA_VISIBLE_DEVICES")
    if told is not None:
        return tuple(name.strip() for name in told.split(",") if name.strip() and name.strip() != "-1")
    tool = shutil.which("nvidia-smi")
    if tool is None:
        return ()
    asked = subprocess.run(
        [tool, "--query-gpu=index", "--format=csv,noheader"], capture_output=True, text=True, check=False, timeout=30
    )
    return tuple(asked.stdout.split()) if asked.returncode == 0 else ()
