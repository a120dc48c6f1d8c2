"""What came of an attempt goes to the store: outputs first, then the small files, result.json, and ended.json last.

Whatever lies there without its ended.json may be the half of it, but a result.json has all that it names. Nothing is held
in memory.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from ...detached.written import write_atomically
from ...errors import Unavailable
from ...rundir import RunFolder
from ...stores.digests import sha256_of
from ...stores.forms import MOST, check_fits, post
from ...stores.parts import LARGEST, PART, put
from ...stores.s3 import mark_of

if TYPE_CHECKING:
    from ..._contract import PodDelivery, PodDocument, PodEnd, PodFollowing, RunDocument

BEGUN = "begun.json"
PATIENCE = 480.0  # seconds that a store may be away when there is something to lose
_FIRST = 60.0  # and when there is not
KEPT = 600.0  # seconds before the policy's end that are for the delivery
_AT_ONCE = 4


class Delivery(Protocol):
    """How what came out reaches the broker."""

    def begin(self) -> None:
        """Raise a DHError if it would not get there: better now than after hours of work."""

    def hand_over(self, folder: RunFolder, run: RunDocument, end: PodEnd) -> None:
        """All of it, and how it ended. Raises DHError or OSError."""

    def time_left(self) -> float:
        """Seconds that user code may run at most, so that what it gives can be handed over."""


def delivery_of(job: PodDocument | PodFollowing) -> Delivery:
    """As the job says."""
    return Shared() if job["deliver"]["kind"] == "folder" else ByForms(job["deliver"])


class Shared:
    """The attempt's folder is the broker's."""

    def begin(self) -> None:
        """It was there before us."""

    def hand_over(self, folder: RunFolder, run: RunDocument, end: PodEnd) -> None:
        """It lies there."""

    def time_left(self) -> float:
        """For ever."""
        return float("inf")


class ByForms:
    """To a store that takes what a policy allows."""

    def __init__(self, policy: PodDelivery, patience: float = PATIENCE) -> None:
        self._policy = policy
        self._patience = patience

    def begin(self) -> None:
        """Leave a word there. Raises Unavailable, Forbidden."""
        if self.time_left() <= 0:
            raise Unavailable(
                "The links by which it would hand over what comes out have ended while it waited.", "Run it again."
            )
        begun = Path(os.devnull)
        post(self._policy, BEGUN, begun, sha256_of(begun), _FIRST)

    def time_left(self) -> float:
        """Until the policy's end, but for what the delivery takes."""
        ends = self._policy.get("expires")
        return float("inf") if ends is None else _seconds(ends) - KEPT - time.time()

    def hand_over(self, folder: RunFolder, run: RunDocument, end: PodEnd) -> None:
        """See the module's text."""
        outputs, small = outputs_of(folder), small_of(folder, run)
        sizes = {name: (folder.path / name).stat().st_size for name in (*outputs, *small)}
        check_fits(self._most(), sizes)
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            for names in (outputs, small):
                list(pool.map(lambda name: self._send(folder.path / name, name), names))
        self._mark_folders(folder)
        if folder.result.is_file():
            self._send(folder.result, folder.result.name)
        write_atomically(str(folder.ended), json.dumps(end))
        self._send(folder.ended, folder.ended.name)

    def _mark_folders(self, folder: RunFolder) -> None:
        """Outputs that are folders are whole now, also the empty ones, which are nothing else there."""
        result = folder.read_result()
        for output in result["outputs"] if result else ():
            if output["path"].endswith("/") and "://" not in output["path"]:
                self._send(Path(os.devnull), mark_of(output["path"]))

    def _most(self) -> int:
        """Bytes of a file: parts are no use where a form takes less than one."""
        form = self._policy.get("limit", MOST)
        return LARGEST if self._policy.get("part", PART) <= form else form

    def _send(self, source: Path, name: str) -> None:
        put(self._policy, name, source, self._patience)


def _seconds(text: str) -> float:
    return datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


def outputs_of(folder: RunFolder) -> list[str]:
    """Names of files below outputs/, relative to the folder, sorted."""
    return sorted(path.relative_to(folder.path).as_posix() for path in _files(folder.outputs))


def small_of(folder: RunFolder, run: RunDocument) -> list[str]:
    """All else that the broker wants: a notebook as far as it was executed, what was logged, what was said."""
    notebook = [folder.path / run["function"]["file"]] if "file" in run["function"] else []
    known = [*notebook, *sorted(_files(folder.mlflow)), folder.metrics, folder.handed, folder.environment, folder.log]
    return [path.relative_to(folder.path).as_posix() for path in known if path.is_file()]


def _files(folder: Path) -> Iterator[Path]:
    for top, _, names in os.walk(folder):
        yield from (path for name in names if (path := Path(top, name)).is_file())
