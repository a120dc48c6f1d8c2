"""`python DETACHED supervise`: a cold start. The supervisor is a process of its own, and the worker a fresh Python."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sys

from . import processes
from .hand import VARIABLE, Hand
from .install import install_step, python_of
from .lock import take_lock
from .supervisor import Order, Supervisor, Work
from .waker import Waker


def main() -> None:
    """Read the order, leave the server's family, say `ok` when the lock is ours (or was another's before), supervise."""
    try:
        order = json.load(sys.stdin)
    except ValueError:  # who asked died before it had said all: nothing was begun, and the next broker asks again
        return
    if os.fork():
        os._exit(0)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    lock = take_lock(order["folder"])
    waker = Waker(order["wake"], order["handle"], is_many=bool(order["then"]))
    hand = Hand(order if lock is not None else {}, waker)
    with contextlib.suppress(OSError):  # who asked may be dead by now: the attempt goes on
        os.write(1, b"ok\n")
    null = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1):
        os.dup2(null, standard)
    if lock is None:
        return
    processes.adopt_orphans()
    wanted = order["environment"]
    steps = [] if wanted is None else [("installing", install_step(wanted, order["env"]))]
    supervisor = Supervisor(order, lock, order["leases"], waker, hand)
    supervisor.supervise([*steps, ("running", worker_step(order))], order["timeout"])


def worker_step(order: Order) -> Work:
    """The last step: a fresh Python becomes the worker."""

    def work() -> int:
        for name in ("DH_WAKE_FD", VARIABLE):
            with contextlib.suppress(OSError, KeyError):
                os.set_inheritable(int(order["env"][name]), True)
        python = order["python"] or python_of(order["environment"])
        command = [python, order["archive"], order["folder"]]
        os.execve(command[0], command, order["env"])

    return work
