"""A thousand kills at random moments, of workers, supervisors, zygotes and brokers: what is lost, what is done twice?

`python tests/benchmarks/kills.py [SEED]`
"""

from __future__ import annotations

import json
import random
import sys
import tempfile
import time
from pathlib import Path

from tests.fixtures.kills import Mayhem

KILLS, AT_WORK = 1000, 40


def main() -> None:
    seed = int(sys.argv[1]) if len(sys.argv) > 1 else random.randrange(10**6)
    with tempfile.TemporaryDirectory(prefix="dh-bench-", ignore_cleanup_errors=True) as folder:
        mayhem, begun = Mayhem(Path(folder), seed), time.monotonic()
        try:
            mayhem.rage(KILLS, AT_WORK)
            mayhem.settle()
            faults = mayhem.faults()
        finally:
            mayhem.close()
    lost = [fault for fault in faults if "lost" in fault]
    row = {
        "figure": f"{sum(mayhem.killed.values())} kills among {len(mayhem.runs)} runs",
        "target": "0 lost, 0 double",
        "ours": f"{len(lost)} lost, {len(faults) - len(lost)} double or wrong ({time.monotonic() - begun:.0f} s)",
    }
    print(json.dumps(row))
    print(f"seed {seed}: {dict(mayhem.killed)}", *faults, sep="\n")


if __name__ == "__main__":
    main()
