"""A pod that a Job makes in the place of one that had started runs nothing, where both share the attempt's folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from dh_kernel.rundir import RunFolder
from dh_kernel.worker.pod.main import INTEGRITY, attempt


def test_a_second_pod_leaves_all_as_it_was(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = RunFolder(tmp_path)
    assert folder.begin()
    folder.write_exit({"reason": "stopped", "code": 45, "ended": 1.0})
    job: Any = {"run": {}, "folder": str(tmp_path), "code": {}, "deliver": {"kind": "folder"}}
    nobody: Any = None
    end = attempt(job, nobody)
    assert (end["phase"], end.get("code"), end.get("delivered")) == ("code", INTEGRITY, False)
    assert "has been started before" in capsys.readouterr().out
    assert sorted(path.name for path in tmp_path.iterdir()) == ["exit.json", "started"]
    assert folder.read_exit() == {"reason": "stopped", "code": 45, "ended": 1.0}
