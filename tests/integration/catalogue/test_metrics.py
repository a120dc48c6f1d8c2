"""Series that are sent whole with each point, as the public SDK does: they cost what is new, and are what was sent."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import event

from dh_jupyter.catalogue import Catalogue

RUN = ("demo", "model", "m1")


@pytest.fixture
def model(catalogue: Catalogue) -> Catalogue:
    posted = {"kind": "model", "name": "m", "id": "m1", "spec": {"path": "s3://b/m/"}}
    catalogue.create("model", posted, project="demo", user="ada")
    return catalogue


def test_what_goes_on_is_added(model: Catalogue) -> None:
    written: list[Any] = []

    def note(connection: Any, cursor: Any, statement: str, parameters: Any, context: Any, many: bool) -> None:
        if "points" in statement and not statement.startswith("SELECT"):
            written.append((statement.split()[0], len(parameters) if many else 1))

    model.append_metrics(*RUN, [("loss", 7, 1.5, 0.5), ("loss", 8, 2.5, float("nan"))])
    event.listen(model._database.engine, "before_cursor_execute", note)
    for count in (1, 2):
        model.put_metric(*RUN, "loss", [0.5, "NaN", *range(count)])
    event.remove(model._database.engine, "before_cursor_execute", note)
    assert written == [("INSERT", 1), ("INSERT", 1)]
    assert model.metrics(*RUN) == {"loss": [0.5, "NaN", 0, 1]}
    points = model.metric_points(*RUN)["loss"]
    assert [(step, time) for step, time, _ in points] == [(7, 1.5), (8, 2.5), (None, None), (None, None)]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (5.0, [5]),
        (5.0, [5, 6]),
        (5.0, [6, 5]),
        ([1, 2, 3], [1, 2]),
        ([1, 2, 3], [1, 2, 3]),
        ([1, 2, 3], [1, 4, 3, 4]),
        ([1, "NaN"], [1, 0, 2]),
        ([1, 2], ["NaN", 2, 3]),
        (["Infinity"], ["Infinity", "-Infinity"]),
        ([1, 2], 3),
        ([1, 2], []),
        ([], [1, 2]),
    ],
)
def test_it_is_what_was_sent_last(model: Catalogue, before: Any, after: Any) -> None:
    for value in (before, after):
        model.put_metric(*RUN, "x", value)
        assert model.metrics(*RUN) == {"x": value}
    model.append_metrics(*RUN, [("x", None, None, 9.0)])
    values = after if isinstance(after, list) else [after]
    assert model.metric(*RUN, "x") == [*values, 9]
