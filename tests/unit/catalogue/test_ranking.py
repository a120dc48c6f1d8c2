"""What counts how much; where a word begins is said by an expression, too, which is slower."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dh_jupyter.catalogue import ranking

BEFORE, AFTER = r"(?<![^\W_])", r"(?![^\W_])"
letters = st.text("ab1_-. é\n", max_size=12)


@pytest.mark.parametrize(
    ("words", "name", "labels", "text", "expected"),
    [
        (["flights"], "flights", [], "flights", ranking.IS_NAME + ranking.NAME_PART_IS),
        (["2013"], "flights_2013", [], "flights_2013", ranking.NAME_PART_IS),
        (["fli"], "clean_flights", [], "clean_flights", ranking.NAME_PART_BEGINS),
        (["ights"], "flights", [], "flights", ranking.IN_NAME),
        (["raw"], "x", ["Raw"], "x\nraw", ranking.IS_LABEL),
        (["ra"], "x", ["Raw"], "x\nraw", ranking.IN_LABEL),
        (["del"], "x", [], "x\ndep_delay", ranking.PART_BEGINS),
        (["elay"], "x", [], "x\ndep_delay", ranking.INSIDE),
        (["a", "b"], "a", [], "a\nb", ranking.NAME_PART_IS + ranking.PART_BEGINS),
        ([], "x", [], "x", 0),
    ],
)
def test_scores(words: list[str], name: str, labels: list[str], text: str, expected: float) -> None:
    assert ranking.score(words, name, labels, text) == expected


@given(word=letters.filter(lambda text: text.strip() == text != ""), name=letters, text=letters)
def test_where_a_word_begins(word: str, name: str, text: str) -> None:
    if word in name and name != word:
        begins = re.search(BEFORE + re.escape(word), name)
        whole = re.search(BEFORE + re.escape(word) + AFTER, name)
        expected = ranking.NAME_PART_IS if whole else ranking.NAME_PART_BEGINS if begins else ranking.IN_NAME
        assert ranking.score([word], name, [], name) == expected
    if word not in name and word in text:
        begins = re.search(BEFORE + re.escape(word), text)
        assert ranking.score([word], name, [], text) == (ranking.PART_BEGINS if begins else ranking.INSIDE)
