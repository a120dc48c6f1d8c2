"""Parameters of notebooks and scripts, and values that go in."""

from __future__ import annotations

from typing import Any

import pytest

from dh_kernel.errors import Invalid
from dh_kernel.notebooks import script
from dh_kernel.notebooks.document import code_cell
from dh_kernel.notebooks.parameters import expressions, inject, parameters_of
from dh_kernel.notebooks.selection import selected


def notebook(*cells: Any) -> dict[str, Any]:
    made = [code_cell(cell, str(n)) if isinstance(cell, str) else code_cell(cell[0], str(n), *cell[1:]) for n, cell in enumerate(cells)]  # fmt: skip
    return {"cells": made, "metadata": {}}


def sources(found: dict[str, Any]) -> list[str]:
    return [cell["source"] for cell in found["cells"]]


@pytest.mark.parametrize(
    ("line", "schema"),
    [
        ("p = 1", {"type": "number", "default": 1}),
        ("p: int = 1", {"annotation": "int", "type": "integer", "default": 1}),
        ("p = True", {"type": "boolean", "default": True}),
        ("p = 'x'", {"type": "string", "default": "x"}),
        ("p = [1, 'a']", {"type": "array", "default": [1, "a"]}),
        ("p = (1, 2)", {"type": "array", "default": [1, 2]}),
        ("p = {'a': None}", {"type": "object", "default": {"a": None}}),
        ("p = None", {"default": None}),
        ("p: str = None", {"annotation": "str", "type": ["string", "null"], "default": None}),
        ("p: pd.DataFrame = None", {"annotation": "pd.DataFrame", "input": True, "default": None}),
        ("p: list[int] = [1]", {"annotation": "list[int]", "type": "array", "default": [1]}),
        ("p = pd.read_csv('x.csv')", {}),
        ("p = -1.5", {"type": "number", "default": -1.5}),
        ("p = 1e999", {}),
        ("p = {1, 2}", {}),
    ],
)
def test_schema(line: str, schema: Any) -> None:
    assert parameters_of(notebook(line))["properties"] == {
        "p": schema,
        **({"pd": {}} if "pd.read" in line or "pd.Data" in line else {}),
    }


def test_a_tagged_cell_says_what_the_parameters_are() -> None:
    tagged = notebook("import x\ny = 2", ("lr = 0.1\nflights: pd.DataFrame = None", "parameters"), "lr\nz = 3")
    assert list(parameters_of(tagged)["properties"]) == ["lr", "flights"]
    made = inject(tagged, expressions({"lr": 0.5}, ["flights"]))
    assert sources(made)[2] == (
        "# Parameters\nfrom dh_kernel.given import given as _dh_given\nlr = 0.5\nflights = _dh_given('flights', pd.DataFrame)"
    )
    assert made["cells"][2]["metadata"]["tags"] == ["injected-parameters"]
    again = inject(made, {"lr": "0.7"})
    assert sources(again)[2] == "# Parameters\nlr = 0.7", "what was injected before is replaced"
    assert len(again["cells"]) == 4


def test_without_a_tag_the_first_assignment_is_replaced_where_it_is() -> None:
    plain = notebook("lr = 0.1; n = (\n  3\n)\nuse(lr)", "lr = lr * 2\nnew + undefined", "_x = 1")
    assert set(parameters_of(plain)["properties"]) == {"lr", "n", "use", "new", "undefined"}
    made = inject(plain, expressions({"lr": 0.5, "n": [1, "ä"], "new": None}, []))
    assert sources(made) == [
        "# Parameters\nnew = None",
        "lr = 0.5; n = [1, 'ä']\n\n\nuse(lr)",
        "lr = lr * 2\nnew + undefined",
        "_x = 1",
    ]
    assert sources(plain)[0].startswith("lr = 0.1"), "the notebook itself is left as it is"
    assert inject(plain, {}) == plain


def test_a_cell_that_is_skipped_has_no_parameters() -> None:
    assert list(parameters_of(notebook(("a = 1", "skip-execution"), "b = 2"))["properties"]) == ["b"]


def test_scripts() -> None:
    text = 'import x\n# %% [markdown]\n# words\n# %% tags=["parameters"]\nn = 3\ns: str = "a"\n# %%\nm = n\n'
    assert [(part.first, part.is_parameters) for part in script.parts_of(text)] == [
        (1, False), (2, False), (4, True), (7, False)
    ]  # fmt: skip
    assert list(script.parameters_of(text)["properties"]) == ["n", "s"]
    assert script.inject(text, {"n": "7", "s": "'b'"}) == text.replace("n = 3", "n = 7").replace('"a"', "'b'")
    assert [part.first for part in script.parts_of("# a comment\n# %%\nx")] == [2]
    assert [part.first for part in script.parts_of("x = 1")] == [1]
    for bad, says in (("x = = 1", "a.py, line 1: invalid syntax"), ("", "is empty"), ("x = '\0'", "null")):
        with pytest.raises(Invalid, match=says):
            script.check_script(bad, "a.py")


@pytest.mark.parametrize(
    ("text", "numbers"),
    [("3", [3]), ("3-5", [3, 4, 5]), ("8, 3-4,3", [8, 3, 4]), ("", None), ("5-3", None), ("a", None), ("0", None), ("1-9999999", None), ("3-", None)],
)  # fmt: skip
def test_selected(text: str, numbers: list[int] | None) -> None:
    if numbers is None:
        with pytest.raises(Invalid, match="does not name cells"):
            selected(text)
    else:
        assert selected(text) == numbers
