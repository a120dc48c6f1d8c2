"""What lies beside a job and goes along with it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from dh_kernel.errors import Invalid
from dh_kernel.jobs.beside import Beside
from dh_kernel.jobs.document import job_of_file


def notebook(*sources: str, **metadata: Any) -> str:
    outputs = [{"output_type": "stream", "name": "stdout", "text": "x" * 10}]
    cells = [
        {"cell_type": "code", "metadata": {}, "source": source, "outputs": outputs, "execution_count": 1}
        for source in sources
    ]
    return json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": metadata, "cells": cells})


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "folder"
    (made / "deep" / "package").mkdir(parents=True)
    files = {
        "tools.py": "import other, pandas\n",
        "other.py": "ONE = 1\n",
        "round.py": "exec(open('round.py').read())\n",
        "deep/my-script.py": "import near, package.inner\n",
        "deep/near.py": "import numpy, near\n",
        "deep/package/inner.py": "import other\n",
        "utils.ipynb": notebook("import other", "%run tools.py"),
        "r.ipynb": notebook("x <- 1", kernelspec={"language": "R"}),
        "data.csv": "a\n1\n",
        "latin.py": "",
        "../outside.py": "",
    }
    for name, text in files.items():
        (made / name).write_text(text)
    (made / "latin.py").write_bytes(b"# \xe4\n")
    return made


DEEP = {"deep/my-script.py", "deep/near.py", "deep/package/inner.py", "other.py"}


@pytest.mark.parametrize(
    ("source", "files", "missing"),
    [
        ("import other", {"other.py"}, ()),
        ("%run other.py", {"other.py"}, ()),
        ("%run tools", {"tools.py", "other.py"}, ()),
        ("%run -i 'tools.py' --fast", {"tools.py", "other.py"}, ()),
        ("if True:\n    !python deep/my-script.py && echo", DEEP, ()),
        ("%%bash\npython tools.py", {"tools.py", "other.py"}, ()),
        ("import runpy\nrunpy.run_path('deep/my-script.py')", DEEP, ()),
        ("%run utils.ipynb", {"utils.ipynb", "other.py", "tools.py"}, ()),
        ("%run round.py", {"round.py"}, ()),
        ("open('data.csv')", set(), ("data.csv",)),
        ("!cat data.csv nothing.csv", set(), ("data.csv",)),
        ("%run ../outside.py", set(), ("../outside.py",)),
        ("%run r.ipynb", set(), ("r.ipynb",)),
        ("%run latin.py", set(), ("latin.py",)),
        ("# other.py\nx = 'see other.py'", set(), ()),
        ("x = ['.', '..', '', '/', 'a\\0b', 'x' * 3]\n!ls . / ~", set(), ()),
    ],
)
def test_what_goes_along(folder: Path, source: str, files: set[str], missing: tuple[str, ...]) -> None:
    found = Beside(folder, [source])
    assert set(found.files) == files
    assert found.missing == missing


def test_a_notebook_goes_without_its_outputs_and_what_it_imports_is_asked_for(folder: Path) -> None:
    found = Beside(folder, ["%run utils.ipynb"])
    assert all(cell["outputs"] == [] for cell in json.loads(found.files["utils.ipynb"])["cells"])
    assert found.modules == {"pandas"}


def test_a_script_that_runs_changes_the_version(folder: Path) -> None:
    (folder / "job.ipynb").write_text(notebook("%run other.py"))
    before = job_of_file(folder / "job.ipynb").id
    (folder / "other.py").write_text("ONE = 2\n")
    assert job_of_file(folder / "job.ipynb").id != before


@pytest.mark.parametrize("path", [".", "..", "/"])
def test_a_folder_is_no_job(path: str) -> None:
    with pytest.raises(Invalid, match="is a folder"):
        job_of_file(Path(path))
