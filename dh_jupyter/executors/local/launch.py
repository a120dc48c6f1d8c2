"""Starting an attempt: the order that a supervisor gets, and the two ways to hand it over."""

from __future__ import annotations

import functools
import json
import os
import select
import socket
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import dh_kernel
from dh_kernel.errors import Unavailable

from ..base import Following, Submission
from . import variables
from .requirements import Environment
from .slots import Lease

DETACHED = str(Path(dh_kernel.__file__).with_name("detached"))
_PATIENCE = 20.0  # seconds for a supervisor to say that it holds the lock, on a machine that is very busy
_WARM_PATIENCE = 5.0  # a zygote that takes longer is passed by


@dataclass(frozen=True)
class Order:
    """What a supervisor is asked for, and the descriptors that go with it. It may hold secrets: it goes by pipe, not by file."""

    submission: Submission
    lease: Lease
    archive: Path
    wake: Path
    environment: Environment | None = None  # made first if it is not there
    processes: int | None = None  # the most that it may have at once
    output: tuple[int, ...] = ()  # the pipe of what it prints, reading and writing end, if others are to have it, too

    @functools.cached_property
    def python(self) -> str | None:
        """The interpreter of the user's process; None while it must be made."""
        return self.environment.python if self.environment else sys.executable

    def document(self) -> dict[str, Any]:
        """As JSON."""
        submission = self.submission
        return {
            "handle": submission.handle,
            "folder": str(submission.folder.absolute()),
            "archive": str(self.archive),
            "python": self.python,
            "env": variables.of_run({**submission.env, **submission.secrets}, self.lease.cores, self.lease.gpus),
            "secrets": dict(submission.secrets),
            "threads": self.lease.cores,
            "timeout": submission.timeout,
            "memory": submission.resources.memory,
            "processes": self.processes,
            "wake": str(self.wake),
            "leases": list(self.lease.descriptors),
            "output": list(self.output),
            "environment": self._installation(),
            "then": [_following(one) for one in submission.then],
            "share": submission.share,
        }

    @property
    def descriptors(self) -> list[int]:
        """What goes along with the document: the leases, then the pipe."""
        return [*self.lease.descriptors, *self.output]

    def _installation(self) -> dict[str, Any] | None:
        return self.environment.wanted() if self.environment and self.python is None else None


def _following(one: Following) -> dict[str, Any]:
    return {"handle": one.handle, "folder": str(one.folder.absolute()), "env": dict(one.env)}


def start_cold(order: Order) -> None:
    """A supervisor of its own. Returns when it holds the attempt's lock. Raises Unavailable."""
    log = os.open(order.submission.folder / "log.txt", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        process = subprocess.Popen(
            [sys.executable, "-I", "-S", DETACHED, "supervise"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            pass_fds=order.descriptors,
            start_new_session=True,
            env=variables.inherited(),
            cwd="/",
        )
    finally:
        os.close(log)
    with process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            process.stdin.write(json.dumps(order.document()).encode())
            process.stdin.close()
            answer = _first_bytes(process.stdout.fileno())
        except BrokenPipeError:
            answer = b""
    if not answer:
        raise Unavailable(
            "The run's supervisor could not be started.", f"{order.submission.folder / 'log.txt'} says why."
        )


def _first_bytes(descriptor: int) -> bytes:
    ready, _, _ = select.select([descriptor], [], [], _PATIENCE)
    return os.read(descriptor, 16) if ready else b""


def start_warm(order: Order, zygote: Path) -> bool:
    """Ask a zygote for a fork. True when the attempt's lock is held; False if the zygote is gone or busy."""
    data = json.dumps(order.document()).encode()
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
            client.settimeout(_WARM_PATIENCE)
            client.connect(str(zygote))
            message = len(data).to_bytes(8, "big") + data
            sent = socket.send_fds(client, [message[: 1 << 15]], order.descriptors)
            if rest := message[
                sent:
            ]:  # who has all of it may have answered and gone: not even nothing can be sent then
                client.sendall(rest)
            return client.recv(16) == b"ok\n"
    except OSError:
        return False
