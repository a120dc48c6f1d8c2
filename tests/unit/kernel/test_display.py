"""Cards, lines and tables: what they say, and that nothing foreign gets into the HTML."""

from __future__ import annotations

from datetime import UTC, datetime
from html.parser import HTMLParser
from typing import Any

import pytest

from dh_kernel.display.entity import details, details_text, entity_bundle, signature
from dh_kernel.display.function import function_line
from dh_kernel.display.run import run_bundle, run_text
from dh_kernel.display.table import Table
from dh_kernel.display.words import clock, columns_of, counted, cut, duration, listed, ran_for

NASTY = '<script>alert("x")</script>'
STARTED = "2026-11-23T10:00:00.000Z"


def run_of(state: str, **status: Any) -> Any:
    return {
        "kind": "python+job:run",
        "project": "demo",
        "name": "1" * 32,
        "id": "1" * 32,
        "key": "store://demo/run/python+job:run/" + "1" * 32,
        "metadata": {"reference": "run/train-42", "version_number": 42},
        "spec": {
            "function": "python://demo/train:" + "a" * 32,
            "inputs": {"flights": "store://demo/dataitem/table/flights:" + "b" * 32},
            "parameters": {"lr": 0.05, "note": NASTY},
        },
        "status": {"state": state, **status},
    }


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}


def check_safe(markup: str) -> None:
    tags = _Tags()
    tags.feed(markup)
    assert tags.tags <= {"div", "span", "b", "pre", "progress", "table", "thead", "tbody", "tr", "th", "td"}
    assert tags.attributes <= {"style", "value", "max", "scope"}


@pytest.mark.parametrize(
    ("state", "first"),
    [
        ("READY", "train-42 · queued"),
        ("PENDING", "train-42 · starting"),
        ("STOP", "train-42 · running"),
        ("STOPPED", "train-42 · stopped"),
        ("COMPLETED", "train-42 · succeeded"),
        ("ERROR", "train-42 · failed"),
    ],
)
def test_states_in_words(state: str, first: str) -> None:
    assert run_text(run_of(state)).splitlines()[0] == first


def test_a_running_card_has_progress() -> None:
    run = run_of("RUNNING", progress={"done": 1, "total": 400})
    bundle = run_bundle(
        run, {"done": 248, "total": 400, "text": "fitting"}, note="flights was saved as dataset/flights@1"
    )
    assert bundle["text/plain"].splitlines()[:2] == [
        "flights was saved as dataset/flights@1",
        "train-42 · running · 62% · 248 of 400 · fitting",
    ]
    assert '<progress value="0.620" max="1">' in bundle["text/html"]


def test_a_failed_card_says_why_and_what_to_do() -> None:
    traceback = "\n".join(f"line {number}" for number in range(20))
    diagnosis = {"code": "memory", "summary": f"Killed {NASTY}", "cure": "Run again with 16Gi."}
    run = run_of("ERROR", diagnosis=diagnosis, error={"type": "E", "message": "m", "traceback": traceback})
    lines = run_text(run).splitlines()
    assert f"  Killed {NASTY}" in lines
    assert "  Run again with 16Gi." in lines
    assert "  … 8 lines more in %dh logs train-42" in lines
    assert lines[-1] == "  line 19"


def test_the_bundle_holds_ids_only_and_safe_html() -> None:
    run = run_of(
        "COMPLETED", results={"auc": 0.91, NASTY: NASTY}, outputs={"model": f"store://demo/model/mlflow/m:{'c' * 32}"}
    )
    bundle = run_bundle(run, note=NASTY)
    assert bundle["application/vnd.dh.run.v1+json"] == {"id": "1" * 32, "project": "demo"}
    check_safe(bundle["text/html"])
    assert "outputs: model → model/m@cccccccc" in bundle["text/plain"]


def entity(kind: str, **spec: Any) -> Any:
    return {
        "kind": "python",
        "project": "demo",
        "name": "train",
        "id": "a" * 32,
        "key": f"store://demo/{kind}/x/train:{'a' * 32}",
        "user": "ada",
        "metadata": {"reference": "function/train@3", "version_number": 3, "description": NASTY, "aliases": ["best"]},
        "spec": spec,
        "status": {},
    }


def test_the_registered_line() -> None:
    line = function_line(entity("function"), False, ["split", "Encoder"], {"SEED": "7"}, ["lightgbm", "pandas"])
    assert line == (
        "function/train@3 · changed since @2 · 2 helpers (split, Encoder) · 1 constant (SEED = 7) · needs lightgbm, pandas"
    )
    assert function_line(entity("function"), True, [], {}, []) == "unchanged, function/train@3"


def test_many_names_are_counted() -> None:
    assert listed([str(number) for number in range(10)]) == "0, 1, 2, 3, 4, 5, 6, 7, … 2 more"
    assert counted(1, "helper") == "1 helper"
    assert cut("x" * 100, 10) == "x" * 9 + "… (91 more characters)"


def test_details_of_a_function() -> None:
    schema = {"properties": {"flights": {"annotation": "pd.DataFrame"}, "lr": {"annotation": "float", "default": 0.1}}}
    function = entity("function", parameters={**schema, "required": ["flights"]})
    assert signature(function) == "train(flights: pd.DataFrame, lr: float = 0.1)"
    rows = dict(details(function))
    assert rows["aliases"] == "@best"
    assert rows["made"] == "by ada"
    assert "reference    function/train@3" in details_text(details(function))
    check_safe(entity_bundle(function)["text/html"])


def test_tables() -> None:
    table = Table(("reference", "what"), [("run/a-1", "failed"), (NASTY, "x" * 100)], note="3 more: --page 2")
    assert str(table).splitlines()[-1] == "3 more: --page 2"
    assert len(table) == 2
    assert next(iter(table)) == {"reference": "run/a-1", "what": "failed"}
    check_safe(table._repr_mimebundle_()["text/html"])
    assert str(Table(("a",), [], note="Nothing found.")) == "Nothing found."


def test_times() -> None:
    now = datetime(2026, 11, 23, 11, 4, 12, tzinfo=UTC)
    assert ran_for({"started": STARTED}, now) == "1:04:12"
    assert ran_for({}) == ""
    assert duration(252) == "4:12"
    assert duration(3 * 86400 + 4 * 3600) == "3 d 4 h"
    assert clock("2026-11-20T12:00:00.000Z", now).endswith(" Nov")


@pytest.mark.parametrize(
    ("text", "columns"), [("abc", 3), ("dữ liệu", 7), ("データ", 6), ("e\u0301", 1), ("", 0), ("a\u200db", 2)]
)
def test_columns_of_a_terminal(text: str, columns: int) -> None:
    assert columns_of(text) == columns


def test_a_table_of_any_size_and_script() -> None:
    aligned = str(Table(("name", "x"), [("データ", "1"), ("abcdef", "2"), ("e\u0301", "3")])).splitlines()
    assert aligned == ["name    x", "データ  1", "abcdef  2", "e\u0301       3"]
    long = Table(("a", "b"), [(str(n), "y" * 5000) for n in range(1000)], note="note")
    text, markup = str(long), long._repr_mimebundle_()["text/html"]
    assert text.splitlines()[-2:] == ["… 800 rows more", "note"]
    assert len(text.splitlines()) == 203
    assert "(4,601 more characters)" in markup
    assert markup.count("<tr>") == 201
    assert "overflow:auto" in markup
    wide = str(Table([f"column {n}" for n in range(1000)], [["1"] * 1000]))
    assert len(wide.splitlines()) == 2


def test_a_dataset_of_a_thousand_columns_says_how_many_are_not_shown() -> None:
    fields = [{"name": f"<b>{n}", "type": "number"} for n in range(1000)]
    entity = {
        "kind": "table", "name": "wide", "id": "1", "project": "p", "key": "store://p/dataitem/table/wide:1",
        "metadata": {}, "spec": {"schema": {"fields": fields}}, "status": {"rows": 10},
    }  # fmt: skip
    bundle = entity_bundle(entity)
    assert "1,000: <b>0 number" in bundle["text/plain"]
    assert "… 980 more" in bundle["text/plain"]
    assert "<b>0" not in bundle["text/html"]


def test_a_run_names_its_function_by_version_where_it_is_known() -> None:
    run = run_of("COMPLETED")
    assert "function/train@aaaaaaaa ·" in run_text(run)
    run["metadata"]["function_reference"] = "function/train@3"
    assert "function/train@3 ·" in run_text(run)
