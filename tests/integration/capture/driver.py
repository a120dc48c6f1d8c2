"""In the kernel: what has been started, and how it compares with the calls there."""

from __future__ import annotations

import asyncio
import inspect
from typing import Any

from dh_kernel.capture.values import is_same


class Table:
    """Runs by name, each with what the same call gave in the kernel."""

    def __init__(self) -> None:
        self._runs: dict[str, tuple[Any, Any]] = {}

    def start(self, name: str, function: Any, arguments: Any) -> None:
        """A run first, so that what the call here changes comes after it."""
        args, named = ((), arguments) if isinstance(arguments, dict) else (arguments, {})
        run = function.run(*args, **named)
        self._runs[name] = (run, _called(function, args, named))

    def compare(self) -> None:
        """Print a line for each that is not the same, and how many are."""
        same = 0
        for name, (run, here) in self._runs.items():
            try:
                there = run.result
            except Exception as error:  # noqa: BLE001 - it is what the test wants to know
                print(f"BAD {name}: {error}\n{run.logs()}")
                continue
            same += is_same(there, here)
            if not is_same(there, here):
                print(f"BAD {name}: {there!r} is not {here!r}")
        print(f"{same} of {len(self._runs)} are the same")


def _called(function: Any, args: Any, named: Any) -> Any:
    value = function(*args, **named)
    if not inspect.isawaitable(value):
        return value
    loop = asyncio.new_event_loop()  # the kernel's own is at work

    async def wait() -> Any:
        return await value

    from threading import Thread

    given: list[Any] = []
    thread = Thread(target=lambda: given.append(loop.run_until_complete(wait())))
    thread.start()
    thread.join()
    return given[0]
