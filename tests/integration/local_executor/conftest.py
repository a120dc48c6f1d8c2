"""Real homes and real processes; what a test leaves running is ended."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from dh_jupyter.executors.local import LocalExecutor
from dh_kernel.testing.executors import Attempts
from tests.fixtures.zygotes import end_zygotes


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "home"
    folder.mkdir()
    yield folder
    end_zygotes(folder)


@pytest.fixture
def make_executor(home: Path) -> Callable[[], LocalExecutor]:
    return lambda: LocalExecutor(home, cpu=2, gpus=[])


@pytest.fixture
def attempts(make_executor: Callable[[], LocalExecutor], tmp_path: Path) -> Iterator[Attempts]:
    made = Attempts(make_executor, tmp_path)
    yield made
    made.close()


@pytest.fixture
def warm(attempts: Attempts) -> Attempts:
    """The same, once attempts start by a fork."""
    warm_up(attempts)
    return attempts


def warm_up(attempts: Attempts) -> None:
    """Run attempts until a zygote is there."""
    while not attempts.executor._zygotes.living():
        attempts.ended(*attempts.submit("def f(): pass\n"))
