"""A real IPython shell to type cells into, and the captured module imported anew elsewhere."""

from __future__ import annotations

import gc
import importlib.util
import linecache
import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from IPython.core.interactiveshell import InteractiveShell

from dh_kernel.capture import Captured, CellHistory, capture


class Notebook:
    """Cells go in, a captured function comes out."""

    def __init__(self, shell: InteractiveShell, folder: Path) -> None:
        self.folder = folder
        self.shell = shell
        self.names = shell.user_ns
        self._made = 0

    def write(self, files: Mapping[str, str]) -> None:
        for name, text in files.items():
            (self.folder / name).parent.mkdir(parents=True, exist_ok=True)
            (self.folder / name).write_text(text)

    def type(self, *cells: str) -> None:
        for cell in cells:
            result = self.shell.run_cell(cell, store_history=True)
            assert result.success, cell

    def capture(self, target: Any = "f", **options: Any) -> Captured:
        return capture(target, self.names, CellHistory.from_shell(self.shell), folder=self.folder, **options)

    def elsewhere(self, captured: Captured) -> Any:
        """The function, from the module's text alone."""
        self._made += 1
        place = self.folder / f"elsewhere{self._made}"
        place.mkdir()
        (place / "dh_code.py").write_text(captured.module)
        for name, text in captured.files.items():
            (place / name).parent.mkdir(parents=True, exist_ok=True)
            (place / name).write_text(text)
        bundled = {name.partition("/")[0].removesuffix(".py") for name in captured.files}
        kept = {name: sys.modules.pop(name) for name in list(sys.modules) if name.partition(".")[0] in bundled}
        sys.path.insert(0, str(place))
        try:
            spec = importlib.util.spec_from_file_location("dh_code", place / "dh_code.py")
            assert spec
            assert spec.loader
            module = importlib.util.module_from_spec(spec)
            sys.modules["dh_code"] = module
            spec.loader.exec_module(module)
        finally:
            sys.path.remove(str(place))
            sys.modules.update(kept)
        return getattr(module, captured.handler)


@pytest.fixture(scope="module")
def one_shell() -> Iterator[InteractiveShell]:
    """Making one costs more than a test."""
    main = sys.modules["__main__"]
    shell = InteractiveShell.instance()
    sys.modules["__main__"] = shell.user_module
    gc.collect()
    gc.freeze()  # a reset collects garbage: it need not look through all that pytest has loaded, hundreds of times
    yield shell
    gc.unfreeze()
    sys.modules["__main__"] = main
    shell.history_manager.end_session()
    InteractiveShell.clear_instance()


@pytest.fixture
def notebook(one_shell: InteractiveShell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Notebook]:
    """The shell, as a new notebook: no names, no cells."""
    one_shell.reset(new_session=True)
    numbers: dict[str, int] = one_shell.compile._filename_map  # type: ignore[attr-defined]
    for filename in numbers:
        linecache.cache.pop(filename, None)
    numbers.clear()
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    before = set(sys.modules)
    with mock.patch.dict(os.environ):  # cells set variables, too
        yield Notebook(one_shell, tmp_path)
    for name in set(sys.modules) - before:
        if str(tmp_path) in str(getattr(sys.modules[name], "__file__", "")):
            del sys.modules[name]
