"""A real IPython shell to type cells into, and the captured module imported anew elsewhere."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from IPython.core.interactiveshell import InteractiveShell

from dh_kernel.capture import Captured, CellHistory, capture


class Notebook:
    """Cells go in, a captured function comes out."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.shell = InteractiveShell()
        self.names = self.shell.user_ns
        self._made = 0

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


@pytest.fixture
def notebook(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Notebook]:
    monkeypatch.chdir(tmp_path)
    made = Notebook(tmp_path)
    main = sys.modules["__main__"]
    sys.modules["__main__"] = made.shell.user_module
    yield made
    sys.modules["__main__"] = main
    made.shell.history_manager.end_session()
