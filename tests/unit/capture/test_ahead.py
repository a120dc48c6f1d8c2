"""What is read when a cell has run: capture finds it done, and says the same as without."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from dh_kernel.capture import again, cells, definitions, imports, names, version
from dh_kernel.capture.requirements import requirements_of

from .conftest import Notebook

CELLS = (
    "import math\nfrom collections import Counter",
    "FACTOR_OF_AHEAD = 3\n\ndef step(x: float) -> float:\n    '''Of ahead.'''\n    return math.floor(x) * FACTOR_OF_AHEAD",
    "%pip --version\nclass Ahead:\n    def value(self) -> int:\n        return step(2.5)",
    "def f(x: int = 1):\n    return Ahead().value() + x + sum(Counter('ahead').values())",
)
READ = (
    cells._parsed,
    cells._compiled,
    definitions.definitions_in,
    names.loaded_by,
    imports._imported_by,
    version.canonical,
)


@pytest.fixture
def loaded(notebook: Notebook) -> Iterator[Notebook]:
    notebook.shell.run_line_magic("load_ext", "dh_kernel")
    yield notebook
    notebook.shell.run_line_magic("unload_ext", "dh_kernel")


def test_cells_that_have_run_are_read_once(loaded: Notebook) -> None:
    loaded.type(*CELLS)
    before = [read.cache_info().misses for read in READ]
    compiled = again.compiled.cache_info().misses
    captured = loaded.capture()
    assert [read.cache_info().misses for read in READ] == before
    assert again.compiled.cache_info().misses == compiled + 1, "but for the constant, whose value may be any"
    assert loaded.elsewhere(captured)(2) == 6 + 2 + 5


def test_it_is_the_same_without(notebook: Notebook) -> None:
    notebook.type(*CELLS)
    without = notebook.capture()
    notebook.shell.run_line_magic("load_ext", "dh_kernel")
    notebook.type(*CELLS)
    notebook.shell.run_line_magic("unload_ext", "dh_kernel")
    assert notebook.capture().id == without.id


@pytest.mark.parametrize("cell", ["def f(:", "%%bash\ntrue", "import no_such_module_anywhere", "def g(x=1/0): ...", ""])
def test_cells_that_fail_or_are_no_python_say_nothing_more(
    cell: str, loaded: Notebook, capsys: pytest.CaptureFixture[str]
) -> None:
    loaded.shell.run_cell("def ahead():\n    return 1", store_history=True)
    loaded.shell.run_cell(cell, store_history=True)
    assert "read_ahead" not in capsys.readouterr().out


def test_a_distribution_that_came_after_the_first_look(notebook: Notebook, tmp_path: Path) -> None:
    assert requirements_of(["ahead_module"], []) == ()
    made = tmp_path / "ahead_things-1.5.dist-info"
    made.mkdir()
    (made / "METADATA").write_text("Metadata-Version: 2.1\nName: ahead-things\nVersion: 1.5\n")
    (made / "top_level.txt").write_text("ahead_module\n")
    assert requirements_of(["ahead_module"], []) == ("ahead-things==1.5",)
