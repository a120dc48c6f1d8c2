from __future__ import annotations

from typing import Any

import pytest

from dh_jupyter.depth import DEEPEST, check_depth
from dh_kernel.errors import Invalid


def nested(depth: int) -> Any:
    found: Any = 1
    for level in range(depth):
        found = {"a": found, "b": 1} if level % 2 else [found, "x"]
    return found


@pytest.mark.parametrize("depth", [0, 1, DEEPEST, DEEPEST + 1])
def test_fine(depth: int) -> None:
    check_depth(nested(depth))


@pytest.mark.parametrize("depth", [DEEPEST + 2, 900, 50_000])
def test_too_deep(depth: int) -> None:
    with pytest.raises(Invalid, match="levels deep"):
        check_depth(nested(depth))
