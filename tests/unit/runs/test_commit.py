"""What a result's outputs become, and what is written into a status at the end."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from dh_jupyter.runs.commit import document_of, last_values, output_id, place_of, series_of, source_of, with_names
from dh_jupyter.runs.records import ended, moved
from dh_kernel.errors import Invalid
from dh_kernel.rundir import RunFolder

RUN: Any = {
    "kind": "python+job:run", "project": "demo", "name": "r1", "id": "r1", "key": "store://demo/run/python+job:run/r1",
    "metadata": {"labels": ["exam"]}, "spec": {}, "status": {"state": "RUNNING"},
}  # fmt: skip


def output(**changes: Any) -> Any:
    return {
        "name": "clean",
        "entity": "dataitem",
        "kind": "table",
        "path": "outputs/clean/clean.parquet",
        "spec": {},
        "status": {},
        **changes,
    }


def test_equal_content_is_one_dataset_whatever_the_run() -> None:
    one = output(digest="ab" * 32)
    assert output_id("r1", one) == output_id("r2", one)
    assert output_id("r1", one) != output_id("r1", output(digest="cd" * 32))
    assert output_id("r1", one) != output_id("r1", output(name="other", digest="ab" * 32))


def test_models_belong_to_their_run_and_registering_twice_is_once() -> None:
    model = output(entity="model", kind="mlflow", path="outputs/m/")
    assert output_id("r1", model) == output_id("r1", model)
    assert output_id("r1", model) != output_id("r2", model)


def test_a_file_and_a_folder_have_their_place() -> None:
    assert place_of(output(), "demo", "i1", "/store/", Path("/none")) == "/store/demo/dataitem/clean/i1/clean.parquet"
    assert (
        place_of(output(entity="model", name="m", path="outputs/m/"), "demo", "i2", "s3://b", Path("/none"))
        == "s3://b/demo/model/m/i2/"
    )


@pytest.mark.parametrize(
    "path", ["../../etc/passwd", "/etc/passwd", "outputs/../run.json", "outputs", "outputs/../outputs", "run.json"]
)
def test_a_worker_cannot_name_what_lies_elsewhere(path: str, tmp_path: Path) -> None:
    (tmp_path / "outputs").mkdir()
    with pytest.raises(Invalid, match="outside of the run's folder"):
        source_of(output(path=path), tmp_path)


def test_nor_link_to_it(tmp_path: Path) -> None:
    (tmp_path / "outputs").mkdir()
    (tmp_path / "outputs" / "x").symlink_to("/etc/passwd")
    with pytest.raises(Invalid):
        source_of(output(path="outputs/x"), tmp_path)


def test_what_an_attempt_has_put_into_the_store_itself_stays_there(tmp_path: Path) -> None:
    (tmp_path / "outputs").mkdir()
    RunFolder(tmp_path).note_delivered({"base": "s3://b/demo/.runs/r1/1/"})
    for path in ("outputs/x/f 1.parquet", "outputs/m/"):
        assert place_of(output(path=path), "demo", "i1", "s3://b", tmp_path) == f"s3://b/demo/.runs/r1/1/{path}"
    (tmp_path / "outputs" / "m").mkdir()
    assert place_of(output(path="outputs/m/"), "demo", "i1", "s3://b", tmp_path) == "s3://b/demo/dataitem/clean/i1/"
    for path in ("outputs/../run.json", "/etc/passwd"):
        with pytest.raises(Invalid):
            place_of(output(path=path), "demo", "i1", "s3://b", tmp_path)


def test_an_output_knows_its_run() -> None:
    document = document_of(output(status={"preview": {}}), RUN, "i1", "/store/x.parquet")
    assert document["metadata"] == {"relationships": [{"type": "produced_by", "dest": RUN["key"]}], "labels": ["exam"]}
    assert document["status"] == {"preview": {}, "state": "READY"}
    assert document["spec"] == {"path": "/store/x.parquet"}


def test_what_user_code_says_of_an_output() -> None:
    said = output(path="s3://b/x", metadata={"labels": ["tried", "exam"], "description": "d"}, metrics={"auc": [0.5]})
    document = document_of(said, RUN, "i1", place_of(said, "demo", "i1", "/store", Path("/none")))
    assert document["spec"]["path"] == "s3://b/x", "what lies elsewhere stays there"
    assert document["metadata"]["description"] == "d"
    assert document["metadata"]["labels"] == ["exam", "tried"]
    assert document["metrics"] == {"auc": [0.5]}


def test_more_names_of_outputs() -> None:
    run: Any = {"spec": {"inputs": {"x": "store://demo/dataitem/table/t:1"}}}
    named = {
        "model": "classifier",
        "same": "store://demo/dataitem/table/t:1",
        "foreign": "store://other/model/model/m:1",
    }
    found = with_names({"classifier": "store://k"}, {"named": named}, run)  # type: ignore[typeddict-item]
    assert found == {"classifier": "store://k", "model": "store://k", "same": "store://demo/dataitem/table/t:1"}


def test_metrics_by_name() -> None:
    series = series_of(
        [
            {"time": 1.0, "step": 0, "values": {"auc": 0.5, "loss": "NaN"}},
            {"time": 2.0, "values": {"auc": 0.75}},
            {"time": 3.0, "progress": {"done": 1}},
        ]
    )
    assert series["auc"] == [(0, 1.0, 0.5), (None, 2.0, 0.75)]
    assert last_values(series) == {"auc": 0.75, "loss": "NaN"}


def test_steps_are_written_down() -> None:
    status = moved(moved({"state": "READY"}, "PENDING", 1.0), "RUNNING", 2.5)
    assert [step["status"] for step in status["transitions"]] == ["PENDING", "RUNNING"]
    assert status["started"] == "1970-01-01T00:00:02.500Z"
    assert moved({"state": "COMPLETED"}, "RUNNING") == {"state": "COMPLETED"}


def test_the_end_has_no_nulls_and_no_leftovers() -> None:
    status = ended(
        {"state": "RUNNING", "message": "Waiting", "progress": {"done": 1}, "stop_asked": {"by": "a"}},
        "COMPLETED",
        3.0,
        outputs={},
        error=None,
    )
    assert "error" not in status
    assert {"message", "progress", "stop_asked"} & set(status) == set()
    assert status["ended"] == "1970-01-01T00:00:03.000Z"
    assert ended({"state": "RUNNING", "stop_asked": {"by": "a"}}, "STOPPED")["stop_asked"] == {"by": "a"}
