"""Names and labels of the objects that we make: derived from (run, attempt) alone, so that a repeated create meets the first."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

PREFIX = "dh.io/"
MANAGED = "app.kubernetes.io/managed-by"
INSTANCE = "app.kubernetes.io/instance"
SELECTOR = f"{MANAGED}=dh"
RUN, ATTEMPT, FUNCTION, PROJECT = (PREFIX + word for word in ("run", "attempt", "function", "project"))
THEN = PREFIX + "then"  # an annotation: handles of the attempts that its pod has after the first
BESIDE = PREFIX + "beside"  # an annotation: handles of the attempts that its other pods have, by their index
INDEX = "batch.kubernetes.io/job-completion-index"
QUEUE = "kueue.x-k8s.io/queue-name"
_LONGEST = 63  # a label's value; a Job's name becomes one
_OF_RUN = 12  # characters of the run's id in a Job's name
_OF_FUNCTION = 24
_HANDLE = re.compile(r"\w[\w.-]*-\d+")  # a run's id and a number, by which it has a folder


@dataclass(frozen=True)
class Identity:
    """An attempt as labels know it."""

    run: str
    attempt: int
    project: str
    function: str

    @property
    def handle(self) -> str:
        """The executor's handle."""
        return f"{self.run}-{self.attempt}"

    @property
    def job(self) -> str:
        """The Job's name, and its Secret's: at most 52 characters, since pods add to it."""
        return f"dh-{slug(self.function, _OF_FUNCTION)}-{self.run[-_OF_RUN:].lower()}-a{self.attempt}"

    def labels(self) -> dict[str, str]:
        """Of every object of the attempt."""
        return {
            "app.kubernetes.io/name": "dh-run",
            INSTANCE: self.job,
            "app.kubernetes.io/component": "worker",
            "app.kubernetes.io/part-of": "dh",
            MANAGED: "dh",
            RUN: self.run,
            ATTEMPT: str(self.attempt),
            FUNCTION: slug(self.function, _LONGEST),
            PROJECT: slug(self.project, _LONGEST),
        }


def handles_of(item: Mapping[str, Any]) -> tuple[str, ...]:
    """The handles of the attempts that a Job or a pod has, in their order; none for what is not ours."""
    first = handle_of(item["metadata"].get("labels"))
    if not first:
        return ()
    noted = item["metadata"].get("annotations") or {}
    if INDEX in noted and BESIDE in noted:
        return (first, *_listed(noted, BESIDE))[int(noted[INDEX]) :][:1]
    return (first, *_listed(noted, THEN), *_listed(noted, BESIDE))


def _listed(noted: Mapping[str, Any], name: str) -> list[str]:
    return [one for one in str(noted.get(name) or "").split() if _HANDLE.fullmatch(one)]


def secret_of(job: str, handles: Sequence[str]) -> str:
    """The name of a Job's Secret: its own, and where several attempts have the Job, another one for others of them. What a
    broker that died had written for some is never told to others."""
    told = hashlib.sha256(" ".join(handles).encode()).hexdigest()[:8]
    return f"{job}-{told}" if len(handles) > 1 else job


def handle_of(labels: dict[str, str] | None) -> str:
    """The handle that an object's labels tell; empty for what is not ours."""
    told = labels or {}
    return f"{told[RUN]}-{told[ATTEMPT]}" if RUN in told and ATTEMPT in told else ""


def slug(text: str, longest: int) -> str:
    """A text as names and label values may be: lower case, digits, hyphens. What was cut or changed beyond recognition ends
    with a digest, so that two texts stay two."""
    made = re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")
    if len(made) <= longest and made:
        return made
    digest = hashlib.sha256(text.encode()).hexdigest()[:6]
    return f"{made[: longest - 7].strip('-')}-{digest}".strip("-")
