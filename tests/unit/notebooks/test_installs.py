"""What `pip install` lines name, and what is left of a line without them."""

from __future__ import annotations

import pytest

from dh_kernel.notebooks.installs import named_in_cell, without_installs


@pytest.mark.parametrize(
    ("typed", "names"),
    [
        ("%pip install polars", ["polars"]),
        ("!pip install -q 'torch>=2' pandas==2.2.3  # both", ["torch>=2", "pandas==2.2.3"]),
        ("  !python -m pip install a", ["a"]),
        ("%pip install -e . ./here $name", []),
        ("!uv pip install a\n!ls", ["a"]),
        ("%pip install -r requirements.txt -i SOMEWHERE e", ["e"]),
        ("!pip install a \\\n    b", ["a", "b"]),
        ("!pip install a && pip install b; echo c", ["a", "b"]),
        ("!pip install a > log.txt 2>&1", ["a"]),
        ("!{sys.executable} -m pip install a", ["a"]),
        ("!echo pip install a", []),
        ("!pip install 'a", []),
        ("print('pip install x')", []),
    ],
)
def test_what_a_cell_names(typed: str, names: list[str]) -> None:
    assert named_in_cell(typed) == names


@pytest.mark.parametrize(
    ("command", "left"),
    [
        ("pip install a", ""),
        ("ls -l", "ls -l"),
        ("pip list | grep a", "pip list | grep a"),
        ("pip install -q a && mkdir b ; ls", "mkdir b && ls"),
        ("cd x && python3 -m pip install .", "cd x"),
        ("echo 'pip install a'", "echo 'pip install a'"),
        ("echo 'a", "echo 'a"),
    ],
)
def test_what_a_command_does_besides(command: str, left: str) -> None:
    assert without_installs(command) == left
