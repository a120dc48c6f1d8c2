"""MLflow's calls in user code: they write files into the run's folder, and the broker carries these to MLflow.

So user code needs no server and no token, and what it logged is there whatever happens to the server. Nothing is
imported here: two environment variables, and a look at one class of MLflow if user code imports it.
"""

from __future__ import annotations

import contextlib
import functools
import os
import sys
from collections.abc import Iterable
from types import ModuleType
from typing import TYPE_CHECKING, Any

from ..reporting import points
from .imported import when_imported

if TYPE_CHECKING:
    from ..rundir import RunFolder

STORE = "mlflow.store.tracking.file_store"
PARENT = "mlflow.parentRunId"
_followed: set[str] = set()  # the folder of the run that this process is in


def track(folder: RunFolder) -> None:
    """From now on MLflow writes into the folder, unless the user has said where it writes."""
    if "MLFLOW_TRACKING_URI" in os.environ:
        return
    place = folder.mlflow.as_uri()
    os.environ.update(MLFLOW_TRACKING_URI=place, MLFLOW_REGISTRY_URI=place, MLFLOW_ALLOW_FILE_STORE="true")
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    os.environ.setdefault("GIT_PYTHON_REFRESH", "quiet")
    _followed.clear()
    _followed.add(str(folder.mlflow))
    _listen_once()


@functools.lru_cache(maxsize=1)
def _listen_once() -> None:
    """Also in a process that has many runs."""
    if STORE in sys.modules:
        _listen(sys.modules[STORE])
    else:
        when_imported(STORE, _listen)


def _listen(module: ModuleType) -> None:
    """Points also become lines of the run, so that they are seen at once. What is missed is read at the run's end."""
    store = getattr(module, "FileStore", None)
    nested: set[str] = set()  # their points are not the run's
    once = Once()

    def created(run: Any, *_: Any, tags: Any = (), **__: Any) -> None:
        if any(tag.key == PARENT for tag in tags or ()):
            nested.add(run.info.run_id)

    def logged_one(_: Any, run_id: str, metric: Any) -> None:
        if run_id not in nested:
            _send(once(run_id, [metric]))

    def logged_batch(_: Any, run_id: str, metrics: Any = (), *__: Any, **___: Any) -> None:
        if run_id not in nested:
            _send(once(run_id, metrics))

    for name, then in (("create_run", created), ("log_metric", logged_one), ("log_batch", logged_batch)):
        before = getattr(store, name, None)
        if before is not None:
            setattr(store, name, _and_then(before, then))


class Once:
    """Which points there were. MLflow logs those of a run again, as they are, when a model is logged in it."""

    def __init__(self) -> None:
        self._seen: set[int] = set()  # hashes

    def __call__(self, run_id: str, metrics: Iterable[Any]) -> list[Any]:
        """The new ones among them."""
        return [metric for metric in metrics if self._is_new(run_id, metric)]

    def _is_new(self, run_id: str, metric: Any) -> bool:
        point = hash((run_id, metric.key, metric.step, metric.timestamp, repr(metric.value)))
        again = point in self._seen and getattr(metric, "model_id", None) is not None
        self._seen.add(point)
        return not again


def _and_then(method: Any, then: Any) -> Any:
    """The method, and `then` with its result and its arguments. What `then` meets never fails the user's call."""

    @functools.wraps(method)
    def both(self: Any, *args: Any, **kwargs: Any) -> Any:
        result = method(self, *args, **kwargs)
        if getattr(self, "root_directory", None) in _followed:
            with contextlib.suppress(Exception):  # another MLflow's arguments: the points are read at the end
                then(result, *args, **kwargs)
        return result

    return both


def _send(metrics: Any) -> None:
    """One line for all points of one moment and step."""
    lines: dict[tuple[float, int], dict[str, Any]] = {}
    for metric in metrics:
        lines.setdefault((metric.timestamp / 1000, metric.step), {})[metric.key] = metric.value
    for (time, step), values in lines.items():
        points(values, step, time)
