"""What a function returned, through a real broker, in the notebook that asked for it."""

from __future__ import annotations

import shutil
from pathlib import Path

from tests.acceptance.test_magics import execute, text_of
from tests.fixtures import returned

NAMES = [
    *("number", "huge", "nan", "numpy_scalars", "nested", "scalars", "bytes", "counter", "ordered", "named", "point"),
    *(
        "frame_levels",
        "frame_twice",
        "frame_times",
        "series_unnamed",
        "polars",
        "polars_lazy",
        "arrow",
        "arrow_dataset",
    ),
    *("generator", "generator_numbers", "array", "sparse", "picture", "html", "big"),
]
CELLS = """\
import enum, dataclasses, returned_values as rv
from tests.fixtures.sameness import assert_same, content, of_stream
class Mode(enum.Enum):
    SLOW = 1
@dataclasses.dataclass
class Mine:
    x: object
    def twice(self):
        return self.x * 2
"""
FUNCTION = """\
%%dh function f
def f(which: list):
    return {**{name: rv.CASES[name]() for name in which}, 'mine': [Mode.SLOW, Mine(2)]}
"""


def test_the_result_is_what_was_returned(home: Path, tmp_path: Path) -> None:
    shutil.copy(returned.__file__, tmp_path / "returned_values.py")
    *_, checked, mine, files, loaded, handle, drawn, picture, other = execute(
        CELLS,
        FUNCTION,
        f"names = {NAMES}\nr = f.run(which=[*names, 'plotly', 'files'])\nfound = r.result",
        "for name in names:\n    assert_same(found[name], of_stream(name, rv.CASES[name]()))\nlen(names)",
        "found['mine'][0] is Mode.SLOW, type(found['mine'][1]) is Mine, found['mine'][1].twice()",
        "sorted(content(found['files'])), found['plotly'].name",
        "import dh_kernel as dh\ntype(dh.load('artifact/plotly')).__name__, dh.load('artifact/array').shape",
        "dh.run('f-1').result['mine'][0] is Mode.SLOW",
        "%dh show artifact/plotly",
        "r.outputs['picture']",
        "from dh_kernel.instances import build\nbuild('dh_code:Gone', 'dataclass', ['x'], [1]).x",
    )
    assert text_of(checked) == str(len(NAMES))
    assert text_of(mine) == "(True, True, 4)"
    assert text_of(files) == "(['in/b.txt', 'link'], 'plotly.plotly.json')"
    assert text_of(loaded) == "('Figure', (2, 3, 4))"
    assert text_of(handle) == "True"
    assert [sorted(one.data)[0] for one in drawn] == [
        "application/vnd.dh.artifact.v1+json",
        "application/vnd.plotly.v1+json",
    ]
    assert "image/png" in picture[1].data
    assert "The class Gone is not found here" in text_of(other)
