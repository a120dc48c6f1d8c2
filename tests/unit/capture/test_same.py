"""The table of what is captured: cells, a call, and the same call elsewhere."""

from __future__ import annotations

import asyncio
import inspect
from typing import Any

import pytest

from dh_kernel.capture.values import is_same
from tests.notebooks import CASES

from .conftest import Notebook


def called(function: Any, arguments: Any) -> Any:
    value = function(**arguments) if isinstance(arguments, dict) else function(*arguments)
    return asyncio.run(awaited(value)) if inspect.isawaitable(value) else value


async def awaited(value: Any) -> Any:
    return await value


@pytest.mark.parametrize("name", CASES)
def test_the_same_elsewhere(name: str, notebook: Notebook) -> None:
    case = CASES[name]
    notebook.write(case.files)
    notebook.type(*case.cells)
    captured = notebook.capture()
    again = notebook.capture()
    assert (again.id, again.module) == (captured.id, captured.module)
    elsewhere = called(notebook.elsewhere(captured), case.arguments)
    here = called(notebook.names["f"], case.arguments)
    assert is_same(elsewhere, here), f"{elsewhere!r} is not {here!r}:\n{captured.module}"
