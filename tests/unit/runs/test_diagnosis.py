"""Observed facts to words for the person. The messages are recorded: from torch, uv, CPython and others."""

from __future__ import annotations

import re
from typing import Any

import pytest

from dh_jupyter.runs.diagnosis import ROWS, Case, explain

GI = 2**30
COMMAND = re.compile(r"%dh (?:retry|run|function|logs|show|ls|doctor|dataset|stop)\b")


def exit_(**facts: Any) -> Any:
    return {"reason": "exited", "ended": 2.0, **facts}


def case(**facts: Any) -> Case:
    return Case(name="train-42", function="train", **facts)


def raised(type_: str, message: str = "", bases: Any = (), spec: Any = None, exit: Any = None, **facts: str) -> Case:
    error: Any = {"type": type_, "message": message, "traceback": "", "bases": list(bases), "facts": facts}
    return case(error=error, spec=spec or {}, exit=exit)


@pytest.mark.parametrize(
    ("cause", "exit", "options", "says", "cure", "retry"),
    [
        ("memory", exit_(memory_limit=8 * GI, peak_memory=8 * GI), {}, "limit 8Gi (peak 8Gi)", "train-42 --memory 16Gi", {"resources": {"mem": "16Gi"}}),
        ("memory", exit_(memory_limit=GI // 2 - 12 * 2**20, peak_memory=GI // 2 + 28 * 2**20), {}, "limit 500Mi (peak 540Mi)", "train-42 --memory 1Gi", {"resources": {"mem": "1Gi"}}),
        ("memory", exit_(memory_limit=9 * GI), {}, "limit 9Gi.", "--memory 16Gi", {"resources": {"mem": "16Gi"}}),
        ("memory", exit_(), {}, "memory limit.", "--memory 8Gi", None),
        ("processes", exit_(process_limit=2048), {}, "more than 2048 processes", "%dh retry train-42 n_jobs=1", None),
        ("timeout", exit_(), {"timeout": 90}, "time limit of 90s", "train-42 --timeout 3m", {"timeout": 180}),
        ("timeout", exit_(), {"timeout": 7200.0}, "time limit of 2h", "train-42 --timeout 4h", {"timeout": 14400.0}),
        ("killed", exit_(signal=9), {}, "Killed from outside (SIGKILL)", "train-42 --retries 2", {"retries": 2}),
        ("killed", exit_(signal=15), {}, "Killed from outside (SIGTERM)", "--retries 2", {"retries": 2}),
        ("killed", exit_(code=45), {}, "Killed from outside (SIGTERM)", "--retries 2", {"retries": 2}),
        ("killed", exit_(signal=99), {}, "Killed from outside (signal 99)", "--retries 2", {"retries": 2}),
        ("crashed", exit_(signal=11), {}, "crashed (SIGSEGV)", "%dh logs train-42", None),
        ("exited", exit_(code=3), {}, "exit code 3", "%dh function train", None),
        ("dependencies", exit_(code=43), {"requirements": ["six==99"]}, "could not be installed: six==99", "--requires", None),
        ("lost", None, {}, "left no result", "train-42 --retries 2", {"retries": 2}),
        ("integrity", exit_(code=44), {}, "is not what it should be", "%dh logs train-42", None),
        ("integrity", exit_(code=44, disk_full=True), {}, "The disk is full", "%dh retry train-42", None),
        ("queue_timeout", None, {"queue_timeout": 1800}, "Waited 30:00 for a place and got none (limit 30m)", "--queue-timeout 1h", {"queue_timeout": 3600}),
        ("total_timeout", None, {"total_timeout": 1800}, "took 30:00 together, its limit is 30m", "--total-timeout 1h", {"total_timeout": 3600}),
    ],
)  # fmt: skip
def test_how_an_attempt_ended(cause: str, exit: Any, options: Any, says: str, cure: str, retry: Any) -> None:
    found = explain(case(cause=cause, exit=exit, spec=options, waited=1800))
    assert says in found["summary"]
    assert cure in found["cure"]
    assert found.get("retry") == retry


CUDA = (
    "CUDA out of memory. Tried to allocate 20.00 GiB. GPU 0 has a total capacity of 15.77 GiB of which 14.37 GiB is free. "
    "Including non-PyTorch memory, this process has 1.39 GiB memory in use. Of the allocated memory 1.03 GiB is allocated "
    "by PyTorch, and 10.00 MiB is reserved by PyTorch but unallocated."
)
RAISED: list[tuple[str, Case, str, str]] = [
    ("missing_module", raised("ModuleNotFoundError", "No module named 'xgboost.sklearn'", module="xgboost.sklearn"), "'xgboost' is not installed", "%dh function train --requires xgboost"),
    ("missing_module", raised("ModuleNotFoundError", "No module named 'cv2'", module="cv2"), "'cv2'", "--requires opencv-python-headless"),
    ("missing_own_module", raised("ModuleNotFoundError", "No module named 'prep.clean'", spec={"source": {"files": {"prep/__init__.py": ""}}}, module="prep.clean"), "'prep.clean' did not come along", "%dh function train"),
    ("circular_import", raised("ImportError", "cannot import name 'a' from partially initialized module 'b' (most likely due to a circular import) (/r/b.py)"), "in a circle", "%dh function train"),
    ("circular_import", raised("AttributeError", "partially initialized module 'b' has no attribute 'x' (most likely due to a circular import)"), "in a circle", "%dh function train"),
    ("import_name", raised("ImportError", "cannot import name 'Bunch' from 'sklearn.utils' (/x/utils.py)", module="sklearn.utils"), "'Bunch' is not in the module 'sklearn.utils'", "--requires scikit-learn==VERSION"),
    ("import_name", raised("ImportError", "cannot import name 'clean' from 'prep' (/r/prep.py)", spec={"source": {"files": {"prep.py": ""}}}, module="prep"), "'clean' is not in your module 'prep'", "%dh function train"),
    ("version_mismatch", raised("ValueError", "numpy.dtype size changed, may indicate binary incompatibility. Expected 96 from C header, got 88 from PyObject"), "do not fit each other", "%dh retry train-42"),
    ("version_mismatch", raised("ImportError", "/x/a.so: undefined symbol: _ZN3c10"), "do not fit each other", "%dh retry train-42"),
    ("missing_library", raised("ImportError", "libGL.so.1: cannot open shared object file: No such file or directory"), "missing: libGL.so.1", "--requires"),
    ("missing_data", raised("FileNotFoundError", "[Errno 2] No such file or directory: 'data/flights.csv'", ["OSError"], errno="2", path="data/flights.csv"), "no file 'data/flights.csv'", "%dh dataset flights data/flights.csv"),
    ("input_gone", raised("NotFound", "There is no /h/x.parquet", input="flights", reference="dataset/flights@2", path="/h/x.parquet"), "Input 'flights' (dataset/flights@2) has no file any more (/h/x.parquet)", "%dh run train flights="),
    ("missing_data", raised("FileNotFoundError", "[Errno 2] No such file", ["OSError"], errno="2", path=f"/at/runs/default/{'ab' * 16}/1/pk/rows.csv"), "no file 'pk/rows.csv'", "%dh dataset rows pk/rows.csv"),
    ("input_gone", raised("FileNotFoundError", "x", ["OSError"], input="flights", reference="dataset/flights@2"), "has no file any more", "%dh run train"),
    ("input_unreadable", raised("pyarrow.lib.ArrowInvalid", "Not a Parquet file", ["ValueError"], input="flights", reference="dataset/flights@2"), "can't be loaded", "%dh show dataset/flights@2"),
    ("missing_module", raised("ModuleNotFoundError", "No module named 'polars'", ["ImportError"], input="flights", reference="dataset/flights@2", module="polars"), "'polars' is not installed", "--requires polars"),
    ("output_not_saved", raised("NotSaved", "Output 'lock' (lock) can't be saved: TypeError: cannot pickle '_thread.lock' object"), "Output 'lock' (lock) can't be saved", "%dh function train"),
    ("disk_full", raised("NotSaved", "Output 'big' (bytes) can't be saved: OSError: [Errno 28] No space left on device"), "The disk is full: Output 'big'", "%dh retry train-42"),
    ("disk_full", raised("OSError", "[Errno 28] No space left on device", errno="28", path="/data/x"), "full where it writes (/data/x)", "%dh doctor"),
    ("disk_full", raised("sqlite3.OperationalError", "database or disk is full"), "The disk is full", "%dh doctor"),
    ("permission", raised("PermissionError", "[Errno 13] Permission denied: '/etc/shadow'", ["OSError"], errno="13", path="/etc/shadow"), "may not use '/etc/shadow'", "%dh function train"),
    ("read_only", raised("OSError", "[Errno 30] Read-only file system: '/proc/x'", errno="30", path="/proc/x"), "read-only", "%dh function train"),
    ("port_taken", raised("OSError", "[Errno 98] Address already in use", errno="98", port="8000", holder="python server.py (process 7)"), "The port 8000 is taken", "%dh retry train-42 port=0"),
    ("cuda_memory", raised("torch.OutOfMemoryError", CUDA, ["RuntimeError"]), "full: it asked for 20.00 GiB, free were 14.37 GiB, the device has 15.77 GiB", "%dh retry train-42"),
    ("cuda_memory", raised("torch.cuda.OutOfMemoryError", "", ["RuntimeError"], {"parameters": {"batch_size": 64}}), "memory of the GPU is full.", "%dh retry train-42 batch_size=32"),
    ("cuda_memory", raised("RuntimeError", "CUDA error: out of memory\nCUDA kernel errors might be asynchronously reported"), "GPU is full", "%dh retry train-42"),
    ("gpu_missing", raised("RuntimeError", "No CUDA GPUs are available"), "since the run asked for none", "%dh retry train-42 --gpu 1"),
    ("gpu_missing", raised("RuntimeError", "Found no NVIDIA driver on your system. Please check that you have an NVIDIA GPU and installed a driver", spec={"resources": {"gpu": "1"}}), "though the run asked for one", "%dh doctor"),
    ("gpu_build", raised("AssertionError", "Torch not compiled with CUDA enabled"), "can't use a GPU", "--gpu 1 --requires"),
    ("gpu_build", raised("lightgbm.basic.LightGBMError", "GPU Tree Learner was not enabled in this build."), "can't use a GPU", "--gpu 1"),
    ("shared_memory", raised("RuntimeError", "DataLoader worker (pid 9) is killed by signal: Bus error. It is possible that dataloader's workers are out of shared memory: insufficient shared memory (shm)"), "/dev/shm", "num_workers=0"),
    ("child_killed", raised("concurrent.futures.process.BrokenProcessPool", "A process in the process pool was terminated abruptly"), "was killed", "%dh logs train-42"),
    ("pickling", raised("_pickle.PicklingError", "Can't pickle <function <lambda> at 0x7f>: attribute lookup <lambda> on dh_code failed"), "can't be pickled", "%dh function train"),
    ("pickling", raised("AttributeError", "Can't get local object 'f.<locals>.g'"), "can't be pickled", "%dh function train"),
    ("pickling", raised("TypeError", "cannot pickle '_thread.lock' object"), "can't be pickled", "%dh function train"),
    ("recursion", raised("RecursionError", "maximum recursion depth exceeded", ["RuntimeError"]), "too deep", "%dh function train"),
    ("memory", raised("MemoryError", exit=exit_(memory_limit=2 * GI)), "limit 2Gi: an allocation failed", "%dh retry train-42 --memory 4Gi"),
    ("memory", raised("numpy._core._exceptions._ArrayMemoryError", "Unable to allocate 8.00 GiB for an array", ["MemoryError"]), "Unable to allocate 8.00 GiB", "--memory 8Gi"),
    ("too_many_files", raised("OSError", "[Errno 24] Too many open files", errno="24"), "too many files", "%dh function train"),
    ("network", raised("urllib.error.URLError", "<urlopen error [Errno -3] Temporary failure in name resolution>", ["OSError"]), "can't reach another machine", "%dh retry train-42"),
    ("kernel_died", raised("KernelDied", "The kernel died in cell [2] of a.ipynb (SIGSEGV)."), "died in cell [2]", "%dh logs train-42"),
    ("interrupted", raised("KeyboardInterrupt"), "KeyboardInterrupt", "%dh stop train-42"),
    ("system_exit", raised("SystemExit", "sys.exit(3) before the function returned"), "sys.exit(3)", "%dh function train"),
    ("assertion", raised("AssertionError", "x is 3"), "An assertion failed: x is 3", "%dh logs train-42"),
    ("user_exception", raised("KeyError", "'delay'"), "KeyError: 'delay'", "%dh run train"),
    ("user_exception", raised("TypeError", "unsupported operand {0} {name}"), "unsupported operand {0} {name}", "%dh run train"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("code", "facts", "says", "cure"), RAISED, ids=[f"{row[0]}-{i}" for i, row in enumerate(RAISED)]
)
def test_what_was_raised(code: str, facts: Case, says: str, cure: str) -> None:
    found = explain(facts)
    assert found["code"] == code, found
    assert says in found["summary"]
    assert cure in found["cure"]
    assert COMMAND.search(found["cure"])


def test_every_row_has_a_case_and_a_command() -> None:
    tried = {row[0] for row in RAISED} | {
        "processes", "timeout", "queue_timeout", "total_timeout", "killed", "crashed", "exited", "dependencies", "integrity", "lost",
    }  # fmt: skip
    assert {row.code for row in ROWS} == tried
    for row in ROWS:
        assert row.code == "dependencies" or COMMAND.search(row.cure), row.code


def test_who_has_the_port_is_told() -> None:
    found = explain(raised("OSError", "", errno="98", port="8000", holder="python server.py (process 7)"))
    assert found["detail"].startswith("python server.py (process 7) has it.")


def test_half_of_the_batch_is_also_a_change_for_a_button() -> None:
    spec = {"parameters": {"batch_size": 64}}
    assert explain(raised("torch.OutOfMemoryError", CUDA, spec=spec))["retry"] == {"parameters": {"batch_size": 32}}


def test_what_was_kept_is_told() -> None:
    error: Any = {
        "type": "NotSaved",
        "message": "Output 'a' (x) can't be saved: no\nOutput 'b' (y) can't be saved: no",
        "traceback": "",
    }
    found = explain(Case(name="train-42", function="train", error=error, kept=("model", "scores")))
    assert found["detail"].splitlines() == ["Output 'b' (y) can't be saved: no", "Kept were: model, scores."]


def test_an_exception_points_at_the_cell() -> None:
    error: Any = {
        "type": "KeyError", "message": "'dep_delay'", "traceback": "…",
        "frames": [
            {"where": "cell [5]", "line": 2, "function": "split", "code": "x = df['dep_delay']", "user": True},
            {"where": "pandas/core/frame.py", "line": 9, "function": "__getitem__"},
        ],
    }  # fmt: skip
    found = explain(case(error=error))
    assert found["code"] == "user_exception"
    assert found["summary"] == "KeyError: 'dep_delay'"
    assert found["detail"] == "cell [5], line 2, in split: x = df['dep_delay']"


@pytest.mark.parametrize(
    ("file", "kind", "cure"),
    [
        ("analysis.ipynb", "KeyError", "Mend it, and then: %dh job analysis.ipynb"),
        ("analysis.ipynb", "RecursionError", "Look for the end of the recursion, or use a loop; then: %dh job analysis.ipynb"),
        ("cells.ipynb", "KeyError", "Mend it, and then: %dh job --cells NUMBERS"),
    ],
)  # fmt: skip
def test_a_notebook_is_run_by_its_own_verb(file: str, kind: str, cure: str) -> None:
    error: Any = {"type": kind, "message": "x", "traceback": ""}
    spec = {"source": {"path": file, "base64": ""}}
    assert explain(Case(name=f"{file}-1", function=file, error=error, spec=spec))["cure"] == cure
