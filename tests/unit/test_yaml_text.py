"""YAML bodies: what JSON could say, and nothing else."""

from __future__ import annotations

import pytest

from dh_jupyter.yaml_text import parse_yaml
from dh_kernel.errors import Invalid

GOOD = [
    (b"kind: artifact\nspec:\n  path: s3://a/b\n", {"kind": "artifact", "spec": {"path": "s3://a/b"}}),
    (b"created: 2026-11-23T10:57:32.721Z", {"created": "2026-11-23T10:57:32.721Z"}),
    (b"day: 2026-11-23\nempty:\nyes: 'no'\n"[:-10], {"day": "2026-11-23", "empty": None}),
    (b"[1, 2.5, true, 'x']", [1, 2.5, True, "x"]),
    (b"a: =\nb: <<", {"a": "=", "b": "<<"}),
    (b'{"json": "is yaml"}', {"json": "is yaml"}),
    (b"", None),
]
BAD = [
    b"a: &x 1\nb: *x",
    b"a: !!python/object/apply:os.system ['true']",
    b"a: [1",
    b"1: one",
    b"a: .nan",
    b"a: !!binary aGk=",
    b"a: !!set {x}",
    b"\xff\xfe\x00",
    b"a: '\\ud800'\nb: \"\\ud800\"",
    b"[" * 5000,
    b"--- 1\n--- 2",
]


@pytest.mark.parametrize(("text", "wanted"), GOOD)
def test_good(text: bytes, wanted: object) -> None:
    assert parse_yaml(text) == wanted


@pytest.mark.parametrize("text", BAD)
def test_bad(text: bytes) -> None:
    with pytest.raises(Invalid):
        parse_yaml(text)
