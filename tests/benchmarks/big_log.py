"""A run that prints a gigabyte, as fast as it can, while a kernel follows its log: memory of the server and of the kernel.

`python tests/benchmarks/big_log.py [MEGABYTES]`
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import sys
import tempfile
import time
from pathlib import Path

import psutil

MEGABYTES = int(sys.argv[1]) if len(sys.argv) > 1 else 1000


def chatter(megabytes: int) -> int:
    """Lines of 1,000 bytes."""
    line = "x" * 999 + "\n"
    import sys

    for _ in range(megabytes):
        sys.stdout.write(line * 1000)
    return megabytes


def measure(broker: psutil.Process) -> list[dict[str, str]]:
    import dh_kernel as dh

    me = psutil.Process()
    with contextlib.redirect_stdout(io.StringIO()):
        handle = dh.function(chatter)
        handle.run(1).wait()
    before = broker.memory_info().rss, me.memory_info().rss
    most = list(before)
    begun, slowest, lines = time.monotonic(), 0.0, 0
    with contextlib.redirect_stdout(io.StringIO()):
        run = handle.run(MEGABYTES)
    for line in run.logs(follow=True):
        lines += 1
        assert len(line) == 999
        if lines % 10_000 == 0:
            most = [max(most[0], broker.memory_info().rss), max(most[1], me.memory_info().rss)]
            asked = time.monotonic()
            assert run.state in ("starting", "running", "succeeded")
            slowest = max(slowest, time.monotonic() - asked)
    assert lines == MEGABYTES * 1000, lines
    assert len(run.logs()) < 3_000_000
    most[0] = max(most[0], broker.memory_info().rss)
    spent = time.monotonic() - begun
    more = [(peak - was) / 2**20 for peak, was in zip(most, before, strict=True)]
    figure = f"{MEGABYTES / 1000:g} GB of log, followed"
    return [
        {"figure": f"{figure}: server", "target": "<= 50 MB more", "ours": f"{more[0]:.0f} MB more"},
        {"figure": f"{figure}: kernel", "target": "<= 50 MB more", "ours": f"{more[1]:.0f} MB more ({spent:.0f} s)"},
        {"figure": f"{figure}: slowest other answer", "target": "", "ours": f"{slowest * 1000:.0f} ms"},
    ]


def main() -> None:
    for name in ("DH_SERVER_URL", "DH_TOKEN"):
        os.environ.pop(name, None)
    with tempfile.TemporaryDirectory(prefix="dh-bench-", ignore_cleanup_errors=True) as folder:
        os.environ["DH_HOME"] = folder
        import dh_kernel as dh

        dh.doctor()
        broker = psutil.Process(int(json.loads((Path(folder) / "broker.json").read_text())["pid"]))
        try:
            for row in measure(broker):
                print(json.dumps(row), flush=True)
        finally:
            broker.terminate()
            broker.wait(30)


if __name__ == "__main__":
    main()
