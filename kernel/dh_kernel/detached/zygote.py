"""`python DETACHED zygote`: a process that has imported what runs will need, and forks a supervisor for each order.

Nothing computes here: a fork is safe as long as this process has one thread. It is alone, too: it belongs to no server,
and ends when nobody has asked for a while, when its home is gone or when its socket was taken away.
"""

from __future__ import annotations

import array
import contextlib
import ctypes
import gc
import importlib
import json
import os
import random
import signal
import socket
import sys
import types
from collections.abc import Mapping
from typing import Any

from . import processes
from .hand import Hand
from .lock import take_lock
from .supervisor import Supervisor
from .waker import Waker

_TICK = 30.0  # seconds between two looks at home and socket while nobody asks
_SLOW = 2.0  # seconds that a client may take to say what it wants
# Threads that a fork may lose: jemalloc starts its own again in the child, polars' only sweeps spill files.
_HARMLESS = frozenset({"jemalloc_bg_thd", "polars-ooc-clea"})
_STANDARD = ("resource",)  # what `os.wait4` imports when it is first called
_LEASES = 250  # descriptors in one order, at most


def main() -> None:
    """Read what to be (socket, archive, preload, home, idle), become a daemon, preload, serve."""
    try:
        wanted = json.load(sys.stdin)
    except ValueError:  # who asked is dead, and the next one asks again
        return
    if os.fork():
        os._exit(0)
    os.setsid()
    os.chdir("/")
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the kernel buries our supervisors
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    random.seed()
    _preload(wanted["archive"], wanted["preload"])
    threads = set(processes.other_threads()) - _HARMLESS
    if threads:
        print(f"Not used: {', '.join(wanted['preload'])} started threads: {', '.join(threads)}.", file=sys.stderr)  # noqa: T201
        os.rename(wanted["socket"] + ".starting", wanted["socket"] + ".refused")
        return
    processes.boot()  # forks know it then
    processes.this_process()
    pools = Pools()
    gc.collect()
    gc.freeze()
    Zygote(wanted, pools).serve()


def _preload(archive: str, names: list[str]) -> None:
    sys.path.insert(0, archive)
    for name in ["dh_kernel.worker.main", *_STANDARD, *names]:
        try:
            importlib.import_module(name)
        except Exception as error:  # noqa: BLE001  the run will meet it again, and say it where the user looks
            print(f"{name}: {error!r}", file=sys.stderr)  # noqa: T201


class Zygote:
    """Listens on a socket that appears only when it can answer."""

    def __init__(self, wanted: dict[str, Any], pools: Pools) -> None:
        self._path: str = wanted["socket"]
        self._home: str = wanted["home"]
        self._idle: float = wanted["idle"]
        self._pools = pools
        self._kept_files = processes.open_files()
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        made = f"{self._path}.{os.getpid()}"
        self._listener.bind(made)
        self._listener.listen(64)
        os.rename(made, self._path)
        with contextlib.suppress(OSError):
            os.unlink(self._path + ".starting")
        self._inode = os.stat(self._path).st_ino

    def serve(self) -> None:
        """Until idle for long, or superfluous."""
        quiet = 0.0
        while quiet < self._idle and self._wanted():
            self._listener.settimeout(min(_TICK, self._idle))
            try:
                client, _ = self._listener.accept()
            except socket.timeout:
                quiet += min(_TICK, self._idle)
                continue
            quiet = 0.0
            with client:
                if not self._answer(client):
                    break
        if self._is_ours():
            os.unlink(self._path)

    def _wanted(self) -> bool:
        return os.path.isdir(self._home) and self._is_ours()

    def _is_ours(self) -> bool:
        try:
            return os.stat(self._path).st_ino == self._inode
        except OSError:
            return False

    def _answer(self, client: socket.socket) -> bool:
        """Fork for an order. False if the order is to end."""
        client.settimeout(_SLOW)
        try:
            order, leases = _receive(client)
        except (OSError, ValueError):
            return True  # the client died or is slow; it will start cold
        if order.get("quit"):
            return False
        if os.fork() == 0:
            try:
                self._listener.close()
                self._supervise(order, leases, client)
            except BaseException:  # noqa: BLE001  the zygote's loop must not go on in the child
                sys.excepthook(*sys.exc_info())
            finally:
                os._exit(0)
        for descriptor in (*leases, *order["output"]):
            os.close(descriptor)
        return True

    def _supervise(self, order: dict[str, Any], leases: list[int], client: socket.socket) -> None:
        os.setsid()
        lock = take_lock(order["folder"])
        waker = Waker(order["wake"], order["handle"], is_many=bool(order["then"]))
        hand = Hand(order if lock is not None else {}, waker)
        with contextlib.suppress(OSError):  # who asked may be dead by now: the attempt goes on
            client.sendall(b"ok\n")
        client.close()
        if lock is None:
            return
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        processes.adopt_orphans()
        order["kept_files"] = self._kept_files
        supervisor = Supervisor(order, lock, leases, waker, hand)
        supervisor.supervise([("running", lambda: self._work(order))], order["timeout"])

    def _work(self, order: dict[str, Any]) -> int:
        """In the worker: be like a process that was started for this run alone."""
        _take_environment(order["env"])
        sys.argv[:] = [order["archive"], order["folder"]]
        sys.modules["__main__"] = types.ModuleType("__main__")  # what multiprocessing's children import again: nothing
        for name in ("stdin", "stdout", "stderr"):
            setattr(sys, name, _open_standard(name))
            setattr(sys, f"__{name}__", getattr(sys, name))
        _new_seeds()
        self._pools.resize(order["threads"])
        gc.enable()
        worker = importlib.import_module("dh_kernel.worker.main")  # imported already
        try:
            return int(worker.run_hand(_path(order["folder"])))
        finally:
            worker.leave()


def _take_environment(env: Mapping[str, str]) -> None:
    """Just these variables. Most of them are there already, and each that is set costs a fork its pages."""
    for name in [name for name in os.environ if name not in env]:
        del os.environ[name]
    for name, value in env.items():
        if os.environ.get(name) != value:
            os.environ[name] = value


def _path(folder: str) -> os.PathLike[str]:
    from pathlib import Path

    return Path(folder)


def _open_standard(stream: str) -> object:
    number = ("stdin", "stdout", "stderr").index(stream)
    mode = "r" if number == 0 else "w"
    return open(number, mode, encoding="utf-8", errors="backslashreplace", buffering=1, closefd=False)


def _new_seeds() -> None:
    """Two runs of one zygote must not draw the same numbers."""
    random.seed()
    numpy_random = sys.modules.get("numpy.random")
    if numpy_random is not None:
        numpy_random.seed()


class Pools:
    """Thread pools of compiled libraries, which read their size when loaded: here 1, in a run as many as it has cores."""

    _SETTERS = (
        "omp_set_num_threads",
        "openblas_set_num_threads",
        "openblas_set_num_threads64_",
        "scipy_openblas_set_num_threads",
        "scipy_openblas_set_num_threads64_",
        "MKL_Set_Num_Threads",
    )

    def __init__(self) -> None:
        self._libraries = [
            ctypes.CDLL(path) for path in _loaded(("libgomp", "libomp", "libiomp", "openblas", "libmkl_rt"))
        ]

    def resize(self, threads: int) -> None:
        """The numbers for this process, and for what it forks."""
        for library in self._libraries if threads != 1 else ():
            for setter in self._SETTERS:
                if hasattr(library, setter):
                    getattr(library, setter)(threads)
        pyarrow = sys.modules.get("pyarrow")
        if pyarrow is not None and threads != 1:
            pyarrow.set_cpu_count(threads)


def _loaded(words: tuple[str, ...]) -> list[str]:
    """Shared libraries in this process whose file names hold one of the words."""
    try:
        with open("/proc/self/maps") as maps:
            paths = {line.split(maxsplit=5)[5].strip() for line in maps if line.count("/")}
    except OSError:
        return []
    return sorted(path for path in paths if ".so" in path and any(word in os.path.basename(path) for word in words))


def _receive(client: socket.socket) -> tuple[dict[str, Any], list[int]]:
    """An order: its length in 8 bytes, then JSON; descriptors come with the first byte: the leases, then the output's pipe."""
    leases = array.array("i")
    data, ancillary, _, _ = client.recvmsg(1 << 16, socket.CMSG_SPACE(_LEASES * leases.itemsize))
    for level, kind, content in ancillary:
        if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
            leases.frombytes(content[: len(content) - len(content) % leases.itemsize])
    while len(data) < 8 or len(data) < 8 + int.from_bytes(data[:8], "big"):
        more = client.recv(1 << 16)
        if not more:
            raise ValueError("half an order")
        data += more
    order = json.loads(data[8:])
    given = list(leases)
    order["output"] = given[len(given) - len(order.get("output", ())) :]
    return order, given[: len(given) - len(order["output"])]
