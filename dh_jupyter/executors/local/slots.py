"""Slots: a core or a GPU is a file, and whoever holds its lock has it. The kernel takes it back when the holder dies."""

from __future__ import annotations

import contextlib
import fcntl
import math
import os
import threading
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from dh_kernel.errors import Busy

from ..base import Resources


@dataclass(frozen=True)
class Lease:
    """Slots that we hold. The descriptors may be handed on; closing ours then gives nothing back."""

    descriptors: tuple[int, ...]
    cores: int
    gpus: tuple[str, ...]

    def __enter__(self) -> Lease:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for descriptor in self.descriptors:
            os.close(descriptor)


class Slots:
    """The slots of one home, shared by all processes that use it."""

    def __init__(self, folder: Path, cpu: int, gpus: list[str]) -> None:
        self._folder = folder
        self._cpu = [f"cpu-{number}" for number in range(cpu)]
        self._gpus = gpus
        self._turn = threading.Lock()

    def take(self, resources: Resources) -> Lease:
        """All slots that are asked for. Raises Busy, with what it waits for, and then takes none."""
        cores = max(1, math.ceil(resources.cpu))
        with self._turn, contextlib.ExitStack() as undo:
            held = self._some("CPU", self._cpu, cores, undo)
            gpus = self._some("GPU", [f"gpu-{name}" for name in self._gpus], resources.gpu, undo)
            undo.pop_all()
        names = tuple(name.removeprefix("gpu-") for name in gpus)
        return Lease((*held.values(), *gpus.values()), cores, names)

    def _some(self, kind: str, names: list[str], wanted: int, undo: contextlib.ExitStack) -> dict[str, int]:
        taken: dict[str, int] = {}
        for name in names:
            if len(taken) == wanted:
                break
            descriptor = self._try(name)
            if descriptor is not None:
                undo.callback(os.close, descriptor)
                taken[name] = descriptor
        if len(taken) < wanted:
            raise Busy(_waiting(kind, wanted, len(names) - len(taken), len(names)), lacks=kind)
        return taken

    def _try(self, name: str) -> int | None:
        descriptor = os.open(self._folder / name.replace("/", "_"), os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return None
        return descriptor


def _waiting(kind: str, wanted: int, used: int, all_of_them: int) -> str:
    slots = f"a {kind} slot" if wanted == 1 else f"{wanted} {kind} slots"
    return f"Waiting for {slots}: {used} of {all_of_them} in use."
