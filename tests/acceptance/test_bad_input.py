"""What newcomers get wrong, with a real kernel, broker and worker: a clear message, and nothing half-made."""

from __future__ import annotations

import ast
import json
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient

ROOT = Path(__file__).parents[2]
TRAIN = "%%dh function train\ndef train(df: pd.DataFrame, lr: float = 0.1):\n    return {'rows': len(df), 'lr': lr}"
BEGIN = (
    "%load_ext dh_kernel\nimport dh_kernel as dh\nimport pandas as pd\ndf = pd.DataFrame({'a': [1, 2, 3]})",
    TRAIN,
    "%dh dataset flights $df",
)
# cell → what its error must say; every one is refused before anything is made
REFUSED: dict[str, list[str]] = {
    "%dh run train df=$df lrate=0.1": ["no parameter 'lrate'", "Did you mean 'lr'?"],
    "%dh run train": ["parameter 'df' needs a dataset"],
    "%dh run train df=dataset/flihgts": ["flihgts", "flights"],
    "%dh run train df=dataset/flights@7": ["7"],
    "%dh run tarin df=$df": ["tarin", "train"],
    "%dh run train df=$nothing": ["nothing"],
    "%dh run train df=$df lr=fast": ["parameter 'lr' is 'fast'", "float is needed"],
    "%dh run train df=dataset/flights --cpu 999": ["999"],
    "%dh run train df=dataset/flights --memory 8X": ["8X"],
    "%dh run train df=dataset/flights --on slurm": ["slurm", "local"],
    "%dh run train df=dataset/flights --memroy 8Gi": ["--memroy", "--memory"],
    "%dh rnu train": ["rnu", "run"],
    "%dh load model/none": ["none"],
    "%dh publish model/none --as x": ["none"],
    "%dh logs run/none-1": ["none"],
    "%dh sweep none lr=0..1 --maximize auc": ["none"],
    "%dh sweep train df=$df lr=1..0 --maximize auc": ["lr: 1..0 runs backwards", "0..1"],
    "%dh sweep train df=$df lrate=0..1 --maximize auc": ["no parameter 'lrate'", "Did you mean 'lr'?"],
    "%dh sweep train df=dataset/flights lr={a,b} --maximize auc --trials 9": ["'lr'", "float"],
    "%dh sweep train lr=0..1 --maximize auc --trials 9": ["df"],
    "%dh sweep train df=dataset/flights lr=0..1 --maximize auc": ["Nothing ends this sweep."],
    "%dh sweep train df=$df lr=0..1": ["--maximize NAME"],
    "%%dh function g\ndef g():\n    return df.a.sum()": ["g() uses df (DataFrame, 3 x 1", "Make it a parameter"],
    "%%dh function g\ndef g(x):\n    return x + lenght": ["g() uses lenght, which is not defined"],
    "%%dh function\nx = 1": ["def"],
    "dh.function(len)": ["built in"],
}


def broker_pid(home: Path) -> int:
    return int(json.loads((home / "broker.json").read_text())["pid"])


def execute(*cells: str) -> list[Any]:
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(text) for text in cells])
    NotebookClient(notebook, timeout=120, allow_errors=True).execute()
    return notebook.cells


def error_of(cell: Any) -> Any:
    found = [output for output in cell.outputs if output.output_type == "error"]
    assert len(found) == 1, (cell.source, cell.outputs)
    return found[0]


def text_of(cell: Any) -> str:
    return "".join(one.get("text", "") or one.get("data", {}).get("text/plain", "") for one in cell.outputs)


COUNT = "[len(dh.ls(kind)) for kind in ('function', 'dataset', 'run')]"


def test_what_is_refused_says_why_and_makes_nothing(home: Path) -> None:
    cells = execute(*BEGIN, COUNT, *REFUSED, COUNT)
    before, after = cells[len(BEGIN)], cells[-1]
    assert text_of(before) == "[1, 1, 0]"
    for cell in cells[len(BEGIN) + 1 : -1]:
        block = "\n".join(error_of(cell).traceback)
        for words in REFUSED[cell.source]:
            assert words in block, (cell.source, block)
        if cell.source.startswith("%"):
            assert "Traceback" not in block, cell.source
            assert "dh_kernel/" not in block, cell.source
    assert text_of(after) == text_of(before)
    assert not list((home / "runs").glob("*/*"))


def test_what_fails_elsewhere_is_explained_here(home: Path) -> None:
    cells = execute(
        *BEGIN,
        "def share(x):\n    y = x\n    return 1 / y",
        "%%dh function bad\ndef bad(x: int = 0):\n    # a comment\n    return share(x)",
        "r = %dh run bad --wait",
        "r.result",
        "%%dh function lacking\ndef lacking():\n    import no_such_module_anywhere\n    return 1",
        "r = %dh run lacking\nr.wait().state, r.diagnosis['code'], r.diagnosis.get('cure', '')",
        "%%dh function endless\ndef endless():\n    print('in', flush=True)\n    while True:\n        pass",
        "r = %dh run endless\nnext(iter(r.logs(follow=True)))",
        "%dh stop run/endless-1",
        "r.wait().state",
        "r.result",
    )
    failed = "\n".join(error_of(cells[6]).traceback)
    assert "bad-1 failed: ZeroDivisionError" in failed
    assert "cell [5], line 4, in bad" in failed, failed
    assert "cell [4], line 3, in share" in failed, failed
    assert failed.rstrip().endswith("%dh retry bad-1")
    assert "'missing_module'" in text_of(cells[8])
    assert "--requires no_such_module_anywhere" in text_of(cells[8])
    assert "'stopped'" in text_of(cells[12])
    assert "endless-1" in "\n".join(error_of(cells[13]).traceback)


def test_the_broker_dies_with_runs_in_flight_and_the_kernel_is_restarted(home: Path) -> None:
    hold = "%%dh function hold\ndef hold(gate: str, n: int):\n    import socket\n    print('in', flush=True)\n    try:\n        socket.create_connection(('127.0.0.1', int(gate))).recv(1)\n    except OSError:\n        pass\n    print('out')\n    return {'n': n}"
    first = execute(
        *BEGIN,
        hold,
        "import socket\ngate = socket.create_server(('127.0.0.1', 0))\nport = str(gate.getsockname()[1])",
        "runs = [dh.function(hold).run(gate=port, n=n) for n in range(4)]\nnext(iter(runs[0].logs(follow=True)))",
        "import json, os, pathlib, select, signal\npid = json.loads((pathlib.Path(os.environ['DH_HOME']) / 'broker.json').read_text())['pid']\n"
        "end = os.pidfd_open(pid)\nos.kill(pid, signal.SIGKILL)\nselect.select([end], [], [])",
        "gate.close()\n[run.wait(60).state for run in runs], [run.result['n'] for run in runs], [run.logs() for run in runs]",
    )
    assert ast.literal_eval(text_of(first[-1])) == (["succeeded"] * 4, [0, 1, 2, 3], ["in\nout\n"] * 4)
    second = execute(
        "%load_ext dh_kernel\nimport dh_kernel as dh",
        "r = dh.run('run/hold-2')\nr.state, r.result, r.name",
        "len(dh.ls('run'))",
    )
    assert text_of(second[1]) == "('succeeded', {'n': 1}, 'hold-2')"
    assert text_of(second[2]) == "4"
