"""The grammar of a `%dh` line."""

from __future__ import annotations

from typing import Any

import pytest

from dh_kernel.arguments import Ref
from dh_kernel.errors import Invalid
from dh_kernel.magics.parse import Option, Variable, parse, read_value, split

OPTIONS = (Option("memory", "8Gi"), Option("wait"), Option("env", "A=b", many=True), Option("note", '"why"'))


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("", []),
        ("  a   b\tc ", ["a", "b", "c"]),
        ("a='x y' b", ["a='x y'", "b"]),
        ('a="x y" b', ['a="x y"', "b"]),
        ("a=[1, 2, 3] b", ["a=[1, 2, 3]", "b"]),
        ('a={"k": [1, "x ]"]} b', ['a={"k": [1, "x ]"]}', "b"]),
        ("opt={adam, sgd}", ["opt={adam, sgd}"]),
        ('a="say \\"no\\" now" b', ['a="say \\"no\\" now"', "b"]),
        ("it's fine", ["it's", "fine"]),
        ("lr=1e-5..1e-1:log", ["lr=1e-5..1e-1:log"]),
        ("a=)", ["a=)"]),
    ],
)
def test_words(line: str, words: list[str]) -> None:
    assert split(line) == words


@pytest.mark.parametrize("line", ["a='x", 'a="x', "a=[1, 2", "a={1", "a=(1, [2)"])
def test_what_is_open_is_refused(line: str) -> None:
    with pytest.raises(Invalid, match="is missing in"):
        split(line)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0.05", 0.05),
        ("1e-3", 0.001),
        ("7", 7),
        ("true", True),
        ("null", None),
        ("[1, 2]", [1, 2]),
        ('{"a": 1}', {"a": 1}),
        ("$df", Variable("df")),
        ("dataset/flights", Ref("dataset/flights")),
        ("dataset/flights@3", Ref("dataset/flights@3")),
        ("demo:model/churn@champion", Ref("demo:model/churn@champion")),
        ("store://demo/dataitem/table/flights:1f0c2a", Ref("store://demo/dataitem/table/flights:1f0c2a")),
        ("data/flights.csv", "data/flights.csv"),
        ("adam", "adam"),
        ("True", "True"),
        ("NaN", "NaN"),
        ('"dataset/flights"', "dataset/flights"),
        ("'dataset/flights'", "dataset/flights"),
        ("'\"dataset/flights\"'", "dataset/flights"),
        ("'[1, 2]'", [1, 2]),
        ('"7"', "7"),
        ('"so far"', "so far"),
        ("{adam,sgd}", "{adam,sgd}"),
    ],
)
def test_values(text: str, value: Any) -> None:
    found = read_value(text)
    assert found == value
    assert type(found) is type(value)


def test_a_whole_line() -> None:
    command = parse("train flights=$df lr=0.05 --memory 8Gi --wait --env A=b --env=C=d e --note 'so far'", OPTIONS)
    assert command.values == ["train", "e"]
    assert command.assigned == {"flights": Variable("df"), "lr": 0.05}
    assert command.options == {"memory": "8Gi", "wait": True, "env": ["A=b", "C=d"], "note": "so far"}


@pytest.mark.parametrize(
    ("line", "message", "hint"),
    [
        ("--memry 8Gi", "There is no option '--memry'.", "Did you mean '--memory'?"),
        ("--memory", "--memory needs a value.", "--memory 8Gi"),
        ("--memory --wait", "--memory needs a value.", "--memory 8Gi"),
        ("--memory 1 --memory 2", "--memory is given twice.", ""),
        ("--wait=1", "--wait takes no value.", ""),
        ("lr=1 lr=2", "'lr' is given twice.", ""),
        ("lr= 1", "'lr=' has no value.", 'Write lr=VALUE without blanks; for an empty text lr="".'),
        (
            "x=$df.head()",
            "'$df.head()' is not a variable's name.",
            "After $ comes one name, e.g. $df. Assign the expression first.",
        ),
    ],
)
def test_faults_say_what_to_do(line: str, message: str, hint: str) -> None:
    with pytest.raises(Invalid) as caught:
        parse(line, OPTIONS)
    assert (caught.value.message, caught.value.hint) == (message, hint)


PRUNE = Option("prune", may_take=("median", "hyperband"))


@pytest.mark.parametrize(
    ("line", "given", "values"),
    [
        ("train --prune", True, ["train"]),
        ("train --prune lr=0..1", True, ["train"]),
        ("train --prune --wait", True, ["train"]),
        ("train --prune hyperband lr=0..1", "hyperband", ["train"]),
        ("train --prune=hyperband", "hyperband", ["train"]),
        ("--prune hyperband train", "hyperband", ["train"]),
        ("--prune train", True, ["train"]),
    ],
)
def test_a_flag_may_have_a_word_behind_it(line: str, given: Any, values: list[str]) -> None:
    command = parse(line, (*OPTIONS, PRUNE))
    assert (command.options["prune"], command.values) == (given, values)


@pytest.mark.parametrize("line", ["train --prune asha", "train --prune=asha", "--prune=train"])
def test_a_word_that_a_flag_does_not_know_is_told_the_others(line: str) -> None:
    with pytest.raises(Invalid, match=r"--prune can't be '(asha|train)'") as caught:
        parse(line, (*OPTIONS, PRUNE))
    assert caught.value.hint == "It is one of median, hyperband, or stands alone."
