"""Threads that keep nobody from leaving: what hangs in a call of the network ends with the process."""

from __future__ import annotations

import concurrent.futures
import queue
import threading
from collections.abc import Callable
from concurrent.futures import Executor, Future
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

LEAVE = 10.0  # seconds that whoever leaves waits for what has begun

_Task = tuple["Future[Any]", Callable[..., Any], tuple[Any, ...], dict[str, Any]]


class LeavingThreads(Executor):
    """As ThreadPoolExecutor, whose threads Python waits for at its end, however long they hang."""

    def __init__(self, most: int, name: str) -> None:
        self._most = most
        self._name = name
        self._lock = threading.Lock()
        self._tasks: queue.SimpleQueue[_Task | None] = queue.SimpleQueue()
        self._begun: set[Future[Any]] = set()
        self._threads = self._idle = 0
        self._closed = False

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """See Executor. Raises RuntimeError after `shutdown`."""
        future: Future[T] = Future()
        with self._lock:
            if self._closed:
                raise RuntimeError(f"the threads of {self._name} have left")
            self._tasks.put((future, fn, args, kwargs))
            self._idle -= 1
            if self._idle < 0 and self._threads < self._most:
                self._idle += 1
                self._threads += 1
                name = f"{self._name}_{self._threads - 1}"
                threading.Thread(target=self._work, name=name, daemon=True).start()
        return future

    def _work(self) -> None:
        while (task := self._tasks.get()) is not None:
            self._do(*task)
            del task  # what it holds is not to wait for the next one
            with self._lock:
                self._idle += 1

    def _do(self, future: Future[Any], function: Callable[..., Any], args: Any, options: Any) -> None:
        with self._lock:
            if self._closed:
                future.cancel()
            if not future.set_running_or_notify_cancel():
                return
            self._begun.add(future)
        try:
            future.set_result(function(*args, **options))
        except BaseException as error:  # noqa: BLE001  whoever asks for the result gets it
            future.set_exception(error)
        finally:
            with self._lock:
                self._begun.discard(future)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = True) -> None:
        """Begin nothing more: what has not begun is cancelled. With `wait` what has begun has LEAVE seconds to end; then its
        thread is left where it is."""
        with self._lock:
            self._closed = True
            begun = set(self._begun)
            for _ in range(self._threads):
                self._tasks.put(None)
        if wait:
            concurrent.futures.wait(begun, timeout=LEAVE)
