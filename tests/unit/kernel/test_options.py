"""Options as a person types them."""

from __future__ import annotations

import pytest

from dh_kernel.options import seconds, typed_seconds


@pytest.mark.parametrize(
    ("value", "typed"),
    [(28800, "8h"), (5400.0, "1h30m"), (90, "1m30s"), (60, "1m"), (45, "45s"), (0.5, "0.5s"), (3661.5, "1h1m1.5s"), (172800, "48h")],
)  # fmt: skip
def test_a_duration_is_typed_as_it_is_read(value: float, typed: str) -> None:
    assert typed_seconds(value) == typed
    assert seconds("timeout", typed) == value
