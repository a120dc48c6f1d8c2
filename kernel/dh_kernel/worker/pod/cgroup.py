"""What the kernel has counted for this container: cgroup v2 or v1, wherever it is mounted. Linux; zeros elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

ROOT = Path("/sys/fs/cgroup")
MEMBERSHIP = Path("/proc/self/cgroup")


@dataclass(frozen=True)
class Memory:
    """`peak` in bytes with the page cache (0: not told), `kills`: processes killed for want of memory so far."""

    peak: int = 0
    kills: int = 0


def memory(root: Path = ROOT, membership: Path = MEMBERSHIP) -> Memory:
    """Of this process's own group."""
    lines = _text(membership).splitlines()
    for folder in _places(root, lines):
        if (folder / "memory.events").exists():
            return Memory(_number(folder / "memory.peak"), _field(folder / "memory.events", "oom_kill"))
        if (folder / "memory.oom_control").exists():
            peak = _number(folder / "memory.max_usage_in_bytes")
            return Memory(peak, _field(folder / "memory.oom_control", "oom_kill"))
    return Memory()


def _places(root: Path, lines: list[str]) -> list[Path]:
    """Where the group's files may lie: below its path, or at the root of a namespace of its own."""
    unified, old = root, root / "memory"
    found = []
    for line in lines:
        _, controllers, path = ([*line.split(":", 2), "", ""])[:3]
        if controllers == "" and path:
            found.append(unified / path.lstrip("/"))
        elif "memory" in controllers.split(","):
            found.append(old / path.lstrip("/"))
    return [*found, unified, old]


def _text(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:
        return ""


def _number(path: Path) -> int:
    text = _text(path).strip()
    return int(text) if text.isdigit() else 0


def _field(path: Path, name: str) -> int:
    for line in _text(path).splitlines():
        key, _, value = line.partition(" ")
        if key == name and value.strip().isdigit():
            return int(value)
    return 0
