"""What a run's module is imported from, and what that leaves alone."""

import sys
import zipfile
from pathlib import Path

import pytest

from dh_kernel.rundir import RunFolder
from dh_kernel.worker.code import CODE, import_code


@pytest.fixture(autouse=True)
def _as_before(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setattr(sys, "modules", {**sys.modules})


def test_code_that_came_after_the_folder_was_listed_is_found(tmp_path: Path) -> None:
    (tmp_path / "parts").mkdir()
    sys.path[:0] = [str(tmp_path), str(tmp_path / "parts")]
    for name in ("dh_code", "part"):
        with pytest.raises(ModuleNotFoundError):
            __import__(name)
    (tmp_path / "dh_code.py").write_text("import part\nanswer = part.answer")
    (tmp_path / "parts" / "part.py").write_text("answer = 42")
    assert import_code(RunFolder(tmp_path)).answer == 42
    assert CODE in sys.modules


def test_archives_are_not_read_again(tmp_path: Path) -> None:
    archive = tmp_path / "lib.zip"
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("in_an_archive.py", "answer = 1")
    sys.path.insert(0, str(archive))
    __import__("in_an_archive")
    away = archive.rename(tmp_path / "away.zip")  # whoever reads it now finds nothing in it
    folder = tmp_path / "run"
    folder.mkdir()
    (folder / "dh_code.py").write_text("")
    import_code(RunFolder(folder))
    away.rename(archive)
    finder = sys.path_importer_cache[str(archive)]
    assert finder is not None
    assert finder.find_spec("in_an_archive") is not None  # type: ignore[call-arg]
