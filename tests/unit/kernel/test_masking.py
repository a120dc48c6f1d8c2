"""What is found of a secret's value, and what is not."""

from __future__ import annotations

import base64
import html
import json
import random
import re
from collections.abc import Callable
from urllib.parse import quote, quote_plus

import pytest

from dh_kernel.masking import NOTHING, MaskedStream, Masking

VALUE = "s3cr3t/Väl\"ue&'1 + <2>"
PEM = "-----BEGIN KEY-----\nMIIEvQIBADANBgkqhkiG\nAgEAAoIBAQ==\n-----END KEY-----\n"
HIDDEN = "***TOKEN***"


@pytest.mark.parametrize(
    "form",
    [
        str,
        lambda value: json.dumps({"a": value}),
        lambda value: json.dumps({"a": value}, ensure_ascii=False),
        repr,
        quote,
        quote_plus,
        lambda value: quote(value, safe=""),
        lambda value: re.sub("%..", lambda match: match[0].lower(), quote(value)),
        html.escape,
        lambda value: value.encode().hex(),
        lambda value: value.encode().hex().upper(),
        lambda value: base64.b64encode(value.encode()).decode(),
        lambda value: base64.urlsafe_b64encode(value.encode()).decode(),
        lambda value: f"https://me:{quote(value, safe='')}@host/",
    ],
)
def test_forms_that_are_found(form: Callable[[str], str]) -> None:
    masked = Masking({"TOKEN": VALUE}).text(f"a {form(VALUE)} z")
    assert HIDDEN in masked
    assert "s3cr3t" not in masked


@pytest.mark.parametrize("before", ["", "u", "me", "me:"])
@pytest.mark.parametrize("after", ["", "\n", "xy", "xyz"])
def test_base64_of_more_than_the_value(before: str, after: str) -> None:
    encoded = base64.b64encode(f"{before}{VALUE}{after}".encode()).decode()
    masked = Masking({"TOKEN": VALUE}).text(encoded)
    assert HIDDEN in masked
    assert len(masked) - len(HIDDEN) <= 4 + len(before) * 2 + len(after) * 2, "no more than the edges is left"


def test_a_value_of_several_lines() -> None:
    masking = Masking({"KEY": PEM})
    assert masking.text(f"x{PEM}y") == "x***KEY***\ny"
    indented = masking.text("".join(f"  | {line}\n" for line in PEM.splitlines()))
    assert indented == "  | ***KEY***\n" * 4
    assert masking.text(json.dumps(PEM)) == '"***KEY***\\n"'


@pytest.mark.parametrize(
    ("values", "text", "masked"),
    [
        ({}, "all stays", "all stays"),
        ({"A": "abc"}, "abc is too short", "abc is too short"),
        ({"A": "  abc \n"}, "  abc \n", "  abc \n"),
        ({"A": "abcd"}, "xabcdabcdx", "x***A******A***x"),
        ({"A": "abcd", "B": "abcdef"}, "abcdef abcd", "***B*** ***A***"),
        ({"A": "token", "B": "***A***"}, "token", "***A***"),
        ({"A": "same", "B": "same"}, "same", "***A***"),
        ({"A": "日本語の鍵"}, "鍵は日本語の鍵です", "鍵は***A***です"),
        ({"A": "half \ud800 letter"}, "half \ud800 letter", "***A***"),
    ],
)
def test_table(values: dict[str, str], text: str, masked: str) -> None:
    assert Masking(values).text(text) == masked


def test_documents() -> None:
    masking = Masking({"TOKEN": "hush-hush"})
    document = {"hush-hush": ["hush-hush!", 1, 2.5, None, True, {"deep": ("a", "hush-hush")}]}
    masked = {"hush-hush": [f"{HIDDEN}!", 1, 2.5, None, True, {"deep": ["a", HIDDEN]}]}
    assert masking.document(document) == masked
    assert masking.document(document, keys=True) == {HIDDEN: masked["hush-hush"]}
    assert NOTHING.document(document) is document
    assert not NOTHING


def test_a_stream_is_masked_as_the_whole_would_be() -> None:
    """Values over two letters overlap in every way; cut anywhere, the outcome is that of the whole."""
    chance = random.Random(7)
    for _ in range(3000):
        values = {name: "".join(chance.choices("ab", k=chance.randint(4, 6))) for name in "XY"}
        masking = Masking(values)
        data = "".join(chance.choices("abc", k=40)).encode()
        stream, written, at = MaskedStream(masking), b"", 0
        while at < len(data):
            step = chance.randint(1, 7)
            written += stream.feed(data[at : at + step])
            at += step
        assert written + stream.rest() == masking.data(data), (values, data)


def test_a_stream_holds_back_no_more_than_could_begin_a_value() -> None:
    stream = MaskedStream(Masking({"TOKEN": "hush-hush"}))
    assert stream.feed(b"a line\nhush-h") == b"a line\n"
    assert stream.feed(b"at\n") == b"hush-hat\n"
    assert stream.feed(b"hush-hush") == HIDDEN.encode()
    assert stream.feed(b"hus") == b""
    assert stream.rest() == b"hus"
    assert stream.rest() == b""


def test_memory_is_bounded_by_the_longest_form() -> None:
    masking = Masking({"BIG": "x" * 10_000})
    stream = MaskedStream(masking)
    written = sum(len(stream.feed(b"x" * 65_536)) for _ in range(4))
    assert 4 * 65_536 // 10_000 * len("***BIG***") <= written + masking.longest
    assert len(stream.rest()) < masking.longest
