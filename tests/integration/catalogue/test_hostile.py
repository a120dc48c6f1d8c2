"""Input that no honest client sends: refused as Invalid or stored as it is, never a fault of the database."""

from __future__ import annotations

import pytest

from dh_kernel.errors import Invalid
from tests.fixtures.catalogue import dataset

HALF = "\ud800"  # half a surrogate pair: JSON can say it, UTF-8 can't


@pytest.mark.parametrize(
    "parts",
    [
        {"metadata": {"labels": ["a\0b", HALF], "description": 5}},
        {"metadata": {"version": [1], "relationships": [{"type": {}, "dest": [1]}]}},
        {"spec": {"schema": {"fields": "x"}, "function": {"a": 1}}},
        {"spec": {"schema": {"fields": [1, {"name": HALF}]}}},
        {"status": {"state": {}}},
        {"spec": {"big": 10**400, "text": f"\0{HALF}"}},
    ],
)
def test_odd_documents_come_back_as_they_were(catalogue, parts):
    made = dataset(catalogue, **parts)
    read = catalogue.get("demo", "dataitem", made["id"])
    assert read == made
    for part, fields in parts.items():
        assert {name: read[part][name] for name in fields if name != "state"} == {
            name: value for name, value in fields.items() if name != "state"
        }


@pytest.mark.parametrize(
    "ask",
    [
        lambda catalogue: catalogue.get("demo", "dataitem", HALF),
        lambda catalogue: catalogue.list("dataitem", project=HALF),
        lambda catalogue: catalogue.relations("demo", HALF),
        lambda catalogue: catalogue.labels("demo", HALF),
        lambda catalogue: catalogue.create("nope", {}, project="demo", user="ada"),
        lambda catalogue: catalogue.create("dataitem", [], project="demo", user="ada"),
        lambda catalogue: catalogue.put_metric("demo", "dataitem", "x", "auc", 1),
    ],
)
def test_what_cannot_be_asked_is_invalid(catalogue, ask):
    with pytest.raises(Invalid):
        ask(catalogue)
