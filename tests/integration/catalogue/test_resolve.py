"""References: every form that finds, and what is said when none does."""

from __future__ import annotations

import pytest

from dh_kernel.errors import Invalid, NotFound

A, B, C = "abc123" + "0" * 26, "abc123" + "1" * 26, "def456" + "0" * 26


@pytest.fixture
def filled(catalogue):
    """dataset/flights @1 (A) @2 (B) @3 (C); @gold is @2. function/train, its runs train-1 (r…1) and train-2 (r…2)."""
    for ident in (A, B, C):
        catalogue.create("dataitem", {"kind": "table", "name": "flights", "id": ident}, project="demo", user="ada")
    catalogue.set_alias("demo", "dataitem", "flights", "gold", B, "ada")
    catalogue.create("function", {"kind": "python", "name": "train", "id": "f1"}, project="demo", user="ada")
    catalogue.create("task", {"kind": "python+job", "id": "t1"}, project="demo", user="ada")
    for ident in ("r00001", "r00002"):
        run = {"kind": "python+job:run", "id": ident}
        catalogue.create("run", run, project="demo", user="ada", numbered_as="train")
    return catalogue


@pytest.mark.parametrize(
    ("ref", "expect", "ident"),
    [
        ("dataset/flights", None, C),
        ("flights", "dataitem", C),
        ("dataset/flights@latest", None, C),
        ("dataset/flights@1", None, A),
        ("dataset/flights@gold", None, B),
        ("dataset/flights@def456", None, C),
        (f"dataset/flights@{A}", None, A),
        ("demo:dataset/flights@2", None, B),
        (f"store://demo/dataitem/table/flights:{A}", None, A),
        ("store://demo/dataitem/table/flights", None, C),
        ("python://demo/train:f1", "function", "f1"),
        ("run/train-1", None, "r00001"),
        ("train-1", "run", "r00001"),
        ("run/train", None, "r00002"),
        ("run/train@1", None, "r00001"),
        ("run/r00002", None, "r00002"),
        ("store://demo/run/python+job:run/r00001", None, "r00001"),
        ("store://demo/run/python+job:run/r00001:r00001", None, "r00001"),
        ("store://demo/task/python+job/t1", "task", "t1"),
    ],
)
def test_what_a_reference_finds(filled, ref, expect, ident):
    assert filled.resolve(ref, project="demo", expect=expect)["id"] == ident


@pytest.mark.parametrize(
    ("ref", "error", "text"),
    [
        ("dataset/flihgts", NotFound, "No such EntityName.DATAITEM. There is no dataset 'flihgts'"),
        ("dataset/flihgts", NotFound, "Did you mean 'flights'?"),
        ("dataset/flights@9", NotFound, "There is: @3, @2, @1, @gold."),
        ("dataset/flights@silver", NotFound, "No such EntityName.DATAITEM."),
        ("dataset/flights@999999999999", NotFound, "There is: @3"),
        ("dataset/flights@abc12", NotFound, "No such"),
        ("dataset/flights@abc123", Invalid, f"{A}, {B}"),
        ("store://demo/dataitem/table/flights:gone", NotFound, "No such EntityName.DATAITEM."),
        ("run/train-9", NotFound, "No such EntityName.RUN. There is no run 'train-9'"),
        ("run/train-9", NotFound, "Did you mean 'train-2'?"),
        ("run/train@9", NotFound, "No such EntityName.RUN."),
        ("run/r0000", NotFound, "No such EntityName.RUN."),
        ("model/x", NotFound, "No such EntityName.MODEL."),
        ("dataset/flights@%", Invalid, "not a reference"),
        ("flights", Invalid, "not a reference"),
    ],
)
def test_what_a_miss_says(filled, ref, error, text):
    with pytest.raises(error) as caught:
        filled.resolve(ref, project="demo")
    assert text in str(caught.value)


def test_a_reference_of_another_type_is_refused(filled):
    with pytest.raises(Invalid, match="a function is needed here"):
        filled.resolve("dataset/flights", project="demo", expect="function")
