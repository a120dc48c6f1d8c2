"""The writer's process, as the tracker sees it: started when it is needed, asked one thing at a time."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from dh_kernel.errors import DHError, Unavailable

from .plan import is_plain

if TYPE_CHECKING:
    from .plan import Plan


class Refused(Unavailable):
    """MLflow is there, and does not take this."""


def without_password(uri: str, text: str | None = None) -> str:
    """An address as it may be shown; or a text, MLflow's for one, that holds it."""
    shown = uri if text is None else text
    password = urlsplit(uri).password
    return shown.replace(f":{password}@", ":***@") if password else shown


def is_database(uri: str) -> bool:
    """Whether MLflow keeps runs in a database there, in which many can be written at once."""
    return uri.partition(":")[0].partition("+")[0] in ("sqlite", "postgresql", "mysql", "mssql")


class WriterProcess:
    """Not thread-safe: the tracker's thread alone uses it."""

    def __init__(self, uri: str, artifacts: str, log_file: Path) -> None:
        self._uri = uri
        self._artifacts = artifacts
        self._log_file = log_file
        self._process: subprocess.Popen[str] | None = None

    @property
    def is_alive(self) -> bool:
        return self._process is not None

    def ask(self, do: str, what: Any) -> dict[str, Any]:
        """The answer. Raises Refused, or Unavailable if MLflow or the process is not there."""
        process = self._process or self._start()
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            process.stdin.write(json.dumps({"do": do, "what": what}) + "\n")
            process.stdin.flush()
            line = process.stdout.readline()
        except OSError:
            line = ""
        if not line:
            self.end()
            shown = without_password(self._uri)
            raise Unavailable(f"MLflow at {shown} can't be written to.", f"See the end of {self._log_file}.")
        answer: dict[str, Any] = json.loads(line)
        if fault := self._fault(answer):
            raise fault
        return answer

    def write(self, plans: Sequence[Plan]) -> list[DHError | None]:
        """One for each: why it is not written, if it is not. Several, or one, that are plain go in one transaction."""
        try:
            if not all(map(is_plain, plans)):
                return [None for plan in plans if self.ask("run", plan)]
            answers = self.ask("runs", plans)["answers"]
        except DHError as error:
            return [error] * len(plans)
        return [self._fault(answer) for answer in answers]

    def _fault(self, answer: Mapping[str, Any]) -> Unavailable | None:
        if "error" not in answer:
            return None
        kind = Refused if answer.get("refused") else Unavailable
        said = without_password(self._uri, f"MLflow at {self._uri}: {answer['error']}")
        return kind(said, f"See the end of {self._log_file}.")

    def _start(self) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "dh_jupyter.tracking.writer", self._uri, self._artifacts]
        with self._log_file.open("a") as errors:
            self._process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, text=True, env=dict(os.environ)
            )
        return self._process

    def break_off(self) -> None:
        """End it in the middle of what it does; whoever asked is told that it is not there. From any thread."""
        process = self._process
        if process is not None:
            process.kill()

    def end(self) -> None:
        """Let it end; it starts again when it is needed."""
        process, self._process = self._process, None
        if process is None:
            return
        assert process.stdin is not None
        try:
            process.stdin.close()
            process.wait(timeout=10)
        except (OSError, subprocess.TimeoutExpired):
            process.kill()
            process.wait()
