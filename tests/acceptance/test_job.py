"""`%dh job` in a real kernel, on a broker of its own."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest

from tests.acceptance.test_magics import execute, text_of
from tests.fixtures.server import BrokerProcess, broker_process


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BrokerProcess]:
    folder = tmp_path_factory.mktemp("jobs")
    with broker_process(folder / "home", folder / "log") as made:
        yield made


@pytest.fixture
def folder(broker: BrokerProcess, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("DH_SERVER_URL", "DH_TOKEN", "DH_PROJECT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DH_HOME", str(broker.home))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_notebook(folder: Path) -> None:
    cells = [nbformat.v4.new_code_cell("rate = 0.1"), nbformat.v4.new_code_cell("print('with', rate)\nrate")]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), folder / "a.ipynb")
    started, shown, again, misspelt, recursive = execute(
        "r = %dh job a.ipynb rate=0.5 --memory 4Gi --wait",
        "r.state, r.logs(), list(r.outputs)",
        "r2 = %dh run a.ipynb rate=0.7 --wait\nr2.logs()",
        "%dh job a.ipynb rat=1",
        "%dh job",
        stop_at_errors=False,
    )
    assert text_of(started).startswith("function/a.ipynb@1 · 2 cells\na.ipynb-1 · succeeded")
    assert text_of(shown[-1:]) == "('succeeded', 'with 0.5\\n', ['a.ipynb'])"
    assert text_of(again[-1:]) == "'with 0.7\\n'"
    assert "Did you mean 'rate'?" in misspelt[0].traceback[0]
    assert "A job is a file, or cells." in recursive[0].traceback[0]


def test_cells_run_with_what_they_use(folder: Path) -> None:
    (folder / "beside.py").write_text("def twice(x):\n    return 2 * x\n")
    outputs = execute(
        "import beside\nimport pandas as pd\nSEED = 7\ncount = 1\nbig = pd.DataFrame({'a': range(1000)})",
        "def helper(x):\n    return beside.twice(x) + SEED",
        "count = count + 1\nn = helper(count)",
        "print('n is', n, len(big))\n1 / (n - 13)",
        "%dh job --cells 4-6",
        "r = %dh job --cells 4,5 big=$big --wait",
        "print(r.logs(), r.diagnosis['detail'])",
        "r = %dh job --cells 4-5 big=$big SEED=9 --wait\nprint(r.logs(), r.state)",
        "%dh job --cells 4-5000",
        "import nbformat\nprint([cell.source for cell in nbformat.read(r.outputs['cells.ipynb'].load(), 4).cells][-2:])",
        stop_at_errors=False,
    )
    refused, started, failed, given, unknown, kept = outputs[4:]
    assert "No cell [6] was executed in this kernel." in refused[0].traceback[0]
    assert text_of(started).splitlines()[0].startswith("function/cells.ipynb@1 · 3 cells · 1 module (beside.py)")
    assert "n is 13 1000" in text_of(failed), "count is 2 here, and 3 there: as if the cells ran again now"
    assert "cell [5], line 2, in <module>" in text_of(failed)
    assert "n is 15 1000" in text_of(given)
    assert "succeeded" in text_of(given)
    assert "does not name cells" in unknown[0].traceback[0] or "No cell [" in unknown[0].traceback[0]
    assert "count = count + 1" in text_of(kept)


def test_what_cells_can_not_take_along(folder: Path) -> None:
    outputs = execute(
        "import threading\nlock = threading.Lock()",
        "lock.acquire(False)",
        "%dh job --cells 3",
        "%dh job --cells 2-3",
        "import pandas as pd\ndf = pd.DataFrame({'a': [1]})",
        "len(df)",
        "%dh job --cells 7",
        "def rows():\n    return len(df)",
        "rows()",
        "%dh job --cells 10",
        "r = %dh job --cells 6,9,10 --wait\nprint(r.state)",
        "r = %dh job --cells 4,6 --wait\nprint(r.diagnosis['summary'])",
        stop_at_errors=False,
    )
    assert "The cells use lock (lock" in outputs[2][0].traceback[0]
    assert "--cells 2,3" in outputs[2][0].traceback[0]
    assert [one.output_type for one in outputs[2]] == ["error"]
    assert outputs[3][0].output_type != "error"
    assert "Pass it: df=$df, or take the cell that makes it along: --cells 6,7." in outputs[6][0].traceback[0]
    theirs = outputs[9][0].traceback[0]
    assert "rows(), which the cells use, uses df (DataFrame, 1 x 1" in theirs
    assert "Take the cells that make it and rows() along: --cells 6,9,10." in theirs
    assert "_these_cells" not in theirs
    assert text_of(outputs[10]).endswith("succeeded\n")
    assert "This is a run, and a run has no broker" in text_of(outputs[11]), "cells have other numbers in it"


def dh_job(*words: str) -> tuple[int, str, str]:
    program = "import sys; from dh_kernel.cli.job import main; sys.exit(main())"
    done = subprocess.run([sys.executable, "-c", program, *words], capture_output=True, text=True)
    return done.returncode, done.stdout, done.stderr


def test_from_a_shell(folder: Path) -> None:
    (folder / "train.py").write_text("n = 1\nprint('n is', n)\n1 / n\n")
    code, out, err = dh_job("train.py", "n=4", "--memory", "4Gi")
    assert (code, out.splitlines()[0]) == (0, "n is 4"), err
    assert "train.py-1 · succeeded" in out
    code, out, _ = dh_job("train.py", "n=0")
    assert (code, "ZeroDivisionError" in out) == (1, True)
    code, out, _ = dh_job("train.py", "--detach")
    assert (code, "train.py-3" in out, "n is" in out) == (0, True, False)
    code, _, err = dh_job("train.py", "m=0")
    assert (code, "no parameter 'm'" in err) == (2, True)
    code, _, err = dh_job("--cells", "3-7")
    assert (code, "this is no notebook" in err) == (2, True)
    assert dh_job()[1].startswith("dh job FILE")
