"""What is another version of a function, and what is not."""

from __future__ import annotations

import pytest

from .conftest import Notebook

BASE = ["K = 3", "def h(x):\n    return x * K", "def f(x: int = 1):\n    '''Say.'''\n    return h(x) + 1"]
# name: the cells of the other notebook
SAME: dict[str, list[str]] = {
    "comments and blank lines": ["K = 3  # three", "# a helper\ndef h(x):\n\n    # times\n    return x * K", *BASE[2:]],
    "formatting": [
        "K=3",
        "def h( x ):\n  return (x\n     * K)",
        "def f(\n    x: int=1,\n):\n    '''Say.'''\n    return h(x)+1",
    ],
    "quotes": [BASE[0], "def h(x):\n    return x * K", 'def f(x: int = 1):\n    """Say."""\n    return h(x) + 1'],
    "a docstring": [
        BASE[0],
        "def h(x):\n    'Times.'\n    return x * K",
        "def f(x: int = 1):\n    '''Say more.'''\n    return h(x) + 1",
    ],
    "no docstring": [*BASE[:2], "def f(x: int = 1):\n    return h(x) + 1"],
    "the order of the cells": [BASE[2], BASE[1], BASE[0]],
    "one cell": ["\n".join(BASE)],
    "one cell, the other way round": ["\n".join(reversed(BASE))],
    "cells run twice": [*BASE, *BASE],
    "other cells between": [
        "import os",
        BASE[0],
        "OTHER = 5",
        BASE[1],
        "def unused():\n    return OTHER",
        BASE[2],
        "f(1)",
    ],
    "a value made another way": ["K = 1 + 2", *BASE[1:]],
    "changed and changed back": [*BASE, "K = 4", "K = 3"],
    "trailing calls": [*BASE[:2], BASE[2] + "\nf(1)\nprint('x')"],
    "magics around": ["%precision 3\nK = 3", *BASE[1:]],
    "our decorator's place": [*BASE[:2], "%time pass\n" + BASE[2]],
}
OTHER: dict[str, list[str]] = {
    "the code": [*BASE[:2], "def f(x: int = 1):\n    return h(x) + 2"],
    "a helper": [BASE[0], "def h(x):\n    return K * x", BASE[2]],
    "a constant": ["K = 4", *BASE[1:]],
    "a constant's type": ["K = 3.0", *BASE[1:]],
    "a default": [*BASE[:2], "def f(x: int = 2):\n    '''Say.'''\n    return h(x) + 1"],
    "an annotation": [*BASE[:2], "def f(x: float = 1):\n    '''Say.'''\n    return h(x) + 1"],
    "a parameter's name": [*BASE[:2], "def f(y: int = 1):\n    '''Say.'''\n    return h(y) + 1"],
    "a string that is no docstring": [*BASE[:2], "def f(x: int = 1):\n    '''Say.'''\n    'more'\n    return h(x) + 1 + len('a')"],
    "a helper of a helper": ["K = 3\ndef half(x):\n    return x", "def h(x):\n    return half(x) * K", BASE[2]],
    "a requirement of a pip line": [*BASE[:2], "%pip --version\n" + BASE[2] + "\nif False:\n    get_ipython().system('pip install nothing-like-this')"],
    "an import in the body": [*BASE[:2], "def f(x: int = 1):\n    import math\n    return h(x) + 1"],
}  # fmt: skip


def id_of(notebook: Notebook, cells: list[str], **options: object) -> str:
    notebook.shell.reset(new_session=True)
    notebook.type(*cells)
    return notebook.capture(**options).id


def test_the_same_version(notebook: Notebook) -> None:
    base = id_of(notebook, BASE)
    different = [name for name, cells in SAME.items() if id_of(notebook, cells) != base]
    assert not different


def test_another_version(notebook: Notebook) -> None:
    ids = [id_of(notebook, BASE), *(id_of(notebook, cells) for cells in OTHER.values())]
    assert len(set(ids)) == len(ids), dict(zip(["base", *OTHER], ids, strict=True))


def test_requirements_are_part_of_it(notebook: Notebook) -> None:
    assert id_of(notebook, BASE) != id_of(notebook, BASE, requires=["some-package>=2"])


@pytest.mark.parametrize(
    ("line", "named"),
    [
        ("%pip install -q a-package 'b-package>=2,<3'", ["a-package", "b-package>=2,<3"]),
        ("!pip install c_package[extra]==1.0 --upgrade", ["c_package[extra]==1.0"]),
        ("!python -m pip install d-package > log.txt 2>&1 && echo done", ["d-package"]),
        ("%pip install -r requirements.txt -i SOMEWHERE e-package", ["e-package"]),
        ("%pip install -e . ./here git+https://example.org/x.git", []),
        ("%pip install f-package  # for reading", ["f-package"]),
        ("!echo pip install g-package", []),
        ("%pip list", []),
    ],
)
def test_what_pip_lines_name(line: str, named: list[str], notebook: Notebook) -> None:
    import ast

    from dh_kernel.capture.magics import installed_by

    assert installed_by(ast.parse(notebook.shell.transform_cell(line))) == named
