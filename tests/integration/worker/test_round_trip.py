"""Each kind of value, returned by one function in a real worker, is what a call in this process gives."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dh_kernel.loading import load_entity
from tests.fixtures import returned
from tests.fixtures.returned import CASES
from tests.fixtures.sameness import assert_same, content, of_stream
from tests.integration.worker.conftest import Ended, Runs

OTHERWISE: dict[str, Callable[[Any], Any]] = {  # what is no value to compare with a second one
    "encoder": lambda found: found("a") == 1 and type(found).__name__ == "Encoder",
    "function": lambda found: found(2) == 3,
    "figure": lambda found: found.read_bytes().startswith(b"\x89PNG"),
    "axes": lambda found: found.read_bytes().startswith(b"\x89PNG"),
    "plotly": lambda found: found.name == "plotly.plotly.json",
    "altair": lambda found: found.name == "altair.vega.json",
    "file": lambda found: content(found) == {".": b"1" * 100_000},
    "files": lambda found: content(found) == {"in/b.txt": b"b", "link": b"b"} and (found / "in" / "empty").is_dir(),
    "no_files": lambda found: content(found) == {} and found.is_dir(),
    "frame_objects": lambda found: found.m.tolist()[:2] == [{1}, object] and found.m[2].value == "fast",
}
PICKLED = {"encoder", "function", "frame_twice", "frame_mixed", "frame_objects", "frame_sparse", "index", "array_objects", "array_masked", "sparse_lil", "picture_cmyk"}  # fmt: skip


@pytest.fixture(scope="module")
def ended(tmp_path_factory: pytest.TempPathFactory) -> Ended:
    run = Runs(tmp_path_factory.mktemp("round"))
    code = Path(returned.__file__).read_text()
    found = run(code, which=list(CASES))
    assert found.code == 0, found.stderr
    return found


@pytest.fixture(scope="module")
def values(ended: Ended) -> Any:
    with pytest.MonkeyPatch.context() as patch:
        for kind in (returned.Mode, returned.Pair, returned.Point):  # as if cells had defined them
            patch.setattr(sys.modules["__main__"], kind.__name__, kind, raising=False)
        return ended.value


@pytest.mark.parametrize("case", CASES)
def test_it_is_what_was_returned(case: str, values: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    if case in OTHERWISE:
        assert OTHERWISE[case](values[case])
        return
    assert_same(values[case], of_stream(case, CASES[case]()))


def test_only_what_has_no_form_is_a_pickle(ended: Ended) -> None:
    assert {name for name, output in ended.outputs.items() if output["spec"].get("codec") == "pickle"} == PICKLED
    told = "\n".join(ended.result["warnings"])
    assert [name for name in PICKLED if f"Output '{name}'" not in told] == []


def test_each_output_lists_its_files(ended: Ended) -> None:
    for name, output in ended.outputs.items():
        assert bool(output["status"]["files"]) == (name != "no_files")


@pytest.mark.parametrize("case", ["plotly", "altair"])
def test_a_figure_is_loaded_as_itself(case: str, ended: Ended) -> None:
    output = ended.outputs[case]
    found = load_entity({**output, "path": str(ended.place(case))})
    assert found.to_dict() == CASES[case]().to_dict()
    assert output["status"]["files"][0]["content_type"].endswith("+json")


def test_axes_are_one_figure(ended: Ended) -> None:
    assert [name for name in ended.outputs if name.startswith("axes")] == ["axes"]


def test_nothing_of_the_run_lies_where_it_was_moved_from(ended: Ended) -> None:
    assert not [name for name in ("made", "one.bin", "nothing") if (ended.folder.path / name).exists()]
