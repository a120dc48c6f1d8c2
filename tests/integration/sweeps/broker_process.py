"""A broker with sweeps and without HTTP, as a process that can be killed: `python -m tests.integration.sweeps.broker_process HOME`.

It says `ready`, then one line for each change of an entity. On standard input: a SweepSpec as JSON posts a sweep of the
function `score`, and is answered by `posted ID` when it is stored.
"""

from __future__ import annotations

import json
import sys
import threading
from pathlib import Path
from typing import Any

from .conftest import SweepPlane


def main() -> None:
    """Until the input ends."""
    said = threading.Lock()

    def say(*words: Any) -> None:
        with said:
            print(*words, flush=True)

    plane = SweepPlane(Path(sys.argv[1]))

    def changed(event: Any) -> None:
        say("changed", event["id"], event.get("state", ""))
        plane.sweeps.changed(event)

    plane.catalogue.on_change = changed
    plane.start()
    say("ready")
    for line in sys.stdin:
        say("posted", plane.sweep("score", **json.loads(line))["id"])
    plane.close()


if __name__ == "__main__":
    main()
