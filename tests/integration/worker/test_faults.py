"""What goes wrong in a run, and what is left then."""

from __future__ import annotations

import os
import resource
import signal
from pathlib import Path
from typing import Any

import pytest


def test_a_group_and_a_chain_are_told_whole(run: Any) -> None:
    error = run(
        "def f():\n    try:\n        1 / 0\n    except ZeroDivisionError:\n        raise ExceptionGroup('two', [ValueError('a'), KeyError('b')])\n"
    ).result["error"]
    assert error["type"] == "ExceptionGroup"
    for part in ("cell [7], line 5, in f", "ZeroDivisionError", "ValueError: a", "KeyError: 'b'"):
        assert part in error["traceback"]


def test_a_syntax_error_names_the_cell(run: Any) -> None:
    error = run("x = 1\ndef f(:\n    pass\n").result["error"]
    assert (error["type"], "cell [7], line 4" in error["traceback"]) == ("SyntaxError", True)


def test_an_interrupt_that_nobody_asked_for_is_an_exception(run: Any) -> None:
    ended = run("def f():\n    raise KeyboardInterrupt\n")
    assert (ended.code, ended.result["state"]) == (42, "ERROR")


def test_a_stop_while_saving_leaves_a_result(run: Any) -> None:
    code = (
        "import threading\nclass Slow:\n    def __reduce__(self):\n        print('here', flush=True)\n        threading.Event().wait()\n"
        "def f():\n    return {'a': b'kept', 'b': Slow()}\n"
    )
    folder = run.write(code)
    process = run.start(folder)
    assert process.stdout.readline() == "here\n"
    process.send_signal(signal.SIGTERM)
    process.communicate()
    result = folder.read_result()
    assert (process.returncode, result["state"]) == (45, "STOPPED")
    assert [output["name"] for output in result["outputs"]] == ["a"]
    assert not list(folder.outputs.glob("b/*"))


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_a_pool_of_processes(run: Any, method: str) -> None:
    code = f"import multiprocessing as mp\ndef g(x):\n    return x * x\ndef f():\n    with mp.get_context('{method}').Pool(2) as pool:\n        return pool.map(g, [1, 2, 3])\n"
    ended = run(code)
    assert ended.code == 0, ended.stderr
    assert (ended.value, ended.stderr) == ([1, 4, 9], "")


def test_pools_that_end_at_once_leave_nobody_behind(run: Any) -> None:
    """Python forgets a signal that comes while it forks: the end of a pool would wait for ever."""
    code = (
        "import multiprocessing as mp\ndef g(x):\n    return x * x\ndef f():\n    for _ in range(300):\n"
        "        with mp.get_context('fork').Pool(3) as pool:\n            last = pool.map(g, [1, 2])\n    return last\n"
    )
    assert run(code).value == [1, 4]


def test_joblib(run: Any) -> None:
    ended = run(
        "from joblib import Parallel, delayed\ndef g(x):\n    return x * x\ndef f():\n    return Parallel(2)(delayed(g)(x) for x in [1, 2])\n"
    )
    assert ended.code == 0, ended.stderr
    assert ended.value == [1, 4]


def test_the_pipe_hears_of_each_point_and_of_the_end(run: Any) -> None:
    reading, writing = os.pipe()
    folder = run.write("import dh_kernel as dh\ndef f():\n    for i in range(3):\n        dh.report(step=i, x=i)\n")
    process = run.start(folder, pass_fds=[writing], DH_WAKE_FD=str(writing))
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        heard = pipe.read()
    process.communicate()
    assert (process.returncode, heard) == (0, b"\n" * 4)


LIMIT = 100_000  # bytes that a file may have: what a full disk does, without one


def test_a_full_disk_fails_the_output_and_keeps_the_others(run: Any) -> None:
    run.before = lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (LIMIT, LIMIT))
    code = (
        "import numpy as np, pandas as pd\ndef f():\n"
        "    return {'small': b'x', 'big': b'x' * 200_000, 'table': pd.DataFrame({'a': np.random.rand(50_000)})}\n"
    )
    ended = run(code)
    assert (ended.code, ended.result["error"]["type"]) == (44, "NotSaved")
    assert list(ended.outputs) == ["small"]
    for name in ("big", "table"):
        assert f"Output '{name}'" in ended.result["error"]["message"]
        assert not list((ended.folder.outputs / name).glob("*"))


def _old_python() -> Path | None:
    return next(iter(sorted(Path.home().glob(".pyenv/versions/3.9*/bin/python"))), None)


def test_the_oldest_python_runs_it(run: Any) -> None:
    python = _old_python()
    if python is None:
        pytest.skip("no Python 3.9 on this machine")
    run.python = str(python)
    code = (
        "from typing import List, Optional\nimport dh_kernel as dh\ndef f(a: Optional[int], b: List[float]):\n"
        "    dh.report(step=1, loss=0.5)\n    if a == 2:\n        raise ValueError(a)\n    return {'a': a, 'b': (1, float('inf')), 'c': b'x'}\n"
    )
    ended = run(code, a=1, b=[1])
    assert ended.code == 0, ended.stderr
    assert ended.value == {"a": 1, "b": (1, float("inf")), "c": b"x"}
    failed = run(code, a=2, b=[])
    assert (failed.code, "cell [7], line 8, in f" in failed.result["error"]["traceback"]) == (42, True)


def test_the_log_has_the_warnings_of_a_cell_and_no_others(run: Any) -> None:
    ended = run(
        "import warnings\ndef f():\n    open(__file__)\n    warnings.warn('mine')\n    warnings.warn('old', DeprecationWarning)\n"
    )
    assert ("UserWarning: mine" in ended.stderr, "DeprecationWarning: old" in ended.stderr) == (True, True)
    assert "ResourceWarning" not in ended.stderr


def test_a_warning_names_the_cell(run: Any) -> None:
    code = (
        "import warnings\ndef f():\n    warnings.warn('careful')\n    other = compile('import warnings; warnings.warn(\"x\")', 'o.py', 'exec')\n"
        "    exec(other, {})\n    with warnings.catch_warnings(record=True) as caught:\n        warnings.warn('quiet')\n    return len(caught)\n"
    )
    ended = run(code)
    assert ended.value == 1
    assert ended.stderr.startswith(
        "cell [7], line 5: UserWarning: careful\n  warnings.warn('careful')\no.py:1: UserWarning: x\n"
    )
    assert "quiet" not in ended.stderr
