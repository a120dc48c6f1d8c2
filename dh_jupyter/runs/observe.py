"""What can be seen of a run: the executor's observation and the attempt's folder, as facts for the decision."""

from __future__ import annotations

import codecs
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from dh_kernel.errors import NotFound
from dh_kernel.rundir import RunFolder

from ..clock import as_seconds
from ..executors.base import Executor
from .ages import Ages
from .attempts import folder_of, handle_of
from .ownership import Ownership
from .reconcile import Facts

if TYPE_CHECKING:
    from dh_kernel._contract import Entity, Environment

    from ..catalogue.catalogue import Catalogue

LOG_CHUNK = 256 * 1024
LOG_CAP = 2 * 1024 * 1024  # as Core: what the whole log as one text may have


class Observer:
    """Reads; changes nothing but what `forget` removes."""

    def __init__(
        self, catalogue: Catalogue, executor: Callable[[str], Executor], home: Path, ownership: Ownership
    ) -> None:
        self._catalogue = catalogue
        self._executor = executor
        self.home = home
        self._ownership = ownership
        self.ages = Ages()

    def folder(self, run: Entity) -> Path:
        """The folder of the run's newest attempt."""
        return folder_of(self.home, run["project"], run["id"], run["status"].get("attempt") or 1)

    def created(self, run: Entity) -> float:
        """When the run was posted, in seconds since 1970."""
        return as_seconds(run["metadata"]["created"])

    def facts(self, run: Entity) -> Facts:
        """All that the next action depends on."""
        status, spec = run["status"], run["spec"]
        attempt, created = status.get("attempt", 0), self.created(run)
        observation = result = None
        if attempt:
            folder, handle = self.folder(run), handle_of(run["id"], attempt)
            observation = self._executor(spec.get("executor", "local")).poll({handle: folder})[handle]
            if observation.phase in ("exited", "missing"):
                result = RunFolder(folder).read_result()
        return Facts(
            state=status.get("state", "CREATED"),
            message=status.get("message", ""),
            attempt=attempt,
            retries=spec.get("retries", 0),
            stop_asked="stop_asked" in status,
            created=created,
            queue_timeout=spec.get("queue_timeout"),
            total_timeout=spec.get("total_timeout"),
            now=created + self.ages.age(run["id"], created),
            observation=observation,
            result=result,
        )

    def environment(self, run: Entity) -> Environment:
        """What was installed where the newest attempt ran. Raises NotFound where that is not known (yet)."""
        recorded = RunFolder(self.folder(run)).read_environment() if run["status"].get("attempt") else None
        if recorded is None and self._ownership.is_theirs(run):
            raise NotFound(f"The environment of {_name(run)} is recorded {self._ownership.where(run)}.")
        if recorded is None:
            raise NotFound(
                f"{_name(run)} has no recorded environment.", "It is recorded when the run's process starts."
            )
        return recorded

    def newest_attempt(self, project: str, run_id: str) -> int:
        """By the folders that there are; 0 if there is none."""
        runs = folder_of(self.home, project, run_id, 1).parent
        found = (int(each.name) for each in runs.glob("*") if each.name.isdigit())
        return max(found, default=0)

    def read_log(self, run: Entity, since: int, limit: int = LOG_CHUNK) -> bytes:
        """At most `limit` bytes of the newest attempt's log from byte `since`."""
        attempt = run["status"].get("attempt")
        if not attempt:
            return b""
        if self._ownership.is_theirs(run):
            return f"[The log is {self._ownership.where(run)}.]\n".encode()[since : since + limit]
        executor = self._executor(run["spec"].get("executor", "local"))
        return executor.log(handle_of(run["id"], attempt), self.folder(run), since, limit)

    def log_text(self, project: str, run_id: str) -> str:
        """The whole log, or its head and tail with a line between that says what is left out."""
        run = self._catalogue.get(project, "run", run_id)
        head = self.read_log(run, 0, LOG_CAP)
        if len(head) < LOG_CAP:
            return head.decode(errors="replace")
        size, half = self._log_size(run, LOG_CAP), LOG_CAP // 2
        middle = f"\n… {size - LOG_CAP:,} bytes are left out here …\n"
        return part_as_text(head[:half]) + middle + part_as_text(self.read_log(run, size - half, half))

    def log_size(self, run: Entity) -> int:
        """Bytes of the newest attempt's log."""
        return self._log_size(run, 1) if self.read_log(run, 0, 1) else 0

    def _log_size(self, run: Entity, least: int) -> int:
        """Bytes of a log that has at least so many: found by looking, so that a huge one is not read."""
        below, above = least - 1, 2 * least  # there is a byte at `below`
        while self.read_log(run, above, 1):
            below, above = above, 2 * above
        while above - below > 1:
            middle = (below + above) // 2
            below, above = (middle, above) if self.read_log(run, middle, 1) else (below, middle)
        return above

    def forget_log(self, run: Entity) -> None:
        """Remove the text of all attempts' logs."""
        for log in folder_of(self.home, run["project"], run["id"], 1).parent.glob("*/log.txt"):
            log.unlink(missing_ok=True)

    def forget(self, project: str, run_id: str) -> None:
        """Remove the run's folders."""
        shutil.rmtree(folder_of(self.home, project, run_id, 1).parent, ignore_errors=True)


def part_as_text(part: bytes) -> str:
    """Of a part of a log: halves of characters at its ends are left out."""
    start = next((place for place, byte in enumerate(part[:4]) if byte & 0xC0 != 0x80), 0)
    return codecs.getincrementaldecoder("utf-8")("replace").decode(part[start:])


def _name(run: Entity) -> str:
    return str(run["metadata"].get("reference", run["id"]))
