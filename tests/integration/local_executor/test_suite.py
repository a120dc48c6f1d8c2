"""The local executor passes the suite that every executor passes, cold and warm."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from dh_jupyter.executors.local import LocalExecutor
from dh_kernel.testing.executors import Attempts, ExecutorSuite


class TestCold(ExecutorSuite):
    @pytest.fixture
    def make_executor(self, home: Path) -> Callable[[], LocalExecutor]:
        return lambda: LocalExecutor(home, cpu=2, gpus=[], warm=False)


class TestWarm(ExecutorSuite):
    @pytest.fixture
    def make_executor(self, home: Path) -> Callable[[], LocalExecutor]:
        return lambda: LocalExecutor(home, cpu=2, gpus=[])

    @pytest.fixture
    def attempts(self, make_executor: Callable[[], LocalExecutor], tmp_path: Path) -> Iterator[Attempts]:
        made = Attempts(make_executor, tmp_path)
        while not made.executor._zygotes.living():
            made.ended(*made.submit("def f(): pass\n"))
        made.heard.clear()
        yield made
        made.executor.close()
