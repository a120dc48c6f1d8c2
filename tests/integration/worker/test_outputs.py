"""One function that returns many things, and what becomes of each."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from dh_jupyter.validation import check_shape

HEAD = """\
import asyncio, collections, dataclasses, math, threading
from pathlib import Path
Pair = collections.namedtuple("Pair", "low high")
@dataclasses.dataclass
class Point:
    x: int
"""
# what is returned, names given with --out, {output: (entity, codec or frame)}, results, metrics
CASES: dict[str, tuple[str, list[str], dict[str, tuple[str, str]], Any, Any]] = {
    "a polars frame": ("__import__('polars').DataFrame({'a': [1]})", [], {"f": ("dataitem", "polars")}, {}, {}),
    "a lazy frame": ("__import__('polars').LazyFrame({'a': [1]})", [], {"f": ("dataitem", "lazy")}, {}, {}),
    "an arrow table": ("__import__('pyarrow').table({'a': [1]})", [], {"f": ("dataitem", "arrow")}, {}, {}),
    "bytes": ("b'x'", ["raw"], {"raw": ("artifact", "bytes")}, {}, {}),
    "a dataclass": ("Point(1)", [], {}, {"x": 1}, {"x": 1}),
    "a namedtuple": ("Pair(1, b'x')", [], {"high": ("artifact", "bytes")}, {"low": 1}, {"low": 1}),
    "a tuple": ("(b'x', 2)", [], {"f": ("artifact", "bytes")}, {"f_1": 2}, {"f_1": 2}),
    "a named tuple of outputs": ("(b'x', 2)", ["a", "b"], {"a": ("artifact", "bytes")}, {"b": 2}, {"b": 2}),
    "nested JSON": ("{'a': {'b': [1, {'c': None}]}}", [], {}, {"a": {"b": [1, {"c": None}]}}, {}),
    "numbers that JSON lacks": (
        "{'n': math.nan, 'i': -math.inf, 'text': 'NaN', 'yes': True}",
        [],
        {},
        {"n": "NaN", "i": "-Infinity", "text": "NaN", "yes": True},
        {"n": "NaN", "i": "-Infinity"},
    ),
    "a number": ("0.5", [], {}, {"f": 0.5}, {"f": 0.5}),
    "a text that is a number's word": ("'NaN'", [], {}, {"f": "NaN"}, {}),
    "numpy's scalars": (
        "(lambda np: {'a': np.float32(0.5), 'b': np.int64(2), 'c': np.bool_(True)})(__import__('numpy'))",
        [],
        {},
        {"a": 0.5, "b": 2, "c": True},
        {"a": 0.5, "b": 2},
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_each_has_its_place(run: Any, case: str) -> None:
    returned, names, outputs, results, metrics = CASES[case]
    ended = run(f"{HEAD}def f():\n    return {returned}\n", names=names)
    assert ended.code == 0, ended.stderr
    found = {
        name: (output["entity"], output["spec"].get("codec") or output["spec"]["frame"])
        for name, output in ended.outputs.items()
    }
    assert (found, ended.result["results"], ended.metrics) == (outputs, results, metrics)


def test_a_table_comes_back_as_its_own_type(run: Any) -> None:
    import polars as pl
    import pyarrow as pa

    code = "import polars as pl, pyarrow as pa\ndef f():\n    t = {'a': [1, None], 'b': ['x', 'y']}\n    return pl.DataFrame(t), pl.LazyFrame(t), pa.table(t)\n"
    frame, lazy, table = run(code).value
    expected = {"a": [1, None], "b": ["x", "y"]}
    assert (type(frame), type(lazy), type(table)) == (pl.DataFrame, pl.LazyFrame, pa.Table)
    assert frame.to_dict(as_series=False) == lazy.collect().to_dict(as_series=False) == table.to_pydict() == expected


@pytest.mark.parametrize(
    ("annotation", "shown"),
    [
        ("pl.DataFrame", "polars.dataframe.frame.DataFrame (2, 1)"),
        ("pl.LazyFrame", "polars.lazyframe.frame.LazyFrame"),
        ("pa.Table", "pyarrow.lib.Table (2, 1)"),
        ("'np.ndarray'", "numpy.ndarray (2, 1)"),
        ("Path", "pathlib.PosixPath"),
        ("dh.Dataset", "dh_kernel.loading.Dataset"),
        ("None", "pandas.DataFrame (2, 1)"),
    ],
)
def test_an_input_is_what_its_annotation_asks_for(run: Any, tmp_path: Path, annotation: str, shown: str) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    pq.write_table(pa.table({"a": [1, 2]}), tmp_path / "t.parquet")
    code = (
        "import dh_kernel as dh, numpy as np, polars as pl, pyarrow as pa\nfrom pathlib import Path\n"
        f"def f(t: {annotation}):\n"
        "    shape = '' if 'Lazy' in type(t).__name__ else f' {tuple(t.shape)}' if hasattr(t, 'shape') else ''\n"
        "    if isinstance(t, dh.Dataset):\n        assert (t.rows, t.to_arrow().num_rows, t.to_polars().height) == (2, 2, 2)\n"
        "    return f'{type(t).__module__}.{type(t).__name__}{shape}'\n"
    )
    document = {"key": "k", "entity": "dataitem", "kind": "table", "name": "t", "path": str(tmp_path / "t.parquet")}
    ended = run(code, inputs={"t": document})
    assert ended.code == 0, ended.stderr
    assert ended.value == shown


def test_files_of_the_run_move_and_all_others_are_copied(run: Any, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "a.txt").write_text("a")
    code = (
        "import tempfile\nfrom pathlib import Path\n"
        f"MINE = Path({str(tmp_path / 'mine')!r})\n"
        "def f():\n    Path('made/in').mkdir(parents=True)\n    Path('made/in/b.txt').write_text('b')\n"
        "    t = Path(tempfile.mkdtemp(dir=MINE)) / 'c.txt'\n    t.write_text('c')\n"
        "    return {'made': Path('made'), 'again': Path('made'), 'mine': MINE, 'temporary': t, 'code': Path('dh_code.py')}\n"
    )
    ended = run(code)
    assert ended.code == 0, ended.stderr
    assert (ended.value["made"] / "in" / "b.txt").read_text() == "b"
    assert ended.value["again"] == ended.value["made"]
    assert not (ended.folder.path / "made").exists()
    assert (ended.value["mine"] / "a.txt").read_text() == (tmp_path / "mine" / "a.txt").read_text() == "a"
    assert len(list((tmp_path / "mine").glob("*/c.txt"))) == 1
    assert ended.value["temporary"].read_text() == "c"
    assert ended.folder.code.read_text() == ended.value["code"].read_text() == code


def test_a_figure_is_a_picture(run: Any) -> None:
    ended = run(
        "from matplotlib.figure import Figure\ndef f():\n    g = Figure()\n    g.subplots().plot([1, 2])\n    return g\n"
    )
    assert ended.value.read_bytes().startswith(b"\x89PNG")


MODELS = (
    "import pandas as pd\nfrom lightgbm import LGBMClassifier, LGBMRegressor\nfrom sklearn.base import BaseEstimator\n"
    "from sklearn.linear_model import LinearRegression\nfrom sklearn.pipeline import make_pipeline\n"
    "from sklearn.preprocessing import StandardScaler\n"
    "class Mean(BaseEstimator):\n    def fit(self, X, y):\n        self.mean_ = sum(y) / len(y)\n        return self\n"
    "    def predict(self, X):\n        return [self.mean_] * len(X)\n"
    "def f(df):\n    X, y = df[['a', 'b']], df.y\n    light = dict(n_estimators=2, verbose=-1)\n"
    "    return {'pipeline': make_pipeline(StandardScaler(), LinearRegression()).fit(X, y), 'mean': Mean().fit(X, y),\n"
    "            'classifier': LGBMClassifier(**light).fit(X, y), 'regressor': LGBMRegressor(**light).fit(X, y),\n"
    "            'auc': 0.5, 'rows': X.head(2)}\n"
)


def test_models_beside_numbers_and_frames(run: Any, tmp_path: Path) -> None:
    import pandas as pd

    pd.DataFrame({"a": range(40), "b": [0.5, 1.5] * 20, "y": [0, 1] * 20}).to_parquet(tmp_path / "t.parquet")
    document = {"key": "k", "entity": "dataitem", "kind": "table", "name": "t", "path": str(tmp_path / "t.parquet")}
    ended = run(MODELS, inputs={"df": document})
    assert ended.code == 0, ended.stderr
    kinds = {name: output["entity"] for name, output in ended.outputs.items()}
    models = ["pipeline", "mean", "classifier", "regressor"]
    assert kinds == {**dict.fromkeys(models, "model"), "rows": "dataitem"}
    assert ended.metrics == {"auc": 0.5}
    for name in ("pipeline", "classifier", "regressor"):
        assert ended.outputs[name]["spec"]["signature"]["inputs"]
        assert (ended.place(name) / "input_example.json").exists()
    program = "import sys; from dh_kernel.flavors import load_model; import pandas as pd; print(load_model(sys.argv[1]).predict(pd.DataFrame({'a': [1], 'b': [2.0]}))[0])"
    for name in ("mean", "pipeline"):
        command = [sys.executable, "-c", program, str(ended.place(name))]
        loaded = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
        assert float(loaded.stdout) >= 0, loaded.stderr


def test_a_table_that_parquet_cannot_hold_is_kept_and_said(run: Any) -> None:
    ended = run("import pandas as pd\ndef f():\n    return pd.DataFrame([[1, 2]], columns=['a', 'a'])\n")
    assert ended.code == 0, ended.stderr
    assert ended.outputs["f"]["spec"]["codec"] == "pickle"
    assert "Duplicate column names" in ended.result["warnings"][0]


def test_previews_and_names_hold_no_secret(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The files are the user's own: what they returned is in them."""
    monkeypatch.setenv("TOKEN", "hush-hush-hush")
    code = (
        "import os\nimport pandas as pd\ndef f():\n    value = os.environ['TOKEN']\n"
        "    return {'table': pd.DataFrame({value: [value, 'b']}), value: b'raw', 'fig': value}"
    )
    folder = run.write(code)
    document: Any = {**folder.read_run(), "secrets": ["TOKEN"]}
    folder.run_json.write_text(json.dumps(document))
    assert run.start(folder).wait() == 0
    result: Any = folder.read_result()
    check_shape("Result", result)
    assert "hush" not in json.dumps(result)
    assert {output["name"] for output in result["outputs"]} == {"table", "TOKEN"}
    (table,) = (output for output in result["outputs"] if output["name"] == "table")
    assert list(table["status"]["profile"]) == ["***TOKEN***"]
    assert table["status"]["preview"]["cols"][0]["name"] == "***TOKEN***"
    assert "hush-hush-hush" in pd.read_parquet(folder.path / table["path"])
