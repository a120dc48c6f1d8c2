"""Observed facts to words for the person."""

from __future__ import annotations

from typing import Any

import pytest

from dh_jupyter.runs.diagnosis import of_cause, of_exception

GI = 2**30


def exit_(**facts: Any) -> Any:
    return {"reason": "exited", "ended": 2.0, **facts}


@pytest.mark.parametrize(
    ("cause", "exit", "options", "says", "retry"),
    [
        (
            "memory",
            exit_(memory_limit=8 * GI, peak_memory=8 * GI),
            {},
            "limit 8Gi (peak 8Gi)",
            {"resources": {"mem": "16Gi"}},
        ),
        ("memory", exit_(memory_limit=9 * GI), {}, "limit 9Gi.", {"resources": {"mem": "16Gi"}}),
        ("memory", exit_(), {}, "memory limit.", None),
        ("processes", exit_(process_limit=2048), {}, "more than 2048 processes", None),
        ("timeout", exit_(), {"timeout": 90}, "time limit of 1:30", {"timeout": 180}),
        ("killed", exit_(signal=9), {}, "Killed from outside (SIGKILL)", {"retries": 2}),
        ("crashed", exit_(signal=11), {}, "crashed (SIGSEGV)", None),
        ("exited", exit_(code=3), {}, "exit code 3", None),
        ("dependencies", exit_(code=43), {}, "could not be installed", None),
        ("lost", None, {}, "left no result", {"retries": 2}),
    ],
)
def test_of_cause(cause: str, exit: Any, options: Any, says: str, retry: Any) -> None:
    found = of_cause(cause, exit, options)
    assert says in found["summary"]
    assert found.get("retry") == retry


def test_waiting_says_how_long() -> None:
    assert "Waited 30:00" in of_cause("queue_timeout", None, {}, waited=1800)["summary"]


def test_an_exception_points_at_the_cell() -> None:
    found = of_exception(
        {
            "type": "KeyError", "message": "'dep_delay'", "traceback": "…",
            "frames": [
                {"where": "cell [5]", "line": 2, "function": "split", "code": "x = df['dep_delay']", "user": True},
                {"where": "pandas/core/frame.py", "line": 9, "function": "__getitem__"},
            ],
        }
    )  # fmt: skip
    assert found["code"] == "user_exception"
    assert found["summary"] == "KeyError: 'dep_delay'"
    assert found["detail"] == "cell [5], line 2, in split: x = df['dep_delay']"


def test_a_missing_module_names_the_option() -> None:
    error: Any = {"type": "ModuleNotFoundError", "message": "No module named 'xgboost.sklearn'", "traceback": ""}
    assert "--requires xgboost" in of_exception(error)["cure"]


def test_a_memory_error_asks_for_more() -> None:
    error: Any = {
        "type": "numpy._core._exceptions._ArrayMemoryError",
        "message": "Unable to allocate 8 GiB",
        "traceback": "",
    }
    assert of_exception(error)["code"] == "user_exception"
    plain: Any = {"type": "MemoryError", "message": "", "traceback": ""}
    assert of_exception(plain, exit_(memory_limit=2 * GI))["retry"] == {"resources": {"mem": "4Gi"}}
