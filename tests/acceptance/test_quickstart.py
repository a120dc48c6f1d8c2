"""The quickstart, headless, from a checkout: what it made, what its cells said, and that nothing is left running."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOK = ROOT / "examples" / "quickstart.ipynb"


def test_the_demo_makes_all_that_it_promises(tmp_path: Path) -> None:
    home = tmp_path / "home"
    done = subprocess.run(
        [sys.executable, "scripts/demo.py"],
        cwd=ROOT,
        env={**os.environ, "DH_HOME": str(home)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "demo: all is there" in done.stdout
    assert "champion   store://default/model/" in done.stdout
    assert not (home / "broker.json").exists(), "the broker that the demo started was stopped"


def test_the_notebook_is_saved_clean() -> None:
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    nbformat.validate(notebook)
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert not [cell.id for cell in cells if cell.outputs or cell.execution_count is not None]
    assert [cell.id for cell in cells if "raises-exception" in cell.metadata.get("tags", [])] == ["mistake"]


@pytest.mark.parametrize("word", ["%%dh function", "%dh run", "%dh publish", "dh.load", "%dh ls", "dh.function("])
def test_the_notebook_shows_the_whole_way(word: str) -> None:
    assert word in NOTEBOOK.read_text().replace('\\"', '"')
