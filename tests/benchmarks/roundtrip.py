"""From a call in Python to the first line of user code and back, through a real broker and real processes."""

from __future__ import annotations

import contextlib
import io
import json
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil

TIMES = 40
REGISTERED = 15


def moments() -> dict[str, float]:
    """When the function's first and last lines were executed."""
    import time

    begun = time.time()
    return {"begun": begun, "ended": time.time()}


def one_run(handle: Any) -> tuple[float, float]:
    """(call → first line of user code, last line → `wait()` returns), in milliseconds."""
    called = time.time()
    run = handle.run().wait()
    returned = time.time()
    seen = run.result
    return (seen["begun"] - called) * 1000, (returned - seen["ended"]) * 1000


def requests_of(call: Callable[[], Any]) -> tuple[float, int]:
    """(milliseconds, requests) of a call."""
    from dh_kernel.session import session

    client = session().client
    plain, count = client.request, 0

    def counted(*args: Any, **kwargs: Any) -> Any:
        nonlocal count
        count += 1
        return plain(*args, **kwargs)

    client.request = counted  # type: ignore[method-assign]
    try:
        begun = time.perf_counter()
        call()
        return (time.perf_counter() - begun) * 1000, count
    finally:
        client.request = plain  # type: ignore[method-assign]


def p(values: list[float], part: float) -> float:
    """The value that this part of all lies below."""
    return sorted(values)[min(len(values) - 1, int(len(values) * part))]


def row(figure: str, target: str, ours: str) -> None:
    print(json.dumps({"figure": figure, "target": target, "ours": ours}), flush=True)


def measure() -> None:
    import dh_kernel as dh

    with contextlib.redirect_stdout(io.StringIO()):
        handle = dh.function(moments)
    row("first run of all (cold)", "<= 300 ms + imports", f"{one_run(handle)[0]:.0f} ms")
    pairs = [one_run(handle) for _ in range(TIMES)]
    starts, ends = [first for first, _ in pairs], [last for _, last in pairs]
    row("warm run, call → first line", "p50 <= 60, p95 <= 150 ms", f"{p(starts, 0.5):.0f}, {p(starts, 0.95):.0f} ms")
    row("run's end → wait() returns", "<= 30 ms", f"p50 {p(ends, 0.5):.0f}, p95 {p(ends, 0.95):.0f} ms")
    with contextlib.redirect_stdout(io.StringIO()):
        again = [requests_of(lambda: dh.function(moments)) for _ in range(REGISTERED)]
    spent, requests = statistics.median(time for time, _ in again), max(count for _, count in again)
    row("register an unchanged function", "<= 30 ms, 1 request", f"{spent:.0f} ms, {requests} request(s)")


def main() -> None:
    for name in ("DH_SERVER_URL", "DH_TOKEN"):
        os.environ.pop(name, None)
    with tempfile.TemporaryDirectory(prefix="dh-bench-", ignore_cleanup_errors=True) as folder:
        os.environ["DH_HOME"] = folder
        try:
            measure()
        finally:
            written = Path(folder) / "broker.json"
            if written.exists():
                broker = psutil.Process(int(json.loads(written.read_text())["pid"]))
                broker.terminate()
                broker.wait(30)


if __name__ == "__main__":
    main()
