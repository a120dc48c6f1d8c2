"""Jobs from a folder of files, on a broker that is a process of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

import dh_kernel as dh
from dh_kernel.broker import Address, routes_url
from dh_kernel.session import Session, set_session
from tests.fixtures.server import BrokerProcess, broker_process


class Folder:
    """Where the files lie."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def notebook(self, name: str, *cells: Any) -> str:
        """A file of these cells; one that is a tuple is (source, tag, …)."""
        pairs = [(cell, ()) if isinstance(cell, str) else (cell[0], cell[1:]) for cell in cells]
        made = [new_code_cell(source, metadata={"tags": list(tags)} if tags else {}) for source, tags in pairs]
        nbformat.write(new_notebook(cells=made), self.path / name)
        return name

    def file(self, name: str, text: str) -> str:
        (self.path / name).write_text(text)
        return name


def executed(run: Any) -> Any:
    """The executed notebook of a run."""
    (name,) = [name for name in run.outputs if name.endswith(".ipynb")]
    return nbformat.read(dh.load(run.outputs[name]), 4)


def text_of(cell: Any) -> str:
    """What a cell has printed and given."""
    return "".join(one.get("text", "") or one.get("data", {}).get("text/plain", "") for one in cell.outputs)


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BrokerProcess]:
    folder = tmp_path_factory.mktemp("jobs")
    with broker_process(folder / "home", folder / "log") as made:
        yield made


@pytest.fixture
def folder(broker: BrokerProcess, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Folder]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DH_HOME", str(broker.home))
    set_session(Session(lambda: Address(routes_url(broker.url), broker.token)))
    yield Folder(tmp_path)
    set_session(None)
