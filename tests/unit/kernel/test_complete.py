"""Tab completion of a `%dh` line."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dh_kernel.broker import Address, routes_url
from dh_kernel.magics.complete import complete
from dh_kernel.magics.help import take_question_mark
from dh_kernel.session import Session, set_session
from tests.fixtures.small_broker import small_broker

PARAMETERS = {
    "lr": {"type": "number", "default": 0.1},
    "leaves": {"type": "integer"},
    "how": {"enum": ["fast", "fine", 3]},
    "verbose": {"type": ["boolean", "null"]},
    "flights": {"input": True},
}


@pytest.fixture(autouse=True)
def _session(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.chdir(tmp_path)
    for name in ("a.csv", "b.parquet", "c.txt", "n.ipynb"):
        (tmp_path / name).touch()
    (tmp_path / "data").mkdir()
    with small_broker(str(tmp_path)) as (broker, url):
        broker.register("train", PARAMETERS)
        broker.register("evaluate", {})
        current = Session(lambda: Address(routes_url(url), "token-1"), project="default")
        set_session(current)
        for number in (1, 2):
            dataset = {"kind": "table", "name": "flights", "id": str(number) * 32, "project": "default", "spec": {}}
            current.register("dataitem", dataset)
        broker.entities["dataitem"]["1" * 32]["metadata"]["aliases"] = ["champion"]
        current.post("runs", body={"kind": "python+job:run", "spec": {"function": "function/train"}})
        yield
        set_session(None)


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("%dh ru", ["run"]),
        ("r = %dh lo", ["logs", "load"]),
        ("%dh run tr", ["train"]),
        ("%dh run train@", ["train@1"]),
        ("%dh run train l", ["lr=", "leaves="]),
        ("%dh run --memory 8Gi train --wait l", ["lr=", "leaves="]),
        ("%dh run train --mem", ["--memory"]),
        ("%dh run train --profile ", ["gpu-a100", "small"]),
        ("%dh run --same-as t", ["train-1"]),
        ("%dh run train --profile=g", ["--profile=gpu-a100"]),
        ("%dh run train how=", ["how=fast", "how=fine", "how=3"]),
        ("%dh run train how=fi", ["how=fine"]),
        ("%dh run train verbose=", ["verbose=true", "verbose=false"]),
        ("%dh run train lr=", ["lr=0.1"]),
        ("%dh run train lr=da", ["lr=dataset/"]),
        ("%dh run train flights=$d", ["flights=$df"]),
        ("%dh run train flights=dataset/fl", ["flights=dataset/flights@1", "flights=dataset/flights@2"]),
        (
            "%dh run train flights=dataset/flights@",
            [f"flights=dataset/flights@{one}" for one in ("champion", "1", "2")],
        ),
        ("%dh show dataset/flights@ch", ["dataset/flights@champion"]),
        ("%dh show function/ev", ["function/evaluate@1"]),
        ("%dh logs tr", ["train-1"]),
        ("%dh retry train-1 le", ["leaves="]),
        ("%dh ls mod", ["model"]),
        ("%dh ls run --state f", ["failed"]),
        ("%dh dataset fl", ["flights"]),
        ("%dh dataset flights $", ["$df", "$rate"]),
        ("%dh dataset flights ", ["a.csv", "b.parquet", "data/"]),
        ("%dh export function/train ", ["a.csv", "b.parquet", "c.txt", "data/", "n.ipynb"]),
        ("%dh export pr", ["project"]),
        ("%dh export model/", []),
        ("%dh form tr", ["train"]),
        ("%dh form ru", ["run/"]),
        ("%dh project ", ["default"]),
        ("%dh doctor x", []),
        ("%dh nothing x", []),
        ("%dh run none x=", []),
    ],
)
def test_words_that_fit(line: str, found: list[str]) -> None:
    assert complete(line, ["df", "rate"]) == found


def test_without_a_broker_nothing_fits() -> None:
    set_session(Session(lambda: Address("http://127.0.0.1:9/dh", "token-1"), project="default"))
    assert complete("%dh run tr") == []
    assert complete("%dh ru") == ["run"]


def test_ipython_asks_us() -> None:
    from IPython.core.interactiveshell import InteractiveShell

    shell = InteractiveShell()
    shell.run_line_magic("load_ext", "dh_kernel")
    shell.user_ns["dframe"] = 1
    for line, found in [
        ("%dh run tr", "train"),
        ("%dh run train lr=da", "dataset/"),
        ("%dh run train --mem", "--memory"),
        ("%dh run train how=fi", "fine"),
        ("%dh show dataset/flights@ch", "champion"),
        ("%dh run train flights=$dfr", "dframe"),
    ]:
        assert shell.complete(None, line, len(line))[1] == [found], line
        assert as_lab_asks(shell, line) == [found], line
    shell.run_line_magic("reload_ext", "dh_kernel")
    assert as_lab_asks(shell, "x = 1\n%dh run tr") == ["train"]
    assert "abs" not in as_lab_asks(shell, "%dh show dataset/")
    assert "dframe" in as_lab_asks(shell, "dfr")
    for line in ("%dh doctor ", "%dh doctor dfr", "%dh run train lr=1 abs", "x = %dh nothing dfr", "%dh job nowhere/"):
        assert shell.complete(None, line, len(line))[1] == [], line
        assert as_lab_asks(shell, line) == [], line
    shell.run_cell("import dh_kernel as dh")
    assert as_lab_asks(shell, "dh.wait_a") == ["wait_all"]
    shell.history_manager.end_session()


def as_lab_asks(shell: Any, text: str) -> list[str]:
    """With Jedi, as a kernel completes."""
    from IPython.core.completer import provisionalcompleter

    with provisionalcompleter():
        return [one.text for one in shell.Completer.completions(text, len(text))]


@pytest.mark.parametrize(
    ("line", "becomes"),
    [
        ("%dh run?\n", "%dh run --help\n"),
        ("%dh?\n", "%dh --help\n"),
        ("  %dh ls ??", "  %dh ls --help\n"),
        ("%dhx run?\n", "%dhx run?\n"),
        ("print('%dh run?')\n", "print('%dh run?')\n"),
        ("%dh run train note=why? lr=1\n", "%dh run train note=why? lr=1\n"),
    ],
)
def test_the_question_mark(line: str, becomes: str) -> None:
    assert take_question_mark([line]) == [becomes]
