"""What is refused, and what the refusal says."""

from __future__ import annotations

import pytest

from dh_kernel.errors import NotCaptured
from tests.notebooks.refused import CASES

from .conftest import Notebook


@pytest.mark.parametrize("name", CASES)
def test_refused(name: str, notebook: Notebook) -> None:
    case = CASES[name]
    notebook.write(case.files)
    notebook.type(*case.cells)
    with pytest.raises(NotCaptured) as caught:
        notebook.capture()
    for words in case.says:
        assert words in str(caught.value), str(caught.value)


def test_a_lambda_without_a_name(notebook: Notebook) -> None:
    with pytest.raises(NotCaptured, match="A lambda has no name"):
        notebook.capture(lambda x: x)


@pytest.mark.parametrize(
    ("base", "cells", "cure", "again"),
    [
        ("class Base:\n    all = {}", ["class A(Base):\n    pass\ndel A"], ", then define A again, and keep the name A", ["class A(Base):\n    pass"]),
        ("class Base:\n    all = []", ["class A(Base):\n    pass"] * 2, ", then define A again", ["class A(Base):\n    pass"]),
    ],
)  # fmt: skip
def test_the_cure_of_a_registry_works(
    notebook: Notebook, base: str, cells: list[str], cure: str, again: list[str]
) -> None:
    adds = "Base.all[cls.__name__] = cls" if "{}" in base else "Base.all.append(cls)"
    base = f"{base}\n    def __init_subclass__(cls):\n        {adds}"
    notebook.type(base, *cells, "def f():\n    return len(Base.all)")
    with pytest.raises(NotCaptured) as caught:
        notebook.capture()
    assert f"Run its cell again{cure}, or write the change into it." in str(caught.value)
    notebook.type(base, *again)
    assert notebook.elsewhere(notebook.capture())() == 1
