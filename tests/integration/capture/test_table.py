"""The table in one real kernel and real workers: every call gives there what it gives here."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tests.notebooks import CASES

from .conftest import Kernel


def test_all_of_it(kernel: Callable[[], Kernel], tmp_path: Path) -> None:
    cells = ["import builtins\nfrom tests.integration.capture.driver import Table\nbuiltins.table = Table()"]
    for number, (name, case) in enumerate(CASES.items()):
        folder = tmp_path / "cases" / str(number)
        for path, text in {**case.files, "here.txt": ""}.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(text)
        cells += [
            f"%reset -f\n%cd -q {folder}",
            *case.cells,
            "%dh function f",
            f"table.start({name!r}, f, {case.arguments!r})",
        ]
    assert len(CASES) >= 150
    said = one_kernel_ran(kernel(), cells)
    assert said.endswith(f"{len(CASES)} of {len(CASES)} are the same\n"), said


def one_kernel_ran(kernel: Kernel, cells: list[str]) -> str:
    said = kernel.run(*cells, "table.compare()", allow_errors=True)
    pairs = zip(cells, said, strict=False)
    return "\n".join(f"{cell}\n{text}" for cell, text in pairs if _is_fault(cell, text)) + said[-1]


def _is_fault(cell: str, said: str) -> bool:
    return "Traceback" in said or (cell == "%dh function f" and "function/" not in said)
