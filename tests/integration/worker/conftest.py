"""The real worker, from a real archive, in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from dh_jupyter.executors.archive import worker_archive
from dh_jupyter.validation import check_shape
from dh_kernel.loading import as_returned, load_entity
from dh_kernel.rundir import RunFolder
from dh_kernel.values import rebuild

CELLS: Any = [{"first": 1, "last": 99, "label": "cell [7]", "cell_line": 3}]


class Ended(NamedTuple):
    folder: RunFolder
    code: int
    stderr: str

    @property
    def result(self) -> Any:
        found = self.folder.read_result()
        assert found is not None, self.stderr
        check_shape("Result", found)
        return found

    @property
    def outputs(self) -> dict[str, Any]:
        return {output["name"]: output for output in self.result["outputs"]}

    @property
    def value(self) -> Any:
        return rebuild(self.result["value"], self.load)

    @property
    def metrics(self) -> dict[str, Any]:
        """The last value of each."""
        lines: Any = self.folder.read_metrics(0)[0]
        return {name: value for line in lines for name, value in line.get("values", {}).items()}

    def load(self, name: str) -> Any:
        output = self.outputs[name]
        return load_entity({**output, "path": str(self.place(name))}, as_returned(output["spec"]))

    def place(self, name: str) -> Path:
        return self.folder.path / self.outputs[name]["path"]


class Runs:
    def __init__(self, path: Path) -> None:
        self.path = path
        self.python = sys.executable
        self.before: Callable[[], None] | None = None  # in the child, before it is the worker
        self.count = 0

    def write(self, code: str, inputs: Any = None, names: Any = (), **parameters: Any) -> RunFolder:
        self.count += 1
        document: Any = {
            "format": 1,
            "project": "p",
            "id": "0" * 32,
            "name": "f-1",
            "key": "store://p/run/python+job:run/" + "0" * 32,
            "attempt": 1,
            "function": {"name": "f", "handler": "f", "key": "x", "output_names": list(names)},
            "parameters": parameters,
            "inputs": inputs or {},
            "cells": CELLS,
        }
        return RunFolder.create(self.path / "run" / str(self.count), document, code)

    def start(
        self, folder: RunFolder, pass_fds: Any = (), stderr: Any = subprocess.PIPE, **variables: str
    ) -> subprocess.Popen[str]:
        command = [self.python, str(worker_archive(self.path / "cache")), str(folder.path)]
        pipes: Any = {"stdout": stderr, "stderr": stderr, "text": True}
        environment = {**os.environ, **variables}
        return subprocess.Popen(
            command, cwd=folder.path, env=environment, pass_fds=pass_fds, preexec_fn=self.before, **pipes
        )

    def __call__(self, code: str, inputs: Any = None, names: Any = (), **parameters: Any) -> Ended:
        folder = self.write(code, inputs, names, **parameters)
        with (self.path / "stderr").open(
            "w+"
        ) as errors:  # no pipe: what the worker leaves behind may hold one for long
            process = self.start(folder, stderr=errors)
            process.wait()
            errors.seek(0)
            return Ended(folder, process.returncode, errors.read())


@pytest.fixture
def run(tmp_path: Path) -> Runs:
    return Runs(tmp_path)
