"""Requests that nobody wrote: one by one from the server's description of itself, and in long conversations."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys

TESTS = "tests/integration/generated"
ASKED = {"DH_GENERATED": "20", "DH_CONVERSATIONS": "10"}  # 10,000 and some; about five minutes of CPU
SAID = re.compile(r"^(\d+) requests, (\d+) faults$", re.MULTILINE)


def main() -> int:
    command = [sys.executable, "-m", "pytest", "-q", "-rP", TESTS]
    done = subprocess.run(command, env={**os.environ, **ASKED}, capture_output=True, text=True)
    said = SAID.findall(done.stdout)
    sent, faults = (sum(int(pair[place]) for pair in said) for place in (0, 1))
    row = {
        "figure": "generated requests: 5xx, untrue answers or half-made things",
        "target": "0 of 10,000",
        "ours": f"{faults} of {sent:,}",
    }
    print(json.dumps(row))
    if done.returncode:
        print(done.stdout[-3000:], file=sys.stderr)
    return done.returncode


if __name__ == "__main__":
    raise SystemExit(main())
