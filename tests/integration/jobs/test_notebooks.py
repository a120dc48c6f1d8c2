"""Notebooks as jobs, whole: registered, executed in a kernel, kept."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

import dh_kernel as dh
from dh_kernel.errors import DHError
from dh_kernel.follow import follow
from dh_kernel.session import session
from tests.integration.jobs.conftest import executed, text_of


def test_a_notebook_with_everything_in_it(folder: Any) -> None:
    folder.file("features.py", "def twice(x):\n    return 2 * x\n")
    folder.file("data.csv", "a\n1\n")
    name = folder.notebook(
        "My analysis.ipynb",
        "import asyncio\nimport dh_kernel as dh\nimport features\nimport pandas as pd\npath = 'data.csv'",
        ("lr = 0.1\nflights = pd.DataFrame()", "parameters"),
        "%matplotlib inline\nimport matplotlib.pyplot as plt\nplt.plot([1, 2]);",
        "await asyncio.sleep(0)\nprint('rate', features.twice(lr))\n!echo from a shell",
        "dh.report(step=1, loss=0.5)\ndh.output(auc=lr, table=flights, none=None)\ndh.output(auc=2 * lr)\nflights",
        ("1 / 0", "raises-exception"),
        "import subprocess, sys\nsubprocess.run([sys.executable, '-c', 'import dh_kernel as dh; dh.report(child=7); dh.output(child=[1])'], check=True);",
    )
    flights = pd.DataFrame({"a": [1, 2, 3]})
    run = dh.job(name, lr=0.5, flights=flights, memory="4Gi")
    note, missing, saved = run._note.splitlines()
    assert note == "function/My-analysis.ipynb@1 · 7 cells · 1 module (features.py) · needs matplotlib, pandas"
    assert missing.startswith("A run has no file 'data.csv'") and "flights=$df" not in missing  # noqa: PT018
    assert saved == "flights was saved as dataset/flights@1"
    steps = {(m["progress"]["done"], m["progress"].get("text")) for m in follow(session(), run.id, run.name, None) if "progress" in m}  # fmt: skip
    assert run.wait().state == "succeeded", run.logs()
    assert (8.0, None) in steps or steps == set(), (
        "the last step is seen, unless the run was over before it was followed"
    )
    assert "rate 1.0\nfrom a shell" in run.logs().replace("\r", "")
    assert run.metrics["loss"] == 0.5
    assert run.metrics["child"] == 7
    result = run.result
    assert (result["auc"], result["none"], result["child"]) == (1.0, None, [1])
    assert result["table"].equals(flights)
    assert result["My-analysis.ipynb"].name == "My-analysis.ipynb"
    cells = executed(run).cells
    assert cells[2].metadata.tags == ["injected-parameters"]
    assert "image/png" in cells[3].outputs[0].data
    assert text_of(cells[4]).replace("\r", "") == "rate 1.0\nfrom a shell\n"
    assert "text/html" in cells[5].outputs[0].data
    assert cells[6].outputs[0].ename == "ZeroDivisionError"
    assert [cell.execution_count for cell in cells] == list(range(1, 9))


def test_the_same_notebook_is_the_same_version_and_runs_by_its_name(folder: Any) -> None:
    name = folder.notebook("again.ipynb", "x = 2\nx")
    first = dh.job(name)
    folder.notebook("again.ipynb", "x = 2\nx")
    second = dh.job(name, x=3)
    assert second._note.startswith("unchanged, function/again.ipynb@1")
    third = dh.run("function/again.ipynb", x=4)
    fourth = first.wait().retry(x=5)
    assert [text_of(executed(run.wait()).cells[0]) for run in (first, second, third, fourth)] == ["2", "3", "4", "5"]
    assert third.name == "again.ipynb-3"
    folder.notebook("again.ipynb", "x = 2\nx + 1")
    dh.job("again.ipynb")
    assert {"-x", "+x + 1"} < set(str(dh.diff("function/again.ipynb@1", "@2")).splitlines())


FAILURES = {
    "frames": (
        ["import beside\ndef f(x):\n    return beside.divide(x)", "y = 1\n\nprint('before')\nf(0)", "never = 1"],
        ("user_exception", "ZeroDivisionError: division by zero", "beside.py, line 2, in divide"),
        ["cell [2] of frames.ipynb, line 4, in <module>", "cell [1] of frames.ipynb, line 3, in f", "before"],
    ),
    "syntax": (["x = 1", "\nx = = 2"], ("user_exception", "SyntaxError", "cell [2] of syntax.ipynb, line 2, in <module>: x = = 2"), ["cell [2] of syntax.ipynb, line 2"]),
    "timed": (["%%time\nx = 1\n1 / 0"], ("user_exception", "ZeroDivisionError", "cell [1] of timed.ipynb, line 3"), []),
    "module": (["import nothing_like_it"], ("missing_module", "nothing_like_it", "cell [1] of module.ipynb, line 1"), []),
    "exits": (["1", "import os\nos._exit(3)"], ("kernel_died", "died in cell [2] of exits.ipynb (exit code 3)", ""), []),
    "crashes": (
        ["import os, signal\nos.kill(os.getpid(), signal.SIGSEGV)"],
        ("kernel_died", "died in cell [1] of crashes.ipynb (SIGSEGV)", ""),
        [],
    ),
    "broker": (["import dh_kernel as dh\ndh.ls()"], ("user_exception", "a run has no broker", "cell [1]"), []),
    "starts": (
        ["import dh_kernel as dh\n@dh.function\ndef f(x):\n    return x\nf(1)", "f.run(x=1)"],
        ("user_exception", "a run has no broker", "cell [2]"),
        [],
    ),
    "mapped": (["%%dh function f\ndef f(x):\n    return x", "f.map([1])"], ("user_exception", "a run has no broker", "cell [2]"), []),
    "unsaved": (
        ["import dh_kernel as dh, threading\ndh.output(good=b'x', lock=threading.Lock())"],
        ("output_not_saved", "lock", "Kept were: good"),
        [],
    ),
}  # fmt: skip


def test_every_failure_points_at_its_cell_and_keeps_the_notebook(folder: Any) -> None:
    folder.file("beside.py", "def divide(x):\n    return 1 / x\n")
    runs = {name: dh.job(folder.notebook(f"{name}.ipynb", *cells)) for name, (cells, _, _) in FAILURES.items()}
    for name, run in runs.items():
        (code, summary, detail), logged = FAILURES[name][1:]
        assert run.wait().state == "failed", name
        assert run.diagnosis["code"] == code
        assert summary in run.diagnosis["summary"]
        assert detail in run.diagnosis.get("detail", "")
        assert "\x1b" not in str(run.entity["status"]["error"])
        for part in logged:
            assert part in run.logs()
        assert f"{name}.ipynb" in run.outputs
    assert "good" in runs["unsaved"].outputs
    assert "in find_broker" not in runs["broker"].logs(), "where we raised it is of no use"
    cells = executed(runs["frames"]).cells
    assert [cell.execution_count for cell in cells] == [1, 2, None]
    assert cells[1].outputs[-1].ename == "ZeroDivisionError"


def test_a_stop_interrupts_the_cell(folder: Any) -> None:
    code = "import threading\ntry:\n    print('in', flush=True)\n    threading.Event().wait()\nfinally:\n    print('out', flush=True)"
    early = "import dh_kernel as dh\ndh.output(early=b'kept')"
    run = dh.job(folder.notebook("long.ipynb", early, code, "print('never')"))
    lines = run.logs(follow=True)
    assert next(lines) == "in"
    run.stop()
    assert next(lines) == "out"
    assert run.wait().state == "stopped"
    assert "never" not in run.logs()
    assert [cell.execution_count for cell in executed(run).cells] == [1, 2, None]
    assert dh.load(run.outputs["early"]) == b"kept"


def test_a_stop_of_a_kernel_that_does_not_mind(folder: Any) -> None:
    code = "import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\nprint('in', flush=True)\nimport threading; threading.Event().wait()"
    run = dh.job(folder.notebook("deaf.ipynb", code))
    assert next(run.logs(follow=True)) == "in"
    run.stop()
    assert run.wait().state == "stopped"


def test_what_was_killed_leaves_what_it_had(folder: Any) -> None:
    cells = [
        "import dh_kernel as dh, os, signal\ndh.output(early=b'kept', n=1)",
        "os.kill(os.getppid(), signal.SIGKILL)\nimport threading; threading.Event().wait()",
    ]
    run = dh.job(folder.notebook("killed.ipynb", *cells)).wait()
    assert (run.state, run.diagnosis["code"]) == ("failed", "killed")
    assert dh.load(run.outputs["early"]) == b"kept"
    assert run.entity["status"]["results"] == {"n": 1}
    assert [cell.execution_count for cell in executed(run).cells] == [1, None]
    assert run.diagnosis["detail"].startswith("It was in cell 2 of 2. ")


def test_what_was_killed_in_its_first_cell_says_so_and_leaves_its_notebook(folder: Any) -> None:
    cells = ["held = bytearray(b'x') * (400 << 20)\nimport threading; threading.Event().wait()", "2"]
    run = dh.job(folder.notebook("greedy.ipynb", *cells), memory="300Mi").wait()
    assert (run.state, run.diagnosis["code"]) == ("failed", "memory")
    assert run.diagnosis["detail"].startswith("It was in cell 1 of 2. ")
    assert [cell.execution_count for cell in executed(run).cells] == [None, None]


def test_a_time_limit_holds(folder: Any) -> None:
    run = dh.job(folder.notebook("slow.ipynb", "import threading; threading.Event().wait()"), timeout="4s")
    assert (run.wait().state, run.diagnosis["code"]) == ("failed", "timeout")


def test_much_output_is_in_the_log_and_cut_in_the_notebook(folder: Any) -> None:
    run = dh.job(
        folder.notebook("loud.ipynb", "for i in range(30):\n    print(i, 'x' * 100_000)\nprint('end')", "print('more')")
    )
    assert run.wait().state == "succeeded"
    cells = executed(run).cells
    assert sum(len(one.text) for one in cells[0].outputs) < 1_100_000
    left_out = sum(len(f"{i} {'x' * 100_000}\n") for i in range(30)) + len("end\n") - (1 << 20)
    assert cells[0].outputs[-1].text == f"… {left_out:,} more characters were printed; the run's log has all of them.\n"
    assert text_of(cells[1]) == "more\n"
    assert "end\nmore\n" in run.logs()


def test_what_is_shown_quicker_than_it_is_kept_is_all_there(folder: Any) -> None:
    """Kernels drop what is more than a thousand messages ahead: a run would wait for the end of its cell for ever."""
    many = (
        "import os, signal, subprocess\nfrom IPython.display import display, HTML\nworker = os.getppid()\n"
        "os.kill(worker, signal.SIGSTOP)\nsubprocess.Popen(['sh', '-c', f'sleep 3; kill -CONT {worker}'])\n"
        "for number in range(6000):\n    display(HTML('x' * 10000))"
    )
    run = dh.job(folder.notebook("shown.ipynb", many, "after = 1")).wait(100)
    assert run.state == "succeeded", run.logs()
    assert len(executed(run).cells[0].outputs) == 6000


def test_functions_and_shell_of_the_notebook_itself(folder: Any) -> None:
    cells = [
        "%load_ext dh_kernel\n%pip install nbformat",
        "%%dh function f --cpu 1\ndef f(x: int = 1):\n    return 2 * x",
        "f(4)",
        "!pip install nbformat && echo more",
        "import dh_kernel as dh\n@dh.function(cpu=1)\ndef g(x):\n    return 3 * x\n%dh function g\ng(2)",
        "here = 'seen'\ndef said(word):\n    !echo $here {word}; exit 3\n    got = !echo 2 {word}\n    return got\nsaid('local'), _exit_code",
    ]
    run = dh.job(folder.notebook("own.ipynb", *cells)).wait()
    assert run.state == "succeeded", run.logs()
    assert text_of(executed(run).cells[2]) == "8"
    assert "%pip install is left out in a run" in text_of(executed(run).cells[0])
    last = text_of(executed(run).cells[3])
    assert "!pip install is left out in a run: what it names was installed before." in last
    assert "more" in last
    assert text_of(executed(run).cells[4]) == "6", "there is nobody to register with"
    assert executed(run).cells[5].outputs[0].text == "seen local\n", "variables of the function that calls, too"
    assert executed(run).cells[5].outputs[1].data["text/plain"] == "(['2 local'], 3)"


def test_scripts_and_notebooks_that_it_runs_go_along(folder: Any) -> None:
    folder.file("rates.py", "RATE = 2\n")
    folder.file("scale.py", "import rates\nscale = 20 * rates.RATE\n")
    folder.notebook("double.ipynb", "import rates\ndef double(x):\n    return rates.RATE * x")
    name = folder.notebook(
        "runs.ipynb", "%run scale", "%run double.ipynb", "!python scale.py && echo done", "double(scale)"
    )
    run = dh.job(name).wait()
    assert run.state == "succeeded", run.diagnosis
    assert [text_of(cell).strip() for cell in executed(run).cells][2:] == ["done", "80"]


def test_magics_that_another_place_has_loaded(folder: Any) -> None:
    cells = ["%%dh function f\ndef f(x: int = 1):\n    return 2 * x", "f(4)", "%load_ext dh_kernel"]
    run = dh.job(folder.notebook("without.ipynb", *cells)).wait()
    assert run.state == "succeeded", run.logs()
    assert [text_of(cell) for cell in executed(run).cells[1:]] == ["8", ""]


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("a.txt", "", "'a.txt' is no notebook and no script."),
        ("a.ipynb", "{", "a.ipynb is not a notebook: it is no JSON"),
        ("b.ipynb", '{"nbformat": 3, "worksheets": []}', "in notebook format 3"),
        ("c.py", "x = = 1", "c.py, line 1: invalid syntax"),
        ("none.ipynb", None, "There is no file 'none.ipynb'"),
    ],
)
def test_refused_before_anything_is_created(folder: Any, name: str, text: str | None, says: str) -> None:
    before = dh.ls("function", versions=True), dh.ls("run")
    if text is not None:
        folder.file(name, text)
    with pytest.raises(DHError) as refused:
        dh.job(name)
    assert says in str(refused.value)
    assert (len(dh.ls("function", versions=True)), len(dh.ls("run"))) == (len(before[0]), len(before[1]))


def test_parameters_are_checked_before_anything_is_created(folder: Any) -> None:
    name = folder.notebook("checked.ipynb", "rate = 0.1\nname = 'x'")
    for given, says in (({"rat": 1}, "Did you mean 'rate'"), ({"rate": "fast"}, "number"), ({"memory": "8 GB"}, "")):
        with pytest.raises(DHError) as refused:
            dh.job(name, **given)
        assert says in str(refused.value)
    assert not [row for row in str(dh.ls("run")).splitlines() if "checked.ipynb" in row]


def test_a_secret_is_in_no_executed_notebook(folder: Any) -> None:
    dh.secret("TOKEN", "hush-hush-1")
    code = "import os, dh_kernel as dh\nprint(os.environ['TOKEN'])\ndh.output(said='it is ' + os.environ['TOKEN'])\nos.environ['TOKEN']"
    run = dh.job(folder.notebook("secret.ipynb", code), secret="TOKEN").wait()
    assert run.state == "succeeded", run.logs()
    assert "hush-hush-1" not in run.logs() + str(executed(run)) + str(run.entity)
    assert run.result["said"] == "it is ***TOKEN***"


def test_a_script(folder: Any) -> None:
    text = (
        "from __future__ import annotations\nimport multiprocessing, sys\nimport dh_kernel as dh\n"
        "# %% tags=['parameters']\nn = 3\nflights = None\n# %%\ndef square(x: Undefined):\n    return x * x\n"
        "if __name__ == '__main__':\n    with multiprocessing.get_context('spawn').Pool(1) as pool:\n"
        "        dh.output(squares=pool.map(square, range(n)), rows=len(flights))\n    print(len(sys.argv), __file__[-8:])\n    sys.exit(0)\n"
    )
    run = dh.job(folder.file("train.py", text), n=4, flights=pd.DataFrame({"a": [1]})).wait()
    assert run.state == "succeeded", run.logs()
    assert run.result == {"squares": [0, 1, 4, 9], "rows": 1}
    assert "1 train.py" in run.logs()
    assert run.entity["kind"] == "script+job:run"
    failed = dh.job(folder.file("fails.py", "x = 1\n\ndef f():\n    return x / 0\nf()\n")).wait()
    assert failed.diagnosis["detail"] == "fails.py, line 4, in f: return x / 0"
    ended = dh.job(folder.file("ends.py", "import sys\nsys.exit('no data')\n")).wait()
    assert ended.state == "failed"


def with_outputs() -> Any:
    dh.output(extra=b"kept", score=0.5)
    return {"x": 1}


def test_outputs_of_a_function(folder: Any) -> None:
    run = dh.function(with_outputs).run().wait()
    assert run.state == "succeeded", run.logs()
    assert run.result == {"x": 1}
    assert dh.load(run.outputs["extra"]) == b"kept"
    assert run.metrics["score"] == 0.5


def test_outside_of_a_run_it_is_said_once(capsys: pytest.CaptureFixture[str]) -> None:
    dh.output(x=1)
    dh.output(x=2)
    assert capsys.readouterr().err.count("this is no run") <= 1
    with pytest.raises(DHError, match="can't be an output's name"):
        dh.output({"a/b": 1})
