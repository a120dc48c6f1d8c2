"""A broker without HTTP, as a process that can be killed: `python -m tests.integration.runs.broker_process HOME`.

It says `ready`, then one line for each change of an entity. On standard input: `run NAME NUMBER` posts a run, and is
answered by `posted ID` when the run is stored.
"""

from __future__ import annotations

import sys
import threading
from pathlib import Path
from typing import Any

from .conftest import Plane

RETRIES = 1000


def main() -> None:
    """Until the input ends."""
    said = threading.Lock()

    def say(*words: Any) -> None:
        with said:
            print(*words, flush=True)

    plane = Plane(Path(sys.argv[1]))
    plane.catalogue.on_change = lambda event: say("changed", event["id"], event.get("state", ""))
    plane.start()
    say("ready")
    for line in sys.stdin:
        _, name, number = line.split()
        say("posted", plane.run(name, parameters={"number": int(number)}, retries=RETRIES)["id"])
    plane.close()


if __name__ == "__main__":
    main()
