"""StoreSuite: what a store must do. Subclass it, and define the fixtures `store` and `root` (an empty place's URI)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ..errors import NotFound


class StoreSuite:
    """The interface is dh_kernel/stores/base.py."""

    @pytest.fixture
    def store(self) -> Any:
        """The store."""
        raise NotImplementedError("Define the fixture store in the subclass.")

    @pytest.fixture
    def root(self) -> str:
        """A URI below which nothing is, without a / at its end."""
        raise NotImplementedError("Define the fixture root in the subclass.")

    def test_what_was_written_is_read(self, store: Any, root: str) -> None:
        store.write(f"{root}/a/b.bin", b"\0one")
        with store.open(f"{root}/a/b.bin") as file:
            assert file.read() == b"\0one"

    def test_a_second_write_replaces(self, store: Any, root: str, tmp_path: Path) -> None:
        store.write(f"{root}/x", b"old")
        (tmp_path / "new").write_bytes(b"new")
        store.write(f"{root}/x", tmp_path / "new")
        assert store.local_path(f"{root}/x").read_bytes() == b"new"
        assert (tmp_path / "new").exists()

    def test_what_is_missing_is_not_found(self, store: Any, root: str) -> None:
        with pytest.raises(NotFound):
            store.open(f"{root}/none")
        with pytest.raises(NotFound):
            store.local_path(f"{root}/none")

    def test_a_folder_moves_in_whole(self, store: Any, root: str, tmp_path: Path) -> None:
        self._folder(tmp_path / "made", b"1")
        store.move_in(tmp_path / "made", f"{root}/m/")
        assert [(info.path, info.size) for info in store.list(f"{root}/m/")] == [("in/two", 1), ("one", 1)]
        assert (store.local_path(f"{root}/m/") / "in" / "two").read_bytes() == b"1"

    def test_what_is_there_stays(self, store: Any, root: str, tmp_path: Path) -> None:
        for content in (b"1", b"2"):
            self._folder(tmp_path / content.decode(), content)
            store.move_in(tmp_path / content.decode(), f"{root}/m/")
        assert (store.local_path(f"{root}/m/") / "one").read_bytes() == b"1"

    def test_a_file_moves_in_and_is_listed(self, store: Any, root: str, tmp_path: Path) -> None:
        (tmp_path / "f.txt").write_bytes(b"abc")
        store.move_in(tmp_path / "f.txt", f"{root}/d/f.txt")
        assert [(info.path, info.size) for info in store.list(f"{root}/d/f.txt")] == [("f.txt", 3)]

    def test_deleted_is_gone_and_may_be_deleted_again(self, store: Any, root: str, tmp_path: Path) -> None:
        self._folder(tmp_path / "made", b"1")
        store.move_in(tmp_path / "made", f"{root}/m/")
        store.delete(f"{root}/m/")
        store.delete(f"{root}/m/")
        with pytest.raises(NotFound):
            store.local_path(f"{root}/m/")

    def _folder(self, path: Path, content: bytes) -> None:
        (path / "in").mkdir(parents=True)
        (path / "one").write_bytes(content)
        (path / "in" / "two").write_bytes(content)
