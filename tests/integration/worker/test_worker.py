"""What a function returns, and how a run ends."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import Any

import pytest


@pytest.mark.parametrize(
    "returned",
    [
        "None",
        "1",
        "float('inf')",
        "'text'",
        "(1, [2, (3,)])",
        "{'a': 1, 'b': {2: 'x'}}",
        "[]",
        "{'a': b'1', 'b': {1, 2}}",
        "({'k': [b'x']}, {'n': 1})",
        "{(1, 2): b'z'}",
        "[b'a', 1]",
        "True",
    ],
)
def test_the_value_is_what_was_returned(run: Any, returned: str) -> None:
    ended = run(f"def f():\n    return {returned}\n")
    assert ended.code == 0, ended.stderr
    assert ended.value == eval(returned)


def test_frames_come_back_equal(run: Any) -> None:
    import pandas as pd

    code = "import pandas as pd\ndef f():\n    return pd.DataFrame({'a': [1.5, None], 'c': pd.Categorical(['x', 'y'])}, index=pd.Index([3, 4], name='i'))\n"
    ended = run(code)
    pd.testing.assert_frame_equal(
        ended.value, pd.DataFrame({"a": [1.5, None], "c": pd.Categorical(["x", "y"])}, index=pd.Index([3, 4], name="i"))
    )
    assert ended.result["outputs"][0]["status"]["preview"]["rows"] == 2


def test_a_model_whose_class_is_from_a_cell_loads_here(run: Any, tmp_path: Path) -> None:
    import pandas as pd

    table = tmp_path / "t.parquet"
    pd.DataFrame({"a": range(20), "b": range(20), "y": [0, 1] * 10}).to_parquet(table)
    code = (
        "from sklearn.linear_model import LogisticRegression\nclass Mine(LogisticRegression): pass\n"
        "def f(df):\n    return Mine().fit(df[['a', 'b']], df.y), {'auc': 0.5}\n"
    )
    ended = run(
        code,
        inputs={"df": {"key": "k", "entity": "dataitem", "kind": "table", "name": "t", "path": str(table)}},
        names=["model", "metrics"],
    )
    assert ended.code == 0, ended.stderr
    model, metrics = ended.value
    assert (type(model).__name__, metrics) == ("Mine", {"auc": 0.5})
    output = ended.result["outputs"][0]
    assert (output["name"], output["spec"]["algorithm"]) == ("model", "Mine")
    assert output["spec"]["signature"]["inputs"]
    assert ended.folder.read_metrics(0)[0][-1]["values"] == {"auc": 0.5}


@pytest.mark.parametrize(
    ("code", "exit_code", "kind"),
    [
        ("def f():\n    raise ValueError('no')\n", 42, "ValueError"),
        ("import sys\ndef f():\n    sys.exit(0)\n", 42, "SystemExit"),
        ("def f():\n    raise MemoryError\n", 42, "MemoryError"),
        ("import there_is_no_such\ndef f(): pass\n", 43, "ModuleNotFoundError"),
        ("def f(:\n    pass\n", 42, "SyntaxError"),
        ("def f(needed): pass\n", 42, "Invalid"),
        ("def f():\n    yield 1\n    raise LookupError('no more')\n", 42, "LookupError"),
        ("import threading\ndef f():\n    return {'a': threading.Lock(), 'b': b'kept'}\n", 44, "NotSaved"),
        ("from pathlib import Path\ndef f():\n    return Path('none.csv')\n", 44, "NotSaved"),
    ],
)
def test_each_fault_has_its_exit_code(run: Any, code: str, exit_code: int, kind: str) -> None:
    ended = run(code)
    assert (ended.code, ended.result["exit_code"], ended.result["error"]["type"]) == (exit_code, exit_code, kind)
    if "kept" in code:
        assert [output["name"] for output in ended.result["outputs"]] == ["b"]


def test_a_traceback_names_the_cell(run: Any) -> None:
    error = run(
        "def g():\n    raise ValueError('no')\ndef f():\n    try:\n        g()\n    except ValueError as e:\n        raise KeyError('k') from e\n"
    ).result["error"]
    assert "cell [7], line 4, in g" in error["traceback"]
    assert "direct cause" in error["traceback"]
    assert "worker" not in error["traceback"]
    assert [(frame["where"], frame["line"]) for frame in error["frames"]] == [("cell [7]", 9)]


def test_os_exit_leaves_no_result(run: Any) -> None:
    ended = run("import os\ndef f():\n    os._exit(7)\n")
    assert (ended.code, ended.folder.read_result()) == (7, None)


def test_sigterm_stops(run: Any) -> None:
    folder = run.write("import threading\ndef f():\n    print('here', flush=True)\n    threading.Event().wait()\n")
    process = run.start(folder)
    assert process.stdout is not None
    assert process.stdout.readline() == "here\n"
    process.send_signal(signal.SIGTERM)
    _, errors = process.communicate()
    assert process.returncode == 45
    result = folder.read_result()
    assert result, errors
    assert result["state"] == "STOPPED"


def test_points_and_progress_are_in_the_folder(run: Any) -> None:
    ended = run(
        "import dh_kernel as dh\ndef f():\n    dh.report(step=1, loss=float('nan'), bad='x')\n    dh.progress(1, 2, 'half')\n"
    )
    points, progress = ended.folder.read_metrics(0)[0]
    assert (points["step"], points["values"]) == (1, {"loss": "NaN"})
    assert progress["progress"] == {"done": 1.0, "total": 2.0, "text": "half"}
    assert "'bad' was not reported" in ended.stderr


def test_parameters_are_as_annotated(run: Any) -> None:
    code = (
        "import enum\nfrom pathlib import Path\nclass Mode(enum.Enum):\n    FAST = 1\n"
        "async def f(mode: Mode, path: Path, pair: tuple[int, int], rate: float):\n"
        "    return [mode is Mode.FAST, type(path) is type(Path()), type(pair) is tuple, rate != rate]\n"
    )
    assert run(code, mode="FAST", path="a", pair=[1, 2], rate="NaN").value == [True] * 4


def test_a_path_is_moved_from_the_run_and_copied_from_elsewhere(run: Any) -> None:
    ended = run("from pathlib import Path\ndef f():\n    p = Path('r.csv')\n    p.write_text('x')\n    return p\n")
    assert ended.value.read_text() == "x"
    assert not (ended.folder.path / "r.csv").exists()
