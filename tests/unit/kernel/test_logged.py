"""What MLflow's own calls leave in a run's folder, after masking. The files are MLflow's."""

from __future__ import annotations

from pathlib import Path

import pytest
from mlflow import MlflowClient

from dh_kernel.logged import mask_logged
from dh_kernel.masking import NOTHING, Masking

VALUE = "hush-hush-hush"


def test_parameters_tags_names_and_metrics(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")
    client = MlflowClient(tmp_path.as_uri(), tmp_path.as_uri())
    run = client.create_run(client.create_experiment("x"), run_name=f"with {VALUE}")
    ident = run.info.run_id
    client.log_param(ident, "token", VALUE)
    client.log_param(ident, f"of/{VALUE}", "1")
    client.set_tag(ident, "url", f"https://me:{VALUE}@host/")
    client.log_metric(ident, VALUE, 1.5, step=3)
    client.log_text(ident, f"a file of the user's: {VALUE}", "note.txt")
    mask_logged(tmp_path, NOTHING)
    assert client.get_run(ident).data.params["token"] == VALUE
    mask_logged(tmp_path, Masking({"TOKEN": VALUE}))
    held = [
        path for path in tmp_path.rglob("*") if VALUE in path.name or (path.is_file() and VALUE in path.read_text())
    ]
    assert [path.name for path in held] == ["note.txt"], "files that user code made stay as they are"
    parameters = {path.name: path.read_text() for path in tmp_path.rglob("params/**/*") if path.is_file()}
    assert parameters == {"token": "***TOKEN***", "***TOKEN***": "1"}
    assert [path.name for path in tmp_path.rglob("metrics/*")] == ["***TOKEN***"]


def test_nothing_logged_is_fine(tmp_path: Path) -> None:
    mask_logged(tmp_path / "none", Masking({"TOKEN": VALUE}))
