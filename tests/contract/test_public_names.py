"""Every public name of the toolkit is there, documented, and named in the guide."""

from __future__ import annotations

from pathlib import Path

import pytest

import dh_kernel

ROOT = Path(__file__).resolve().parents[2]
GUIDE = "\n".join(page.read_text() for page in sorted((ROOT / "docs").rglob("*.md")))
NAMES = sorted(name for name in dh_kernel.__all__ if not name.startswith("__"))


@pytest.mark.parametrize("name", NAMES)
def test_it_is_there_and_says_what_it_is(name: str) -> None:
    assert getattr(dh_kernel, name).__doc__, f"dh.{name} has no docstring"


@pytest.mark.parametrize("name", [name for name in NAMES if not name.endswith("_ipython_extension")])
def test_the_documentation_names_it(name: str) -> None:
    assert f"dh.{name}" in GUIDE or f"%dh {name}" in GUIDE or f"`{name}`" in GUIDE, f"no page says dh.{name}"


def test_nothing_is_imported_before_it_is_used() -> None:
    assert set(NAMES) <= set(dir(dh_kernel))
