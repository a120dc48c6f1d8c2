"""Files and folders that a function returned: moved or copied, links, pipes, one within the other."""

from __future__ import annotations

import os
import socket
from pathlib import Path
from typing import Any

import pytest

from dh_kernel.rundir import RunFolder
from dh_kernel.saving.paths import copy_file
from dh_kernel.worker.outputs import NotSaved, Outputs
from tests.fixtures.sameness import content


class Folder:
    """A run's folder, and what lies outside of it."""

    def __init__(self, path: Path) -> None:
        self.run = path / "run"
        self.outside = path / "outside"
        for folder in (self.run / "made", self.outside):
            folder.mkdir(parents=True)
        (self.run / "made" / "a.txt").write_text("a")
        (self.outside / "mine.txt").write_text("mine")
        self.outputs = Outputs(RunFolder(self.run), "f", [])

    def take(self, value: Any) -> dict[str, Path]:
        self.outputs.take(value)
        return {one["name"]: self.run / one["path"] for one in self.outputs.documents}


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


def test_a_file_of_the_run_is_the_very_same(folder: Folder) -> None:
    made = folder.run / "made" / "a.txt"
    inode = made.stat().st_ino
    assert folder.take(made)["f"].stat().st_ino == inode
    assert not made.exists()


def test_another_file_is_a_copy_of_its_own(folder: Folder) -> None:
    mine = folder.outside / "mine.txt"
    mine.chmod(0o751)
    taken = folder.take(mine)["f"]
    mine.write_text("changed")
    assert (taken.read_text(), taken.stat().st_nlink, taken.stat().st_mode & 0o777) == ("mine", 1, 0o751)


@pytest.mark.parametrize("order", [("whole", "part"), ("part", "whole")])
def test_a_folder_and_a_file_in_it(folder: Folder, order: tuple[str, str]) -> None:
    both = {"whole": folder.run / "made", "part": folder.run / "made" / "a.txt"}
    taken = folder.take({name: both[name] for name in order})
    assert (content(taken["whole"]), content(taken["part"])) == ({"a.txt": b"a"}, {".": b"a"})


def test_a_folder_in_a_folder(folder: Folder) -> None:
    (folder.run / "made" / "in").mkdir()
    (folder.run / "made" / "in" / "b.txt").write_text("b")
    taken = folder.take({"part": folder.run / "made" / "in", "whole": folder.run / "made"})
    assert (content(taken["part"]), sorted(content(taken["whole"]))) == ({"b.txt": b"b"}, ["a.txt", "in/b.txt"])


def links(place: Path, outside: Path) -> None:
    (place / "near").symlink_to("a.txt")
    (place / "absolute").symlink_to(place / "a.txt")
    (place / "out").symlink_to(outside / "mine.txt")
    (place / "up").symlink_to("../../outside")
    (place / "nowhere").symlink_to("none")
    (place / "round").symlink_to("round")
    (place / "itself").symlink_to(".")


@pytest.mark.parametrize("where", ["run", "outside"])
def test_links_that_lead_out_are_never_followed(folder: Folder, where: str) -> None:
    place = folder.run / "made" if where == "run" else folder.outside / "made"
    place.mkdir(exist_ok=True)
    (place / "a.txt").write_text("a")
    links(place, folder.outside)
    taken = folder.take(place)["f"]
    assert {path.name for path in taken.iterdir()} == {"a.txt", "near", "absolute"}
    assert [(taken / name).resolve().parent for name in ("near", "absolute")] == [taken.resolve()] * 2
    for name in ("out", "up", "nowhere", "round", "itself"):
        assert name in folder.outputs.warnings[0]


def test_a_link_that_is_returned_is_what_it_leads_to(folder: Folder) -> None:
    (folder.run / "link").symlink_to(folder.outside / "mine.txt")
    assert folder.take(folder.run / "link")["f"].read_text() == "mine"
    assert (folder.outside / "mine.txt").exists()


def pipe(path: Path) -> None:
    os.mkfifo(path / "pipe")


def plug(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as one:
        before = Path.cwd()
        os.chdir(path)  # a socket's path has 107 bytes at most
        try:
            one.bind("plug")
        finally:
            os.chdir(before)


@pytest.mark.parametrize(("make", "says"), [(pipe, "'pipe' in '{}' is a pipe"), (plug, "'plug' in '{}' is a socket")])
def test_what_is_no_file_is_refused_and_the_folder_stays(folder: Folder, make: Any, says: str) -> None:
    made = folder.run / "made"
    make(made)
    with pytest.raises(NotSaved, match=says.format(made)):
        folder.take({"bad": made, "good": b"kept"})
    assert (made / "a.txt").exists()
    assert [path.name for path in (folder.run / "outputs").iterdir()] == ["good"]


@pytest.mark.parametrize(
    ("path", "says"),
    [("none.csv", "There is no file 'none.csv'"), (".", "holds the run's own folder"), ("pipe", "neither a file nor a folder")],
)  # fmt: skip
def test_a_path_that_is_none(folder: Folder, path: str, says: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder.run)
    pipe(folder.run)
    with pytest.raises(NotSaved, match=says):
        folder.take(Path(path))
    assert not list((folder.run / "outputs").iterdir())


@pytest.mark.parametrize("content", [b"", b"x", b"x" * 3_000_000])
def test_a_copy_is_equal(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "one").write_bytes(content)
    copy_file(tmp_path / "one", tmp_path / "other")
    assert (tmp_path / "other").read_bytes() == content


def test_holes_stay_holes(tmp_path: Path) -> None:
    """1 GiB that takes no room: writing it out would."""
    with (tmp_path / "one").open("wb") as file:
        file.seek(1 << 29)
        file.write(b"in the middle")
        file.truncate(1 << 30)
    copy_file(tmp_path / "one", tmp_path / "other")
    facts = (tmp_path / "other").stat()
    assert (facts.st_size, facts.st_blocks * 512 < 100e6) == (1 << 30, True)
    with (tmp_path / "other").open("rb") as file:
        file.seek(1 << 29)
        assert file.read(20).rstrip(b"\0") == b"in the middle"
