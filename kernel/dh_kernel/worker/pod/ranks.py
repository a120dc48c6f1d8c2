"""One of several pods that run an attempt together: each works in a folder of its own, and what the first one makes counts."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from ...rundir import RunFolder
from .deliver import Shared

if TYPE_CHECKING:
    from ..._contract import PodDocument, PodEnd, RunDocument

RANKS = "ranks"  # in the attempt's folder, where all pods share it
_OF_THE_BROKER = ("log.txt", "log.at", "cancel", "exit.json", "run.json", "outputs", RANKS)


def rank_of(job: PodDocument, environment: Mapping[str, str]) -> int | None:
    """Which one we are; None where there is one only."""
    return int(environment.get("JOB_COMPLETION_INDEX", "0")) if job["run"].get("nodes", 1) > 1 else None


def job_of(job: PodDocument, rank: int) -> PodDocument:
    """The job as this rank does it. Where the folder is shared, it is copied; where not, only the first hands over."""
    if job["deliver"]["kind"] != "folder":
        return job if rank == 0 else {**job, "deliver": {"kind": "folder"}}
    whole = RunFolder(job["folder"])
    own = RunFolder.create(whole.path / RANKS / str(rank), job["run"], None)
    for source in whole.path.iterdir():
        if source.name not in _OF_THE_BROKER and not source.name.startswith("."):
            _copy(source, own.path / source.name)
    return {**job, "folder": str(own.path)}


class Lifted(Shared):
    """Into the attempt's folder, which lies two above: all that the first made, or why another failed."""

    def __init__(self, rank: int) -> None:
        self._rank = rank

    def hand_over(self, folder: RunFolder, run: RunDocument, end: PodEnd) -> None:
        """The result last; the first that is there stays."""
        whole = RunFolder(folder.path.parent.parent)
        result = folder.read_result()
        if self._rank == 0:
            for name in ("outputs", "mlflow", "metrics", "handed", "environment"):
                _move(getattr(folder, name), getattr(whole, name))
        if result is not None and (self._rank == 0 or result["state"] == "ERROR"):
            result["outputs"] = result["outputs"] if self._rank == 0 else []
            whole.commit_result(result)


def _copy(source: Path, target: Path) -> None:
    if source.is_dir():
        shutil.copytree(source, target, dirs_exist_ok=True)
    else:
        shutil.copy2(source, target)


def _move(source: Path, target: Path) -> None:
    if source.is_dir() and target.is_dir():
        for name in os.listdir(source):
            os.replace(source / name, target / name)
    elif source.exists():
        os.replace(source, target)
