"""Forms: from a schema to fields and values, then real widgets against a broker of a few routes."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import dh_kernel as dh
from dh_kernel.arguments import Ref, Text
from dh_kernel.broker import Address, routes_url
from dh_kernel.errors import Invalid, NotInstalled
from dh_kernel.forms.fields import LEFT_OUT, Field, fields_of, read
from dh_kernel.session import Session, set_session
from tests.fixtures.small_broker import SmallBroker, small_broker

SCHEMA = {
    "flights": {"annotation": "pd.DataFrame", "input": True},
    "lr": {"type": "number", "default": 0.1},
    "leaves": {"type": "integer", "default": 31},
    "verbose": {"type": "boolean", "default": False},
    "how": {"enum": ["fast", "<b>slow"], "default": "fast"},
    "limit": {"type": ["integer", "null"], "default": None},
    "note": {"type": "string", "default": "so far"},
    "extra": {},
}


@pytest.mark.parametrize(
    ("one", "required", "kind"),
    [
        ({"type": "integer"}, True, "whole"),
        ({"type": "number", "default": 1.5}, False, "number"),
        ({"type": "boolean"}, True, "flag"),
        ({"type": ["boolean", "null"], "default": None}, False, "choice"),
        ({"type": "string"}, True, "text"),
        ({"enum": ["a", "b"]}, True, "choice"),
        ({"input": True, "annotation": "pd.DataFrame"}, True, "reference"),
        ({"type": ["integer", "number"]}, True, "any"),
        ({"type": "array"}, True, "any"),
        ({}, True, "any"),
    ],
)
def test_what_is_asked_for(one: dict[str, Any], required: bool, kind: str) -> None:
    (field,) = fields_of({"properties": {"x": one}, "required": ["x"] if required else []})
    assert (field.kind, field.required) == (kind, required)


@pytest.mark.parametrize(
    ("kind", "typed", "value"),
    [
        ("whole", " 7 ", 7),
        ("number", "1e-3", 0.001),
        ("text", " as it is", Text(" as it is")),
        ("text", "dataset/x", Text("dataset/x")),
        ("reference", "dataset/x@2", Ref("dataset/x@2")),
        ("any", "[1, 2]", [1, 2]),
        ("any", "adam", Text("adam")),
        ("any", "model/m", Ref("model/m")),
    ],
)
def test_what_was_typed(kind: str, typed: str, value: Any) -> None:
    assert read(Field("x", kind), typed) == value


@pytest.mark.parametrize(
    ("kind", "typed", "fault"),
    [
        ("whole", "7.5", "must be a whole number"),
        ("whole", "", "is needed"),
        ("number", "fast", "must be a number"),
        ("number", "nan", "nan and infinity can't be passed"),
        ("reference", "flights", "must be a reference"),
    ],
)
def test_what_is_no_value(kind: str, typed: str, fault: str) -> None:
    with pytest.raises(Invalid, match=fault):
        read(Field("x", kind), typed)


def test_nothing_typed_is_the_default_or_none() -> None:
    assert read(Field("x", "whole", required=False), "") is LEFT_OUT
    assert read(Field("x", "whole", required=False, default=3, optional=True), "") is None
    assert read(Field("x", "text", required=False), "") is LEFT_OUT
    assert read(Field("x", "text", required=False, default="a"), "") == Text("")
    assert (Field("x", "whole", default=10).range, Field("x", "whole", default=-2).range) == ((0, 40), (-8, 8))


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[SmallBroker]:
    with small_broker(str(tmp_path)) as (broker, url):
        kept = broker.entities["function"]
        kept[broker.register("train", SCHEMA)["id"]]["spec"]["parameters"]["required"] = ["flights"]
        broker.when_followed = {"state": "COMPLETED", "results": {"auc": 0.91}}
        current = Session(lambda: Address(routes_url(url), "token-1"), project="default")
        set_session(current)
        current.register(
            "dataitem", {"kind": "table", "name": "flights", "id": "1" * 32, "project": "default", "spec": {}}
        )
        yield broker
        set_session(None)


def test_a_form_starts_a_run_and_shows_it(broker: SmallBroker) -> None:
    form = dh.form("train")
    controls = form.controls
    assert form.value == {"lr": 0.1, "leaves": 31, "verbose": False, "how": "fast", "note": "so far"}
    assert controls["flights"].typed.options == ("dataset/flights@1",)
    seen: list[Any] = []
    form.observe(lambda change: seen.append(change["new"]), "value")
    controls["lr"].typed.value = 0.5
    controls["leaves"].typed.value = 500
    controls["how"].typed.value = 1
    controls["limit"].typed.value = "3"
    controls["flights"].typed.value = "dataset/flights@1"
    form.resources["memory"].typed.value = "8Gi"
    assert seen[-1] == form.value
    form.button.click()
    spec = broker.sent("POST", "/runs")[0]["spec"]
    assert spec["inputs"] == {"flights": "dataset/flights@1"}
    assert spec["parameters"] == {
        "lr": 0.5, "leaves": 500, "verbose": False, "how": "<b>slow", "limit": 3, "note": "so far"
    }  # fmt: skip
    assert spec["resources"] == {"mem": "8Gi"}
    view = form.children[-1].children[0]
    assert view.done.wait(30)
    assert "Succeeded" in view.card.value
    assert "<b>slow" not in view.card.value, "what comes from outside is escaped"
    assert view.stop.layout.display == "none"
    assert form.run.name == "train-1"


def test_what_is_wrong_is_said_beside_its_field(broker: SmallBroker) -> None:
    form = dh.function("function/train").form()
    form.controls["limit"].typed.value = "many"
    assert "must be a whole number" in form.controls["limit"].fault
    form.button.click()
    assert "is needed" in form.controls["flights"].fault
    assert not broker.entities["run"]
    assert form.run is None
    form.controls["limit"].typed.value = ""
    assert form.controls["limit"].fault == ""
    form.controls["flights"].typed.value = "$nothing"
    assert "no variable &#x27;nothing&#x27;" in form.controls["flights"].fault


def test_a_refusal_of_the_broker_is_beside_its_field_too(broker: SmallBroker) -> None:
    del broker.entities["function"][next(iter(broker.entities["function"]))]["spec"]["parameters"]["properties"][
        "extra"
    ]
    form = dh.form("function/train")
    broker.entities["function"][next(iter(broker.entities["function"]))]["spec"]["parameters"]["properties"].pop("lr")
    form.controls["flights"].typed.value = "dataset/flights"
    form.start()
    assert "no parameter &#x27;lr&#x27;" in form.controls["lr"].fault


def test_a_run_is_followed(broker: SmallBroker) -> None:
    broker.when_followed = {}
    run = dh.run("train", flights="dataset/flights")
    broker.move(run.id, "RUNNING", log="".join(f"line {n}\n" for n in range(40)))
    view = dh.form("run/train-1")
    broker.report(run.id, 2, 4)
    view.stop.click()
    assert view.done.wait(30)
    assert "Stopped" in view.card.value
    assert "… 28 lines more: %dh logs train-1\nline 28" in view.tail.value


def test_without_ipywidgets(broker: SmallBroker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(NotInstalled, match="Forms need ipywidgets"):
        dh.form("train")


def test_what_has_no_form_is_said() -> None:
    with pytest.raises(Invalid, match="A list has no form"):
        dh.form([1])  # type: ignore[arg-type]
