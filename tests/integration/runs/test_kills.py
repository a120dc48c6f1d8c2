"""A hundred kills at random moments: no run is lost, none is committed twice, none runs for ever, every log is kept."""

from __future__ import annotations

import random
from pathlib import Path

from tests.fixtures.kills import Mayhem

KILLS = 100
AT_WORK = 20


def test_a_hundred_kills(home: Path) -> None:
    seed = random.randrange(10**6)
    print(f"seed {seed}")
    mayhem = Mayhem(home, seed)
    try:
        mayhem.rage(KILLS, AT_WORK)
        mayhem.settle()
        print(f"{dict(mayhem.killed)}, {len(mayhem.runs)} runs")
        assert mayhem.faults() == []
    finally:
        mayhem.close()
