"""What can be required, and what is refused before anything is registered."""

from __future__ import annotations

import pytest

from dh_kernel.capture.requirements import requirements_of
from dh_kernel.errors import Invalid

GOOD = (
    "six-like", "six-like==1.15.0", "pandas-like>=1,<3", "a-b[c,d]>=1", "x ~= 1.4.2", "x (>=1)", "x===1!2.0+cpu", "x==1.*",
    "x; python_version < '3.12'", "x>=1 ; sys_platform == 'linux' and extra in 'y'", "x @ https://example.org/x.whl",
    "x @ file:///data/x.whl", "git+https://example.org/x.git@main", "https://example.org/x-1-py3-none-any.whl", "x>=1,",
)  # fmt: skip
BAD = (
    "", "  ", "a b c", "-e .", "--no-index x", "-r other.txt", "./local", "foo==", "x; import os",
    "six\n-r other.txt", "six\n--no-index x", "x>1 y", "-x", "x[", "numpy pandas",
)  # fmt: skip


@pytest.mark.parametrize("text", GOOD)
def test_taken_as_asked(text: str) -> None:
    assert requirements_of([], [text]) == (text.strip(),)


def test_addresses_are_each_one() -> None:
    both = ["git+https://example.org/a.git", "git+https://example.org/b.git"]
    assert requirements_of([], both) == tuple(both)


@pytest.mark.parametrize("text", BAD)
def test_refused(text: str) -> None:
    with pytest.raises(Invalid, match="is not a requirement"):
        requirements_of([], [text])
