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
