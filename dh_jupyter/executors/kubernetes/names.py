"""Names and labels of the objects that we make: derived from (run, attempt) alone, so that a repeated create meets the first."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

PREFIX = "dh.io/"
MANAGED = "app.kubernetes.io/managed-by"
SELECTOR = f"{MANAGED}=dh"
RUN, ATTEMPT, FUNCTION, PROJECT = (PREFIX + word for word in ("run", "attempt", "function", "project"))
QUEUE = "kueue.x-k8s.io/queue-name"
_LONGEST = 63  # a label's value; a Job's name becomes one
_OF_RUN = 12  # characters of the run's id in a Job's name
_OF_FUNCTION = 24


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
            "app.kubernetes.io/instance": self.job,
            "app.kubernetes.io/component": "worker",
            "app.kubernetes.io/part-of": "dh",
            MANAGED: "dh",
            RUN: self.run,
            ATTEMPT: str(self.attempt),
            FUNCTION: slug(self.function, _LONGEST),
            PROJECT: slug(self.project, _LONGEST),
        }


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
