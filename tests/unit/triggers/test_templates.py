"""Templates and key patterns of triggers: tables."""

from __future__ import annotations

from typing import Any

import pytest

from dh_jupyter.triggers.mustache import expand
from dh_jupyter.triggers.pattern import parse
from dh_kernel.errors import Invalid

CONTEXT = {
    "timestamp": "2026-11-23T10:57:32.721Z",
    "state": "READY",
    "input": {
        "key": "store://p/dataitem/table/t:1",
        "spec": {"path": "s3://a/<b>&c"},
        "n": 3,
        "labels": ["x", "y"],
        "none": None,
        "no": False,
    },
}
EXPANDED: list[tuple[Any, Any]] = [
    ("{{input.key}}", "store://p/dataitem/table/t:1"),
    (
        {"inputs": {"di": "{{input.key}}"}, "n": [1, "{{ state }}"]},
        {"inputs": {"di": "store://p/dataitem/table/t:1"}, "n": [1, "READY"]},
    ),
    ("{{input.spec.path}}", "s3://a/<b>&c"),
    ("at {{{timestamp}}}, {{&state}}", "at 2026-11-23T10:57:32.721Z, READY"),
    ("{{input.n}}", 3),
    ("n={{input.n}}", "n=3"),
    ("{{input.labels}}", ["x", "y"]),
    ("{{input.labels.1}}", "y"),
    ("{{nope}}{{input.nope.deep}}", ""),
    ("{{nope}}", ""),
    ("{{input.none}}", ""),
    ("{{#input.labels}}<{{.}}>{{/input.labels}}", "<x><y>"),
    ("{{#input}}{{n}} {{state}}{{/input}}", "3 READY"),
    ("{{^input.no}}not{{/input.no}}{{#input.no}}yes{{/input.no}}", "not"),
    ("a{{! a comment }}b", "ab"),
    ("no tags, {one} brace }}", "no tags, {one} brace }}"),
    (7, 7),
    (None, None),
]
MATCHES = [
    ("store://p", True),
    ("store://p/dataitem", True),
    ("store://p/dataitem/table/watched", True),
    ("store://p/dataitem/table/watched:i1", True),
    ("store://p/dataitem/*/watch*:*", True),
    ("store://p/*/*/w?tched", True),
    ("store://p/dataitem/", True),
    ("store://p/model", False),
    ("store://p/dataitem/table/watch", False),
    ("store://p/dataitem/table/watched:i2", False),
    ("store://p/dataitem/tabl", False),
]
WATCHED = {"project": "p", "kind": "table", "name": "watched", "id": "i1"}


@pytest.mark.parametrize(("template", "wanted"), EXPANDED)
def test_expand(template: Any, wanted: Any) -> None:
    assert expand(template, CONTEXT) == wanted


@pytest.mark.parametrize("template", ["{{#a}}", "x{{/a}}", "{{#a}}{{#b}}{{/a}}{{/b}}", "{{#a}}" * 99])
def test_tags_that_do_not_fit(template: str) -> None:
    with pytest.raises(Invalid):
        expand(template, CONTEXT)


@pytest.mark.parametrize(("pattern", "wanted"), MATCHES)
def test_pattern(pattern: str, wanted: bool) -> None:
    assert parse(pattern, "p").matches("dataitem", WATCHED) is wanted


@pytest.mark.parametrize(
    "pattern", ["", "p", "store://", "store://other/dataitem", "store://*/dataitem", "s3://p/a", "store://p/a/b/c/d"]
)
def test_no_pattern(pattern: str) -> None:
    with pytest.raises(Invalid):
        parse(pattern, "p")


def test_a_run_by_its_kind() -> None:
    run = {"project": "p", "kind": "python+job:run", "name": "r1", "id": "r1"}
    assert parse("store://p/run/python+job:run", "p").matches("run", run)
    assert parse("store://p/run/python+job:run/r1", "p").matches("run", run)
    assert not parse("store://p/run/python.job:run", "p").matches("run", run)
