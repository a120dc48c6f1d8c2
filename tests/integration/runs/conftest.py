"""A whole control plane without HTTP: a real catalogue, real processes, real folders."""

from __future__ import annotations

import base64
import hashlib
import socket
import sys
import textwrap
import threading
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from dh_jupyter.catalogue.catalogue import Catalogue
from dh_jupyter.executors.base import Executor
from dh_jupyter.executors.local import LocalExecutor
from dh_jupyter.runs.manager import RunManager
from dh_jupyter.runs.states import FINISHED
from dh_jupyter.stores import Stores, StoreSettings
from tests.fixtures.zygotes import end_zygotes

PROJECT = "demo"


HOLD = """
import socket

def hold(port: int):
    print("in", flush=True)
    try:
        socket.create_connection(("127.0.0.1", port)).recv(1)
    except OSError:
        pass
    print("out")
    return {"ok": 1}
"""


class Gate:
    """Holds what runs `hold(port)` until it is opened; who comes later passes."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]

    def open(self) -> None:
        self._listener.close()


class NoTracking:
    """Stands for a tracker in tests that are not about tracking; it remembers what it was told."""

    def __init__(self) -> None:
        self.noted: list[str] = []
        self.ended: list[str] = []
        self._told = threading.Condition()

    def note(self, project: str, run_id: str) -> None:
        self.noted.append(run_id)

    def run_moved(self, run: Any) -> None:
        """Nothing is shown."""

    def run_ended(self, run: Any) -> None:
        with self._told:
            self.ended.append(run["id"])
            self._told.notify_all()

    def wait(self, run_ids: Iterable[str]) -> list[str]:
        """The runs that it was told to be over, once these are among them: it is told after the end is stored."""
        wanted = set(run_ids)
        with self._told:
            assert self._told.wait_for(lambda: wanted <= set(self.ended), 60), self.ended
            return list(self.ended)


class Plane:
    """One broker's worth of objects on a home folder; several may share one."""

    def __init__(self, home: Path, cpu: int = 2, url: str = "", store: StoreSettings | None = None) -> None:
        self.home = home
        self.catalogue = Catalogue(url or f"sqlite:///{home / 'catalogue.sqlite'}")
        self.catalogue.migrate()
        self.local = LocalExecutor(home, cpu=cpu)
        self.executors: dict[str, Any] = {"local": self.local}
        self.tracker = NoTracking()
        stores = Stores(home, store or StoreSettings(), lambda project, name: "")
        self.runs = RunManager(self.catalogue, self._executor, home, stores, self.tracker)  # type: ignore[arg-type]
        self._news = threading.Condition()
        self.catalogue.on_change = self._heard

    def _executor(self, name: str) -> Executor:
        assert name in self.executors
        return self.executors[name]  # type: ignore[no-any-return]

    def _heard(self, event: Any) -> None:
        """An entity has changed."""
        self._tell()

    def _tell(self) -> None:
        with self._news:
            self._news.notify_all()

    def _heard_of_others(self, event: Any) -> None:
        self.runs.heard(event)
        self._heard(event)

    def _changed(self, handle: str) -> None:
        self.runs.changed(handle)
        self._tell()

    def start(self) -> Plane:
        self.local.start(self._changed)
        self.runs.start()
        self.catalogue.others.listen(self._heard_of_others, self.runs.look_at_all)
        return self

    def close(self) -> None:
        self.runs.close()
        self.local.close()
        self.catalogue.close()

    def function(self, name: str, code: str, **spec: Any) -> Any:
        """Register a function from its code."""
        text = textwrap.dedent(code)
        document = {
            "kind": "python",
            "name": name,
            "id": hashlib.sha256(text.encode()).hexdigest()[:32],
            "spec": {
                "source": {"handler": name, "base64": base64.b64encode(text.encode()).decode()},
                "python_version": "PYTHON{}_{}".format(*sys.version_info),
                **spec,
            },
        }
        return self.catalogue.create("function", document, project=PROJECT, user="ada", on_duplicate="keep")[0]

    def run(self, name: str, *, parameters: Any = None, inputs: Any = None, **options: Any) -> Any:
        """Post a run of a function."""
        spec = {"function": f"function/{name}", "parameters": parameters or {}, "inputs": inputs or {}, **options}
        return self.runs.create(PROJECT, {"kind": "python+job:run", "spec": spec}, "ada")

    def get(self, run: Any) -> Any:
        return self.catalogue.get(PROJECT, "run", run["id"])

    def wait(self, run: Any, until: Callable[[Any], bool] | None = None, timeout: float = 60) -> Any:
        """The run, once it is over (or `until` says so)."""
        done = until or (lambda document: document["status"]["state"] in FINISHED)
        with self._news:
            assert self._news.wait_for(lambda: done(self.get(run)), timeout), self.get(run)["status"]
        return self.get(run)


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "home"
    folder.mkdir()
    yield folder
    end_zygotes(folder)


@pytest.fixture
def plane(home: Path) -> Iterator[Plane]:
    made = Plane(home)
    made.catalogue.create("project", {"kind": "project", "name": PROJECT, "id": PROJECT}, project=PROJECT, user="ada")
    made.start()
    yield made
    made.close()
