"""What the shell puts into a notebook's names is not the user's."""

from __future__ import annotations

import builtins
from pathlib import Path

from dh_kernel.magics.register import load, unload

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


def test_a_part_knows_the_notebooks_id_of_its_cell(notebook: Notebook) -> None:
    shell = notebook.shell
    load(shell)
    try:
        shell.run_cell("def scaled(x):\n    return 2 * x\n", store_history=True, cell_id="a1")
        shell.run_cell("1\n", store_history=False, cell_id="unseen")  # as a page's own question, it has no number
        shell.run_cell("def f(x):\n    return scaled(x)\n", store_history=True, cell_id="b2")
        places = {span["label"]: span.get("cell_id") for span in notebook.capture().cells}
    finally:
        unload(shell)
    assert places == {"cell [1]": "a1", "cell [2]": "b2"}
    assert not shell.events.callbacks["pre_run_cell"]
