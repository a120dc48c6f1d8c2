"""The cached environment of a function whose requirements the interpreter lacks: the first attempt that needs it makes it.

What it prints goes to the run's log.
"""

# ruff: noqa: T201

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
from collections.abc import Callable
from typing import Any

from .supervisor import DEPENDENCIES

READY = "ready"  # this file is in an environment that is whole


def install_step(environment: dict[str, Any]) -> Callable[[], int]:
    """The step before the worker. `environment`: folder, commands (argument lists), requirements."""

    def work() -> int:
        folder = environment["folder"]
        os.makedirs(os.path.dirname(folder), exist_ok=True)
        with open(folder + ".lock", "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            return 0 if os.path.exists(os.path.join(folder, READY)) else _install(environment)

    return work


def _install(environment: dict[str, Any]) -> int:
    folder, wanted = environment["folder"], ", ".join(environment["requirements"])
    shutil.rmtree(folder, ignore_errors=True)
    print(f"Installing {wanted} …", flush=True)
    for command in environment["commands"]:
        try:
            code = subprocess.call(command, stdin=subprocess.DEVNULL)
        except OSError as error:
            print(error)
            code = 1
        if code:
            print(f"The packages that the function needs could not be installed: {wanted}.", flush=True)
            return DEPENDENCIES
    with open(os.path.join(folder, READY), "w"):
        pass
    return 0
