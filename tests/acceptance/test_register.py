"""`%%dh function` and `%dh dataset` in a real kernel."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.acceptance.test_magics import execute, text_of
from tests.fixtures.small_broker import SmallBroker, small_broker

CELLS = """SEED = 7
def double(x):
    return 2 * x"""
TRAIN = """%%dh function train --memory 8Gi --out model,metrics --label nightly
def train(lr: float = 0.1):
    "Train it."
    return double(lr) + SEED
train(1)"""


@pytest.fixture
def broker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SmallBroker]:
    monkeypatch.chdir(tmp_path)
    with small_broker(str(tmp_path / "store")) as (broker, url):
        monkeypatch.setenv("DH_SERVER_URL", url)
        monkeypatch.setenv("DH_TOKEN", broker.token)
        monkeypatch.setenv("DH_HOME", str(tmp_path))
        yield broker


def test_a_cell_becomes_a_function(broker: SmallBroker) -> None:
    _, registered, called, again, shown = execute(
        CELLS, TRAIN, "train(3), train.run(lr=0.5).name", TRAIN, "%dh show function/train --code"
    )
    line = "function/train@1 · 1 helper (double) · 1 constant (SEED = 7)"
    assert [text_of([one]) for one in registered] == ["9", line], "the cell's own value, then the line, once"
    assert "application/vnd.dh.function.v1+json" in registered[1].data
    assert text_of(called[-1:]) == "(13, 'train-1')"
    assert text_of(again[-1:]).startswith("unchanged, function/train@1")
    assert "def double(x):" in text_of(shown)

    first, second = broker.sent("POST", "/functions")
    assert first["id"] == second["id"]
    assert len(first["id"]) == 32
    assert first["metadata"]["run_defaults"] == {"resources": {"mem": "8Gi"}}
    assert first["metadata"]["labels"] == ["nightly"]
    assert first["metadata"]["description"] == "Train it."
    assert first["spec"]["output_names"] == ["model", "metrics"]
    assert "return double(lr) + SEED" in base64.b64decode(first["spec"]["source"]["base64"]).decode()


def test_python_and_magic_make_the_same_version(broker: SmallBroker) -> None:
    execute(
        CELLS,
        "%%dh function\ndef train(lr: float = 0.1):\n    return double(lr)",
        "import dh_kernel as dh",
        "@dh.function(memory='8Gi')\ndef train(lr: float = 0.1):\n    return double(lr)",
        "def train(lr: float = 0.1):\n    return double(lr)",
        "train = dh.function(train, cpu=2)",
        "%dh function train --cpu 1",
    )
    ids = {document["id"] for document in broker.sent("POST", "/functions")}
    assert len(broker.sent("POST", "/functions")) == 4
    assert len(ids) == 1


def test_what_can_not_be_captured_is_one_block(broker: SmallBroker) -> None:
    outputs = execute(
        "lock = __import__('threading').Lock()", "%%dh function f\ndef f():\n    return lock", stop_at_errors=False
    )[1]
    assert [one.output_type for one in outputs] == ["error"]
    assert outputs[0].ename == "NotCaptured"
    assert "lock" in outputs[0].traceback[0]
    assert broker.sent("POST", "/functions") == []


def test_a_dataset_is_saved_once(broker: SmallBroker, tmp_path: Path) -> None:
    frame = "import pandas as pd\ndf = pd.DataFrame({'a': [1, 2], 'b': ['x', 'y']})"
    _, saved, again, files, loaded = execute(
        frame,
        "%dh dataset flights $df",
        "%dh dataset flights $df",
        "df.to_parquet('one.parquet'); df.to_parquet('two.parquet')\n%dh dataset both *.parquet",
        "%dh load dataset/flights",
    )
    assert [text_of([one]) for one in saved] == ["dataset/flights@1 · saved · 2 rows x 2 columns"]
    assert text_of(again) == "unchanged, dataset/flights@1"
    assert text_of(files) == "dataset/both@1 · saved · 4 rows x 2 columns"
    assert text_of(loaded) == "   a  b\n0  1  x\n1  2  y"
    first, second, _ = broker.sent("POST", "/dataitems")
    assert first["id"] == second["id"]
    assert Path(first["spec"]["path"]).is_relative_to(
        tmp_path / "store" / "default" / "dataitem" / "flights" / first["id"]
    )
    assert Path(first["spec"]["path"]).suffix == ".parquet"
    assert len(list((tmp_path / "store").rglob("*.parquet"))) == 2


def test_a_frame_that_is_passed_is_saved_first(broker: SmallBroker) -> None:
    broker.register("train", {"flights": {"input": True}})
    frame = "import pandas as pd\ndf = pd.DataFrame({'a': [1, 2]})"
    outputs = execute(frame, "r = %dh run train flights=$df")[1]
    assert text_of(outputs).splitlines()[0] == "flights was saved as dataset/flights@1"
    key = broker.sent("POST", "/runs")[0]["spec"]["inputs"]["flights"]
    assert key.startswith("store://default/dataitem/table/flights:")


def test_a_missing_file_is_said(broker: SmallBroker) -> None:
    outputs = execute("%dh dataset flights data/*.parquet", stop_at_errors=False)[0]
    assert "There is no file 'data/*.parquet'" in outputs[0].traceback[0]


def test_what_changed_between_versions(broker: SmallBroker) -> None:
    *_, named, before, first, same, unlike = execute(
        "%%dh function train\ndef train(lr: float = 0.1):\n    return lr",
        "%%dh function train\ndef train(lr: float = 0.5):\n    return 2 * lr",
        "%%dh function other\ndef other():\n    return 1",
        "%dh diff function/train@1 @2",
        "import dh_kernel as dh\ndh.diff('function/train')",
        "%dh diff function/train@1",
        "%dh diff function/train@1 @1",
        "%dh diff function/train@1 @7",
        stop_at_errors=False,
    )
    text = text_of(named)
    assert text.splitlines()[:2] == ["function/train@1 → function/train@2", "parameter lr  float = 0.1 → float = 0.5"]
    assert "-    return lr" in text.splitlines()
    assert "+    return 2 * lr" in text.splitlines()
    assert text_of(before) == text
    assert "rgba(46,160,67" in named[0].data["text/html"]
    assert "function/train@1 is the first version." in first[0].traceback[0]
    assert text_of(same).endswith("nothing changed")
    assert "There is no function/train@7" in unlike[0].traceback[0]
