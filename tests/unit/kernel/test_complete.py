"""Tab completion of a `%dh` line."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from dh_kernel.broker import Address, routes_url
from dh_kernel.magics.complete import complete
from dh_kernel.magics.help import take_question_mark
from dh_kernel.session import Session, set_session
from tests.fixtures.small_broker import small_broker


@pytest.fixture(autouse=True)
def _session(tmp_path: Path) -> Iterator[None]:
    with small_broker(str(tmp_path)) as (broker, url):
        broker.register("train", {"lr": {}, "leaves": {}})
        broker.register("evaluate", {})
        set_session(Session(lambda: Address(routes_url(url), "token-1"), project="default"))
        yield
        set_session(None)


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("%dh ru", ["run"]),
        ("r = %dh lo", ["logs", "load"]),
        ("%dh run tr", ["train"]),
        ("%dh run train l", ["lr=", "leaves="]),
        ("%dh run train --mem", ["--memory"]),
        ("%dh run train lr=da", ["dataset/"]),
        ("%dh show function/ev", ["function/evaluate@1"]),
        ("%dh ls mod", ["model"]),
        ("%dh nothing x", []),
    ],
)
def test_words_that_fit(line: str, found: list[str]) -> None:
    assert complete(line) == found


def test_ipython_asks_us() -> None:
    from IPython.core.interactiveshell import InteractiveShell

    shell = InteractiveShell()
    shell.run_line_magic("load_ext", "dh_kernel")
    for line, found in [
        ("%dh run tr", "train"),
        ("%dh run train lr=da", "dataset/"),
        ("%dh run train --mem", "--memory"),
    ]:
        assert shell.complete(None, line, len(line))[1] == [found]


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
