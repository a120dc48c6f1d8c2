"""What is left of a killed supervisor's pipe, without secrets and without the end of one."""

from __future__ import annotations

import pytest

from dh_jupyter.executors.local.unread import masked

SECRETS = {"TOKEN": "hunter2-and-more", "SHORT": "hunt"}


@pytest.mark.parametrize(
    ("printed", "kept"),
    [
        ("ter2-and-more, and so on, and on, and on, and so on\n", True),
        ("hunter2-and-more hunter2-and-more hunter2-and-more end", True),
        ("x" * 20 + "hunter2-and-more" * 9 + "end", True),
        ("er2-and-more", False),
        ("", False),
    ],
)
def test_no_part_of_a_secret_is_kept(printed: str, kept: bool) -> None:
    for start in range(len(printed)):
        found = masked(printed[start:].encode(), SECRETS).decode()
        assert "more" not in found.replace("***TOKEN***", "")
        assert "hunter2" not in found
    whole = masked(printed.encode(), SECRETS).decode()
    assert whole.startswith("…") == bool(printed)
    assert whole.endswith(printed[-3:]) == kept or not printed


def test_without_secrets_it_is_as_it_was() -> None:
    assert masked(b"\xff all\n", {}) == b"\xff all\n"
