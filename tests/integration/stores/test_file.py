"""The file store passes the shipped suite, by path and by URI."""

from __future__ import annotations

from pathlib import Path

import pytest

from dh_kernel.errors import Invalid, NotInstalled
from dh_kernel.stores import Store, store_for
from dh_kernel.testing.stores import StoreSuite


class TestFileStore(StoreSuite):
    @pytest.fixture(params=["", "file://"])
    def root(self, request: pytest.FixtureRequest, tmp_path: Path) -> str:
        return f"{request.param}{tmp_path / 'store'}"

    @pytest.fixture
    def store(self, root: str) -> Store:
        return store_for(root)


def test_a_relative_path_is_refused() -> None:
    with pytest.raises(Invalid):
        store_for("a/b").local_path("a/b")


def test_an_unknown_scheme_says_what_is_installed() -> None:
    with pytest.raises(NotInstalled, match="Installed: file"):
        store_for("nope://x/y")
