"""What the shell puts into a notebook's names is not the user's."""

from __future__ import annotations

import builtins
from pathlib import Path

from .conftest import Notebook


def test_the_shells_open_is_pythons(notebook: Notebook, tmp_path: Path) -> None:
    notebook.shell.init_user_ns()
    assert notebook.names["open"] is not builtins.open
    notebook.type("def f(path):\n    with open(path) as file:\n        return file.read()\n")
    (tmp_path / "x").write_text("here")
    captured = notebook.capture()
    assert "open" not in captured.constants
    assert notebook.elsewhere(captured)(str(tmp_path / "x")) == "here"


def test_an_open_of_ones_own_comes_along(notebook: Notebook) -> None:
    notebook.type("def open(path):\n    return 'mine'\n", "def f():\n    return open('x')\n")
    captured = notebook.capture()
    assert captured.helpers == ("open",)
    assert notebook.elsewhere(captured)() == "mine"
