"""Ranges and choices, as they are typed and as Python gives them."""

from __future__ import annotations

from typing import Any

import pytest

from dh_kernel.arguments import Ref
from dh_kernel.errors import Invalid
from dh_kernel.sweeping import space
from dh_kernel.sweeping.dimensions import Fixed
from dh_kernel.sweeping.given import Space, fitted, space_of_line, space_of_values
from dh_kernel.sweeping.lines import read_choice, read_dimension, split_choices


def _int(low: int, high: int, **more: Any) -> dict[str, Any]:
    return {"type": "int", "low": low, "high": high, **more}


def _float(low: float, high: float, **more: Any) -> dict[str, Any]:
    return {"type": "float", "low": low, "high": high, **more}


def _choice(*choices: Any) -> dict[str, Any]:
    return {"type": "choice", "choices": list(choices)}


@pytest.mark.parametrize(
    ("text", "wire"),
    [
        ("1e-5..1e-1:log", _float(1e-5, 1e-1, log=True)),
        ("8..64", _int(8, 64)),
        ("8..64:8", _int(8, 64, step=8)),
        ("8..64:log", _int(8, 64, log=True)),
        ("0..0.5:0.1", _float(0.0, 0.5, step=0.1)),
        ("0..1", _int(0, 1)),
        ("0..1.0", _float(0.0, 1.0)),
        ("-5..5", _int(-5, 5)),
        ("-.5...5", _float(-0.5, 0.5)),
        ("+1..2", _int(1, 2)),
        ("1..10:0.5", _float(1.0, 10.0, step=0.5)),
        ("{adam,sgd}", _choice("adam", "sgd")),
        ("{adam, sgd}", _choice("adam", "sgd")),
        ("{2,4,8}", _choice(2, 4, 8)),
        ("{0.1,1}", _choice(0.1, 1)),
        ("{true,false}", _choice(True, False)),
        ("{null,5,10}", _choice(None, 5, 10)),
        ('{"a, b","c"}', _choice("a, b", "c")),
        ("{'5','6'}", _choice("5", "6")),
        ("{[64,64],[32]}", _choice([64, 64], [32])),
        ('{{"a":1},{"a":2}}', _choice({"a": 1}, {"a": 2})),
        ("{adam}", _choice("adam")),
        ("{it's,that's}", _choice("it's", "that's")),
        ("{dataset/a,dataset/b@2}", _choice(Ref("dataset/a"), Ref("dataset/b@2"))),
    ],
)
def test_what_varies(text: str, wire: dict[str, Any]) -> None:
    found = read_dimension(text, read_choice)
    assert found is not None
    assert found.wire == wire
    assert {name: type(value) for name, value in found.wire.items()} == {
        name: type(value) for name, value in wire.items()
    }


@pytest.mark.parametrize(
    "text",
    [
        "5",
        "0.5",
        "adam",
        "../data",
        "a..b",
        "dataset/flights@2",
        '{"a": 1}',
        "[1,2]",
        '"1..2"',
        "'8..64'",
        "2013-01-01",
        "",
        ".",
    ],
)
def test_what_is_fixed(text: str) -> None:
    assert read_dimension(text, read_choice) is None


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("1e-1..1e-5", "0.1..1e-05 runs backwards.", "The smaller first: 1e-05..0.1."),
        ("64..8:log", "64..8:log runs backwards.", "The smaller first: 8..64:log."),
        ("8..8", "8..8 is a single value.", "Fix it by =8, or widen it."),
        ("0..1:log", "A logarithmic range must begin above 0, and begins at 0.", "e.g. 1e-5..1:log"),
        ("-1..1:log", "begins at -1", "leave :log away"),
        ("8..64:log:8", "A logarithmic range has no step.", "Either 8..64:log or a step."),
        ("8..64:0", "A step must be a number above 0, and is 0.", "0..0.5:0.1"),
        ("0..1:-0.1", "A step must be a number above 0, and is -0.1.", ""),
        ("0..1:2", "The step 2 is wider than 0..1.", ""),
        ("8..64:lgo", "'lgo' is neither log nor a step.", "Did you mean 'log'?"),
        ("8..64:int", "'int' is neither log nor a step.", "A range is 8..64"),
        ("1..2..3", "'1..2..3' is not a range.", "A range is 8..64"),
        ("1e-5..x", "'1e-5..x' is not a range.", "in quotes"),
        ("0..inf", "'0..inf' is not a range.", ""),
        ("nan..1", "'nan..1' is not a range.", ""),
        ("1..", "'1..' is not a range.", ""),
        ("1e400..2e400", "finite number", ""),
        ("{}", "There are no choices.", "{adam,sgd}"),
        ("{a,,b}", "{a,,b} has an empty choice.", "Take a comma away"),
        ("{a,b,}", "has an empty choice", ""),
        ("{adam,adam}", "'adam' is among the choices twice.", ""),
        ("{adam,3}", "'adam' is a text, 3 is a number.", "one kind"),
        ("{true,1}", "true is true or false, 1 is a number.", ""),
        ("{dataset/a,b}", "'dataset/a' is a reference, 'b' is a text.", ""),
        ("[adam,sgd]", "[adam,sgd] is no list of JSON.", "Choices are written {adam,sgd}."),
    ],
)
def test_what_is_refused(text: str, message: str, hint: str) -> None:
    with pytest.raises(Invalid) as caught:
        read_dimension(text, read_choice)
    assert message in caught.value.message
    assert hint in caught.value.hint


def test_choices_are_split_outside_of_brackets_and_quotes() -> None:
    assert split_choices('a, "b,c" ,[1, 2],{"x": [3, 4]}') == ["a", '"b,c"', "[1, 2]", '{"x": [3, 4]}']
    assert split_choices("") == []


def test_the_parameter_is_named() -> None:
    with pytest.raises(Invalid, match=r"^lr: 0\.1\.\.1e-05 runs backwards"):
        space_of_line({"lr": "1e-1..1e-5"}, str, read_choice)
    with pytest.raises(Invalid, match=r"^opt: There are no choices"):
        space_of_values({"opt": []})


@pytest.mark.parametrize("given", [{}, {"lr": "0.1"}])
def test_nothing_varied_is_refused(given: dict[str, str]) -> None:
    with pytest.raises(Invalid, match="Nothing is varied") as caught:
        space_of_line(given, str, read_choice)
    assert "opt={adam,sgd}" in caught.value.hint
    assert space_of_line(given, given.__getitem__, read_choice, conditional=True) == Space({}, given)


@pytest.mark.parametrize("text", ["adam,sgd", "1,2,3", "0.1,x-y"])
def test_what_may_be_choices_or_a_text_is_asked_back(text: str) -> None:
    with pytest.raises(Invalid, match=f"^opt: {text} may mean choices or one text") as caught:
        space_of_line({"lr": "0..1", "opt": text}, str, read_choice)
    assert f"{{{text}}}" in caught.value.hint
    for plain in (f"'{text}'", f'"{text}"', "a, b", "[1,2]", "x", "a,"):
        assert space_of_line({"lr": "0..1", "opt": plain}, {"opt": plain}.__getitem__, read_choice).fixed == {
            "opt": plain
        }


def test_a_line_has_fixed_values_too() -> None:
    found = space_of_line({"lr": "0..1:0.5", "epochs": "3"}, lambda name: 3, read_choice)
    assert found.fixed == {"epochs": 3}
    assert found.dimensions["lr"].wire == _float(0.0, 1.0, step=0.5)


@pytest.mark.parametrize(
    ("value", "wire"),
    [
        (space.log(1e-5, 1e-1), _float(1e-5, 1e-1, log=True)),
        (space.log(1, 1000), _int(1, 1000, log=True)),
        (space.int(8, 64), _int(8, 64)),
        (space.int(8.0, 64.0), _int(8, 64)),
        (space.int(1, 64, log=True), _int(1, 64, log=True)),
        (space.float(0, 1), _float(0.0, 1.0)),
        (space.float(0, 0.5, 0.1), _float(0.0, 0.5, step=0.1)),
        (space.choice("adam", "sgd"), _choice("adam", "sgd")),
        (["adam", "sgd"], _choice("adam", "sgd")),
        (range(8, 65), _int(8, 64)),
        (range(8, 65, 8), _int(8, 64, step=8)),
        (range(64, 7, -8), _int(8, 64, step=8)),
        ("1e-5..1e-1:log", _float(1e-5, 1e-1, log=True)),
        ("{adam,sgd}", _choice("adam", "sgd")),
        ({"low": 1e-5, "high": 1e-1, "log": True}, _float(1e-5, 1e-1, log=True)),
        ({"min": 8, "max": 64}, _int(8, 64)),
        ({"type": "float", "low": 0, "high": 1}, _float(0.0, 1.0)),
        ({"values": ["adam", "sgd"]}, _choice("adam", "sgd")),
        ({"type": "choice", "choices": [1, 2]}, _choice(1, 2)),
    ],
)
def test_python_gives_the_same(value: Any, wire: dict[str, Any]) -> None:
    assert space_of_values({"x": value}).dimensions["x"].wire == wire


@pytest.mark.parametrize("value", [3, "adam", None, True, {"adam": 1}, {}, {"step": 1}, space.fixed([64, 64])])
def test_python_gives_fixed_values(value: Any) -> None:
    found = space_of_values({"lr": space.int(1, 2), "x": value})
    assert found.fixed == {"x": value.value if isinstance(value, Fixed) else value}


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ((0, 1), "A tuple may mean a range, choices or a value."),
        ({1, 2}, "A set may mean"),
        (range(3, 4), "has fewer than two numbers"),
        ({"low": 0, "hihg": 1}, "A range has no 'hihg'."),
        ({"low": 0}, "A range must end with a number, and has null."),
        ({"low": "a", "high": "b"}, "A range must begin with a number, and has 'a'."),
        ({"low": True, "high": 2}, "A range must begin with a number, and has true."),
        ({"type": "int", "low": 0.5, "high": 3}, "0.5 is not a whole number."),
    ],
)
def test_python_is_refused(value: Any, message: str) -> None:
    with pytest.raises(Invalid) as caught:
        space_of_values({"x": value})
    assert message in caught.value.message


def test_numbers_of_numpy_are_numbers() -> None:
    import numpy

    assert space.int(numpy.int64(2), numpy.int64(5)).wire == _int(2, 5)
    assert space.float(numpy.float32(0.5), 1).wire == _float(0.5, 1.0)


def test_whole_bounds_fit_a_parameter_of_all_numbers() -> None:
    swept = space_of_values({"lr": "0..1", "leaves": "2..9", "steps": "0..10:2", "other": "1..2:log"})
    schema = {
        "lr": {"type": "number"},
        "leaves": {"type": "integer"},
        "steps": {"type": "number"},
        "other": {"type": ["number", "null"]},
    }
    found = fitted(swept, {"properties": schema}).dimensions
    assert found["lr"].wire == _float(0.0, 1.0)
    assert found["leaves"].wire == _int(2, 9)
    assert found["steps"].wire == _int(0, 10, step=2)
    assert found["other"].wire == _float(1.0, 2.0, log=True)


@pytest.mark.parametrize("text", ["8..64", "1e-05..0.1:log", "0.0..0.5:0.1"])
def test_it_shows_as_it_is_typed(text: str) -> None:
    assert repr(read_dimension(text, read_choice)) == text


def test_distributions_of_optuna() -> None:
    from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

    given = {
        "lr": FloatDistribution(1e-5, 1e-1, log=True),
        "drop": FloatDistribution(0, 0.5, step=0.1),
        "leaves": IntDistribution(8, 64),
        "wide": IntDistribution(8, 64, step=8),
        "opt": CategoricalDistribution(["adam", "sgd"]),
    }
    assert {name: one.wire for name, one in space_of_values(given).dimensions.items()} == {
        "lr": _float(1e-5, 1e-1, log=True),
        "drop": _float(0.0, 0.5, step=0.1),
        "leaves": _int(8, 64),
        "wide": _int(8, 64, step=8),
        "opt": _choice("adam", "sgd"),
    }
