"""Memory limits of containers, by control groups of version 1 or 2. Needs root.

Where the controller is missing or not writable a container simply runs without a limit.
"""

import contextlib
import os
from dataclasses import dataclass
from pathlib import Path

ROOT = Path("/sys/fs/cgroup")
VERSION_1 = ROOT / "memory"


def memory_can_be_limited() -> bool:
    """Whether this machine lets us make memory groups: tried with an empty one."""
    group = MemoryGroup.create(f"probe-{os.getpid()}", 1 << 30)
    if group:
        group.remove()
    return group is not None


@dataclass(frozen=True)
class MemoryGroup:
    """A control group around one container."""

    folder: Path
    version: int

    @classmethod
    def create(cls, name: str, limit: int) -> "MemoryGroup | None":
        """None where this machine has no memory controller for us."""
        if os.geteuid() != 0:
            return None
        try:
            if VERSION_1.is_dir():
                return cls._create(VERSION_1, name, 1, {"memory.limit_in_bytes": limit})
            return cls._create_version_2(name, limit)
        except OSError:
            return None

    @classmethod
    def _create_version_2(cls, name: str, limit: int) -> "MemoryGroup | None":
        if "memory" not in (ROOT / "cgroup.controllers").read_text().split():
            return None
        parent = ROOT / "kubernetes-bed"
        parent.mkdir(exist_ok=True)
        for folder in (ROOT, parent):
            (folder / "cgroup.subtree_control").write_text("+memory")
        # oom.group: as kubelets since 1.28, the whole container dies, not one process of it
        limits = {"memory.max": limit, "memory.swap.max": 0, "memory.oom.group": 1}
        return cls._create(ROOT, name, 2, limits)

    @classmethod
    def _create(cls, root: Path, name: str, version: int, limits: dict[str, int]) -> "MemoryGroup":
        folder = root / "kubernetes-bed" / name
        folder.mkdir(parents=True, exist_ok=True)
        for file, value in limits.items():
            (folder / file).write_text(str(value))
        return cls(folder, version)

    @property
    def killed(self) -> bool:
        """Whether the kernel killed a process of the group for memory."""
        file = "memory.oom_control" if self.version == 1 else "memory.events"
        counters = dict(line.split() for line in (self.folder / file).read_text().splitlines())
        return int(counters["oom_kill"]) > 0

    def remove(self) -> None:
        with contextlib.suppress(OSError):  # a process of it is not reaped yet; the empty group does no harm
            self.folder.rmdir()
