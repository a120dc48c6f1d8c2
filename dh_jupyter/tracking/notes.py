"""What is still to be written to MLflow: one small file in the home for each run, so that no restart forgets any."""

from __future__ import annotations

import json
import logging
from pathlib import Path

log = logging.getLogger("dh_jupyter.tracking")

MOST = 100_000  # runs that may wait; of more, the oldest is left out


class Notes:
    """A folder of `RUN-ID.json`. Thread-safe as files are; `waiting` is in the order of the runs' ends."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.left_out = 0

    def load(self) -> list[str]:
        """Ids of all runs that wait, the oldest first."""
        self._folder.mkdir(parents=True, exist_ok=True)
        files = sorted(self._folder.glob("*.json"), key=lambda path: path.stat().st_mtime_ns)
        return [path.stem for path in files]

    def add(self, project: str, run_id: str) -> None:
        """Whole, or not at all."""
        self._folder.mkdir(parents=True, exist_ok=True)
        place = self._folder / f"{run_id}.json"
        beside = place.with_suffix(".new")
        beside.write_text(json.dumps({"project": project, "id": run_id}))
        beside.replace(place)

    def project_of(self, run_id: str) -> str | None:
        """None: it does not wait any more."""
        try:
            return str(json.loads((self._folder / f"{run_id}.json").read_bytes())["project"])
        except (FileNotFoundError, ValueError, KeyError):
            return None

    def remove(self, run_id: str) -> None:
        """It is written."""
        (self._folder / f"{run_id}.json").unlink(missing_ok=True)

    def leave_out(self, run_id: str) -> None:
        """There are too many."""
        self.left_out += 1
        log.warning("Run %s is left out of MLflow: more than %d runs wait.", run_id, MOST)
        self.remove(run_id)
