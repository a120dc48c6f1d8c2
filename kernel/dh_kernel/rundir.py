"""The run folder: fixed names, written atomically. It is all that broker, executor and worker share about an attempt.

run.json  dh_code.py                      the broker's, before the attempt; a notebook or script in place of the module
log.txt  exit.json  environment.json      the executor's
metrics.jsonl  handed.jsonl  outputs/     the worker's, while it runs
answers.json                              the broker's, while it runs: to what a trial asks in metrics.jsonl
mlflow/                                   MLflow's own files, if user code calls it
result.json                               the worker's, last: the commit
ended.json  delivered.json                of an attempt elsewhere: how it ended there, and where its outputs were put
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from .errors import Invalid

if TYPE_CHECKING:
    from ._contract import (
        Delivered,
        Environment,
        Exit,
        HandedLine,
        MetricLine,
        PodEnd,
        Result,
        RunDocument,
        TrialAnswer,
    )  # fmt: skip

RUN_VARIABLE = "DH_RUN_FOLDER"  # by which child processes of a run know that they are in it


class _Named:
    """A fixed name in the folder. The path is made when it is asked for: most of a folder's names are not."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __get__(self, folder: RunFolder, kind: type[RunFolder]) -> Path:
        return folder.path / self._name


class RunFolder:
    """Names and whole reads and writes; no knowledge of what the documents mean."""

    run_json = _Named("run.json")
    code = _Named("dh_code.py")
    log = _Named("log.txt")
    metrics = _Named("metrics.jsonl")
    handed = _Named("handed.jsonl")
    outputs = _Named("outputs")
    mlflow = _Named("mlflow")
    answers = _Named("answers.json")
    bell = _Named("bell")  # a pipe, while a trial waits for an answer
    result = _Named("result.json")
    exit = _Named("exit.json")
    environment = _Named("environment.json")
    ended = _Named("ended.json")
    delivered = _Named("delivered.json")
    started = _Named("started")  # by a pod that shares the folder

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path)

    def is_own(self, path: Path) -> bool:
        """Whether a path below is the run's own, and not a file that user code made: fixed names and folders."""
        fixed = (
            self.run_json,
            self.code,
            self.log,
            self.metrics,
            self.handed,
            self.answers,
            self.bell,
            self.result,
            self.exit,
            self.environment,
            self.ended,
            self.delivered,
            self.started,
        )
        return path in fixed or any(own == path or own in path.parents for own in (self.outputs, self.mlflow))

    @classmethod
    def create(
        cls, path: Path, run: RunDocument, code: str | None, files: Mapping[str, str] | None = None
    ) -> RunFolder:
        """Write a whole folder beside `path` and rename it there. A folder that is there is taken as it is."""
        if path.exists():
            return cls(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        made = cls(tempfile.mkdtemp(prefix=".new-", dir=path.parent))
        try:
            made.outputs.mkdir()
            made.run_json.write_text(json.dumps(run))
            if code is not None:
                made.code.write_text(code, encoding="utf-8")
            for name, text in (files or {}).items():
                place = made.path / _inside(name)
                place.parent.mkdir(parents=True, exist_ok=True)
                place.write_text(text, encoding="utf-8")
            os.rename(made.path, path)
        except OSError:
            shutil.rmtree(made.path, ignore_errors=True)
            if not path.exists():  # another broker may have been faster
                raise
        return cls(path)

    def read_run(self) -> RunDocument:
        """run.json. Raises FileNotFoundError or ValueError."""
        return json.loads(self.run_json.read_bytes())  # type: ignore[no-any-return]

    def read_result(self) -> Result | None:
        """result.json, if the attempt has committed."""
        return _read(self.result)  # type: ignore[return-value]

    def read_exit(self) -> Exit | None:
        """exit.json, if the attempt's process has ended. What a power failure has left of one says nothing."""
        try:
            return _read(self.exit)  # type: ignore[return-value]
        except ValueError:
            return None

    def read_environment(self) -> Environment | None:
        """environment.json, if what is installed was recorded."""
        return _read(self.environment)  # type: ignore[return-value]

    def commit_result(self, result: Result) -> bool:
        """Write result.json if there is none yet, whole and on the disk. False: it was there."""
        written = self._write_beside(self.result, result)
        try:
            os.link(written, self.result)
        except FileExistsError:
            return False
        finally:
            written.unlink()
        return True

    def begin(self) -> bool:
        """Note that a pod runs the attempt here. False if one has before."""
        try:
            self.started.touch(exist_ok=False)
        except FileExistsError:
            return False
        return True

    def write_exit(self, exit: Exit) -> None:
        """Write exit.json, whole."""
        os.replace(self._write_beside(self.exit, exit), self.exit)

    def read_ended(self) -> PodEnd | None:
        """ended.json, if the attempt ran in a pod that has handed over what came out."""
        return _read(self.ended)  # type: ignore[return-value]

    def read_delivered(self) -> Delivered | None:
        """delivered.json, if outputs were put elsewhere."""
        return _read(self.delivered)  # type: ignore[return-value]

    def note_delivered(self, delivered: Delivered) -> None:
        """Write delivered.json, whole."""
        os.replace(self._write_beside(self.delivered, delivered), self.delivered)

    def _write_beside(self, target: Path, document: Any) -> Path:
        descriptor, name = tempfile.mkstemp(prefix=f".{target.name}-", dir=self.path)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(document, file, allow_nan=False)
            file.flush()
            os.fsync(file.fileno())
        return Path(name)

    def append_metric(self, line: MetricLine) -> None:
        """One line at the end of metrics.jsonl."""
        _append(self.metrics, line)

    def read_answers(self) -> list[TrialAnswer]:
        """What the broker has answered so far: the first question's answer in the first place."""
        return _read(self.answers) or []  # type: ignore[return-value]

    def write_answers(self, answers: Sequence[TrialAnswer]) -> None:
        """All of them, whole; then ring, if somebody waits. Raises OSError with the old ones still there."""
        written = self._write_beside(self.answers, answers)
        written.chmod(0o644)  # a pod's user may be another one
        os.replace(written, self.answers)
        with contextlib.suppress(OSError):  # nobody waits, or not on this machine: who does looks now and then
            descriptor = os.open(self.bell, os.O_WRONLY | os.O_NONBLOCK)
            try:
                os.write(descriptor, b"\n")
            finally:
                os.close(descriptor)

    def append_handed(self, line: HandedLine) -> None:
        """One line at the end of handed.jsonl. Raises OSError if it is not there whole."""
        _append(self.handed, line)

    def read_handed(self) -> list[HandedLine]:
        """What dh.output has saved so far, in order."""
        return _lines(self.handed.read_bytes()) if self.handed.exists() else []

    def read_metrics(self, since: int = 0) -> tuple[list[MetricLine], int]:
        """Whole lines of metrics.jsonl from byte `since`, and where to go on. A line that is no JSON is left out."""
        try:
            with self.metrics.open("rb") as file:
                file.seek(since)
                data = file.read()
        except FileNotFoundError:
            return [], since
        whole = data.rfind(b"\n") + 1
        return _lines(data[:whole]), since + whole


def _append(path: Path, line: Any) -> None:
    """In one write, so that lines of several processes do not mix."""
    encoded = (json.dumps(line, allow_nan=False) + "\n").encode()
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    try:
        if os.write(descriptor, encoded) < len(encoded):
            raise OSError(f"{path.name}: only a part of a line could be written; is the disk full?")
    finally:
        os.close(descriptor)


def _lines(data: bytes) -> list[Any]:
    """The lines that are JSON."""
    found = []
    for line in data.splitlines():
        try:
            found.append(json.loads(line))
        except ValueError:
            continue
    return found


def _read(path: Path) -> Mapping[str, Any] | None:
    try:
        return json.loads(path.read_bytes())  # type: ignore[no-any-return]
    except FileNotFoundError:
        return None


def _inside(name: str) -> PurePosixPath:
    """A relative path that stays in the folder. Raises Invalid."""
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or not path.parts:
        raise Invalid(f"spec.source.files: '{name}' does not lie beside the module.")
    return path
