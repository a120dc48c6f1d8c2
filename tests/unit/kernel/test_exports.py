"""Files that stand alone: YAML that a reader gives back, a program that runs, a script that repeats a run."""

from __future__ import annotations

import base64
import json
import os
import shlex
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

import dh_kernel as dh
from dh_kernel import exports
from dh_kernel.broker import Address, routes_url
from dh_kernel.display.repeats import changes, retry_note
from dh_kernel.errors import Conflict, Invalid
from dh_kernel.exports.repeat import repeated
from dh_kernel.exports.yaml import to_yaml
from dh_kernel.magics.parse import Option, parse_words
from dh_kernel.magics.verbs import WHERE
from dh_kernel.session import Session, set_session
from tests.fixtures.small_broker import SmallBroker, small_broker

CODE = """import math

FACTOR = 2


def area(radius: float, unit: str = "m", exact: bool = False, how=None):
    \"\"\"Area of a circle.\"\"\"
    return {"area": FACTOR * math.pi * radius**2, "unit": unit, "exact": exact, "how": how}
"""
PARAMETERS = {
    "radius": {"type": "number", "annotation": "float"},
    "unit": {"enum": ["m", "km"], "default": "m"},
    "exact": {"type": "boolean", "default": False},
    "how": {"default": None},
}


@pytest.mark.parametrize(
    "value",
    [
        {"a": 1, "b": [1, 2.5, None, True], "c": {"d": "x"}},
        {"empty": {}, "none": [], "text": ""},
        {"nested": [[1, 2], [{"a": 1}, "b"], {"c": []}]},
        {
            "code": "def f():\n    return 1\n",
            "two": "a\n\nb",
            "tail": "a\nb\n\n\n",
            "tabs": "\ta\n b",
            "first": "  a\nb",
        },
        {"words": ["yes", "No", "null", "~", "on", "1", "1.0", "1e5", "0x1F", "- a", "a: b", "a #b", "#", "é", "x y"]},
        {
            "quotes": 'it\'s "so"',
            "colon": "a:b",
            "star": "*x",
            "at": "@x",
            "percent": "%dh",
            "back": "a\\b",
            "cr": "a\rb\n",
        },
        {"yes": 1, "12": 2, "a b": 3, "2013-01-01": "2013-01-01", "12:30": "12:30"},
        {"small": 1e-5, "big": 1e22, "minus": -0.1, "odd": 1.5e300, "inf": float("inf")},
        {"key": "store://demo/model/sklearn/churn:1f0c", "surrogate": "\u2028 \x85 \ufeff"},
    ],
)
def test_a_reader_gives_it_back(value: Any) -> None:
    assert yaml.safe_load(to_yaml(value)) == value


@pytest.fixture
def broker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SmallBroker]:
    monkeypatch.chdir(tmp_path)
    with small_broker(str(tmp_path)) as (broker, url):
        made = broker.entities["function"][broker.register("area", PARAMETERS)["id"]]
        made["spec"]["source"] = {"handler": "area", "base64": base64.b64encode(CODE.encode()).decode()}
        made["spec"]["parameters"]["required"] = ["radius"]
        made["spec"] |= {"requirements": ["pandas>=2"], "python_version": "PYTHON3_9"}
        set_session(Session(lambda: Address(routes_url(url), "token-1"), project="default"))
        yield broker
        set_session(None)


def test_a_function_is_a_program(broker: SmallBroker) -> None:
    path = dh.export("function/area")
    assert path == Path("area.py")
    text = path.read_text()
    assert text.startswith(
        '# /// script\n# requires-python = ">=3.9"\n# dependencies = [\n#   "pandas>=2",\n# ]\n# ///\n'
    )

    def ran(*words: str) -> Any:
        return subprocess.run([sys.executable, path, *words], capture_output=True, text=True)

    done = ran("--radius", "1", "--exact", "true", "--how", '{"a": 1}')
    found = json.loads(done.stdout)
    assert round(found.pop("area"), 3) == 6.283
    assert found == {"unit": "m", "exact": True, "how": {"a": 1}}
    assert "--radius" in ran("--help").stdout
    assert "invalid choice" in ran("--radius", "1", "--unit", "ft").stderr
    assert ran().returncode == 2
    with pytest.raises(Conflict, match=r"'area\.py' is there already"):
        dh.export("function/area")
    assert dh.export("function/area", force=True) == path


def test_what_no_file_can_hold_is_refused(broker: SmallBroker) -> None:
    (made,) = broker.entities["function"].values()
    made["spec"]["source"]["files"] = {"own.py": "x = 1\n"}
    with pytest.raises(Invalid, match=r"uses own\.py of your folder"):
        dh.export("function/area")
    assert not Path("area.py").exists()
    with pytest.raises(Invalid, match=r"ends in \.py or \.yaml"):
        dh.export("function/area", "area.sh")


def test_anything_is_a_document(broker: SmallBroker) -> None:
    (made,) = broker.entities["function"].values()
    path = dh.export("function/area", "out/area.yaml")
    read = yaml.safe_load(path.read_text())
    assert read == {name: made[name] for name in read}
    assert set(read) >= {"kind", "project", "name", "id", "key", "metadata", "spec", "status"}
    assert json.loads(dh.export("function/area", "area.json").read_text()) == read
    assert not [name for name in os.listdir("out") if name.startswith(".")]


def test_a_project_is_a_folder_of_documents(broker: SmallBroker) -> None:
    assert dh.export("project", "backup") == Path("backup/dh.yaml")
    (made,) = broker.entities["function"]
    assert sorted(os.listdir("backup")) == ["dh.yaml", f"functions-{made}.yaml"]


def words_of(script: str) -> list[str]:
    return shlex.split(script.replace("\\\n", " "), comments=True)


def test_a_run_is_the_command_that_repeats_it(broker: SmallBroker) -> None:
    run = dh.run(
        "area", radius=0.5, unit="it's $x", memory="8Gi", timeout="2h", env={"A": "b c"}, options={"secret": ["S"]}
    )
    path = dh.export(run.name)
    assert path == Path("area-1.sh")
    assert path.stat().st_mode & stat.S_IXUSR
    words = words_of(path.read_text())
    assert words[:4] == ["exec", "dh", "run", broker.entities["function"][f"{1:032x}"]["key"]]
    command = parse_words(words[4:-1], (*WHERE, Option("wait"), Option("project", "P")))
    assert command.assigned == {"radius": 0.5, "unit": "it's $x"}
    assert command.options == {
        "memory": "8Gi", "timeout": "2h", "env": ["A=b c"], "secret": ["S"], "project": "default", "wait": True
    }  # fmt: skip


def test_texts_stay_texts() -> None:
    parameters = {"a": "7", "b": "dataset/x", "c": "$df", "d": "plain", "e": [1, "x"], "f": None, "g": True}
    run = {"project": "demo", "id": "1", "metadata": {"reference": "run/f-1"}, "spec": {"parameters": parameters}}
    text = repeated(run, {"key": "store://demo/function/python/f:1", "name": "f", "metadata": {}})
    command = parse_words(words_of(text)[4:-4])
    assert command.assigned == parameters


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ({"parameters": {"lr": 0.1}}, {"parameters": {"lr": 0.05}}, ["lr 0.1 → 0.05"]),
        ({"resources": {"mem": "8Gi"}}, {"resources": {"mem": "16Gi"}}, ["memory 8Gi → 16Gi"]),
        ({}, {"envs": [{"name": "A", "value": "b"}], "timeout": 5}, ["timeout not given → 5", "env A not given → b"]),
        ({"inputs": {"x": "store://p/dataitem/table/f:aa"}}, {"inputs": {}}, ["x dataset/f@aa → not given"]),
        ({"parameters": {"a": None}}, {"parameters": {"a": None}}, []),
    ],
)
def test_what_a_retry_changes(old: Any, new: Any, said: list[str]) -> None:
    assert changes(old, new) == said
    assert retry_note("f-1", old, new) == f"f-1 again · {', '.join(said) or 'nothing changed'}"


class LongList:
    """Of seven versions, two to a page; the server counts to three."""

    def list(self, entity: str, after: str = "0", **query: Any) -> Any:
        start = int(after)
        page = {"content": [{"id": str(number)} for number in range(start, min(start + 2, 7))], "totalElements": 3}
        return page if start + 2 >= 7 else {**page, "next": str(start + 2)}


def test_a_project_of_more_than_the_server_counts_is_exported_whole() -> None:
    assert [each["id"] for each in exports._all(LongList(), "dataitem")] == list("0123456")  # type: ignore[arg-type]
